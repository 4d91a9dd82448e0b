#include "services/vaka/simulate_costs.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace vaka::simulate {
namespace {

using nlohmann::json;

#define VAKA_COST(name) \
  { #name, &Costs::name }
const std::vector<std::pair<std::string, double Costs::*>>& Fields() {
  static const auto* const fields = new std::vector<std::pair<std::string, double Costs::*>>{
      VAKA_COST(gateway_request_us),
      VAKA_COST(intake_report_us),
      VAKA_COST(query_us),
      VAKA_COST(gateway_query_us),
      VAKA_COST(frame_us),
      VAKA_COST(write_us),
      VAKA_COST(write_fact_us),
      VAKA_COST(fold_fact_us),
      VAKA_COST(plan_us),
      VAKA_COST(plan_recipient_us),
      VAKA_COST(release_us),
      VAKA_COST(look_us),
      VAKA_COST(send_us),
      VAKA_COST(receipt_us),
      VAKA_COST(sms_ms),
      VAKA_COST(mail_ms),
      VAKA_COST(gateway_cores),
      VAKA_COST(intake_cores),
      VAKA_COST(query_cores),
      VAKA_COST(shards),
      VAKA_COST(workers),
      VAKA_COST(sms_per_second),
      VAKA_COST(mail_per_second),
      VAKA_COST(municipalities_a_cell),
      VAKA_COST(inhabitants_a_person),
      VAKA_COST(people_an_area),
      VAKA_COST(sms_share),
      VAKA_COST(consent_share),
      VAKA_COST(answer_share),
      VAKA_COST(answer_minutes),
      VAKA_COST(page_share),
      VAKA_COST(staff_pages),
      VAKA_COST(queries_a_refresh),
      VAKA_COST(tries),
      VAKA_COST(dispatch_share),
      VAKA_COST(stop_minutes),
      VAKA_COST(bad_night),
      VAKA_COST(tip_share),
      VAKA_COST(tip_minutes),
      VAKA_COST(tip_severe_share),
      VAKA_COST(tip_critical_share),
      VAKA_COST(storm_share),
      VAKA_COST(storm_minutes),
  };
  return *fields;
}
#undef VAKA_COST

// Of which there is one at least, or nothing is ever done.
const std::set<std::string>& Wholes() {
  static const auto* const wholes =
      new std::set<std::string>{"gateway_cores", "intake_cores",          "query_cores",   "shards",
                                "workers",       "municipalities_a_cell", "people_an_area"};
  return *wholes;
}

absl::Status Set(Costs& costs, const std::string& name, const json& value, absl::string_view file) {
  for (const auto& [known, field] : Fields()) {
    if (known != name) continue;
    const double least = Wholes().count(name) > 0 ? 1 : 0;
    if (!value.is_number() || value.get<double>() < least || value.get<double>() > 1e9) {
      return absl::InvalidArgumentError(absl::StrCat(file, ": ", name, ": ", value.dump(),
                                                     " is no number from ", least, " to 1e9"));
    }
    costs.*field = value.get<double>();
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file, ": ", name, ": there is no such cost; they stand in docs/scale-costs.json"));
}

absl::Status SetAll(Costs& costs, const json& object, absl::string_view file) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object() && value.contains("value")) {
      VAKA_RETURN_IF_ERROR(Set(costs, name, value["value"], file));
    } else if (value.is_object()) {
      VAKA_RETURN_IF_ERROR(SetAll(costs, value, file));
    } else {
      VAKA_RETURN_IF_ERROR(Set(costs, name, value, file));
    }
  }
  return absl::OkStatus();
}

}  // namespace

extern const char* const kScaleCosts;  // made of docs/scale-costs.json

absl::StatusOr<Costs> BuiltInCosts() {
  Costs unset;
  for (const auto& [name, field] : Fields()) unset.*field = -1;
  VAKA_ASSIGN(Costs costs, ParseCosts(unset, kScaleCosts, "docs/scale-costs.json"));
  for (const auto& [name, field] : Fields()) {
    if (costs.*field < 0)
      return absl::InternalError(absl::StrCat("docs/scale-costs.json: ", name, " is missing"));
  }
  return costs;
}

absl::StatusOr<Costs> ParseCosts(const Costs& base, absl::string_view text,
                                 absl::string_view file) {
  const json object = json::parse(text.begin(), text.end(), nullptr, false);
  if (!object.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": is no JSON object"));
  }
  Costs costs = base;
  VAKA_RETURN_IF_ERROR(SetAll(costs, object, file));
  return costs;
}

absl::StatusOr<Costs> LoadCosts(const Costs& base, const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return absl::NotFoundError(absl::StrCat("--costs: cannot read ", path));
  return ParseCosts(base, text.str(), path);
}

}  // namespace vaka::simulate
