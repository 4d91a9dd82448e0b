#include "services/demo/truth.h"

#include <nlohmann/json.hpp>

namespace vaka::demo {

std::string Truth::ToJson() const {
  nlohmann::ordered_json json;
  json["spike"] = {{"district", spike.cell.district},
                   {"category", spike.cell.category},
                   {"week", ToString(spike.week)},
                   {"added", spike.added}};
  json["drift"] = {{"district", drift.cell.district},
                   {"category", drift.cell.category},
                   {"first_week", ToString(drift.first)},
                   {"weeks", drift.weeks},
                   {"added_a_week", drift.added_a_week}};
  json["near_repeat_chain"] = {{"area", chain.area}, {"reports", chain.keys}};
  json["measure"] = {{"district", measure.treated.district},
                     {"category", measure.treated.category},
                     {"first_week", ToString(measure.first)},
                     {"effect", measure.effect},
                     {"displaced", measure.displaced},
                     {"prevented", measure.prevented},
                     {"moved", measure.moved},
                     {"buffer", measure.buffer_district},
                     {"comparison", measure.comparison_district}};
  return json.dump(2);
}

}  // namespace vaka::demo
