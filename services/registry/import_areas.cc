#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "services/registry/check.h"
#include "services/registry/decide.h"
#include "services/registry/import.h"

namespace vaka::registry {
namespace {

using nlohmann::json;

// Reads one feature; what it cannot read becomes a problem and is left out.
class FeatureReader {
 public:
  FeatureReader(const json& feature, uint32_t line, Problems& problems)
      : feature_(feature), line_(line), problems_(problems) {}

  ImportedArea Read(const std::string& kommun) {
    ImportedArea read;
    read.line = line_;
    const auto properties = feature_.find("properties");
    if (properties == feature_.end() || !properties->is_object()) {
      Wrong("properties", "an object is needed");
      return read;
    }
    properties_ = &*properties;
    v1::Area& area = read.area;
    area.set_name(Text("name"));
    area.set_district(Text("district"));
    area.set_association(Text("association"));
    area.set_kind(KindOf(Text("kind")));
    area.set_id(Id(kommun, area));
    ReadHouseholds(area);
    ReadPlaceNames(area);
    const int before = problems_.size();
    ReadGeometry(*area.mutable_polygon());
    if (problems_.size() > before) area.clear_polygon();  // said once is enough
    if (properties_->contains("stage")) {
      read.stage = StageOf(Text("stage"));
      if (read.stage == v1::AREA_STAGE_UNSPECIFIED) Wrong("stage", "is no stage of the life cycle");
    }
    return read;
  }

 private:
  void Wrong(absl::string_view field, absl::string_view problem) {
    AddProblem(problems_, line_, field, problem);
  }

  std::string Text(const char* name) {
    const auto value = properties_->find(name);
    if (value == properties_->end() || value->is_null()) return "";
    if (value->is_string()) return value->get<std::string>();
    Wrong(name, "a text is needed");
    return "";
  }

  std::string Id(const std::string& kommun, const v1::Area& area) {
    auto id = feature_.find("id");
    if (id == feature_.end()) {
      id = properties_->find("id");
      if (id == properties_->end()) {
        return DeriveId("a", kommun,
                        absl::StrCat(FoldName(area.district()), "/", FoldName(area.name())));
      }
    }
    if (id->is_string()) return id->get<std::string>();
    return id->is_number_integer() ? id->dump() : "";
  }

  void ReadHouseholds(v1::Area& area) {
    const auto households = properties_->find("households");
    if (households == properties_->end() || households->is_null()) return;
    const auto add = [&](v1::AreaKind form, const json& count) {
      if (!count.is_number_unsigned() || count.get<uint64_t>() > UINT32_MAX) {
        return Wrong("households", "whole numbers from 0 are needed");
      }
      v1::HouseholdCount& added = *area.add_households();
      added.set_form(form);
      added.set_households(count.get<uint32_t>());
    };
    if (!households->is_object()) return add(area.kind(), *households);
    for (const auto& [form, count] : households->items()) add(KindOf(form), count);
    std::sort(area.mutable_households()->begin(), area.mutable_households()->end(),
              [](const auto& a, const auto& b) { return a.form() < b.form(); });
  }

  void ReadPlaceNames(v1::Area& area) {
    const auto names = properties_->find("place_names");
    if (names == properties_->end() || names->is_null()) return;
    if (names->is_string()) {
      for (absl::string_view name : absl::StrSplit(names->get_ref<const std::string&>(), ';')) {
        name = absl::StripAsciiWhitespace(name);
        if (!name.empty()) area.add_place_names(std::string(name));
      }
      return;
    }
    for (const json& name : *names) {
      if (!names->is_array() || !name.is_string()) {
        return Wrong("place_names", "a list of texts is needed");
      }
      area.add_place_names(name.get<std::string>());
    }
  }

  void ReadGeometry(v1::Polygon& polygon) {
    const auto geometry = feature_.find("geometry");
    if (geometry == feature_.end() || !geometry->is_object()) {
      return Wrong("geometry", "a Polygon or MultiPolygon is needed");
    }
    const std::string type =
        geometry->value("type", json()).is_string() ? geometry->at("type").get<std::string>() : "";
    const json coordinates = geometry->value("coordinates", json());
    if (type == "Polygon") return ReadPolygon(coordinates, polygon);
    if (type != "MultiPolygon" || !coordinates.is_array()) {
      return Wrong("geometry", "a Polygon or MultiPolygon is needed");
    }
    for (const json& one : coordinates) ReadPolygon(one, polygon);
  }

  void ReadPolygon(const json& rings, v1::Polygon& polygon) {
    if (!rings.is_array() || rings.empty()) return Wrong("geometry", "a list of rings is needed");
    if (rings.size() > 1) return Wrong("geometry", "has a hole; an area has none");
    v1::Ring& ring = *polygon.add_rings();
    for (const json& position : rings[0]) {
      if (!position.is_array() || position.size() < 2 || !position[0].is_number() ||
          !position[1].is_number()) {
        return Wrong("geometry", "positions are [longitude, latitude]");
      }
      v1::Point& point = *ring.add_points();
      point.set_lon(position[0].get<double>());
      point.set_lat(position[1].get<double>());
    }
  }

  const json& feature_;
  const json* properties_ = nullptr;
  const uint32_t line_;
  Problems& problems_;
};

// Files name a district by its id or its name.
std::string DistrictId(const RegistryView& view, const std::string& given) {
  for (const v1::District& district : view.config().districts()) {
    if (district.id() == given || FoldName(district.name()) == FoldName(given))
      return district.id();
  }
  return given;
}

}  // namespace

std::vector<ImportedArea> ReadAreas(const std::string& kommun, absl::string_view geojson,
                                    Problems& problems) {
  std::vector<ImportedArea> areas;
  const json file =
      json::parse(geojson.begin(), geojson.end(), nullptr, /*allow_exceptions=*/false);
  if (file.is_discarded() || !file.is_object()) {
    AddProblem(problems, 0, "geojson", "is no JSON object");
    return areas;
  }
  const json features = file.value("features", json());
  if (file.value("type", json()) != "FeatureCollection" || !features.is_array()) {
    AddProblem(problems, 0, "type", "a FeatureCollection is needed");
    return areas;
  }
  uint32_t line = 0;
  for (const json& feature : features) {
    ++line;
    if (!feature.is_object()) {
      AddProblem(problems, line, "", "is no feature");
      continue;
    }
    areas.push_back(FeatureReader(feature, line, problems).Read(kommun));
  }
  return areas;
}

ImportPlan PlanAreas(const State& state, const std::vector<ImportedArea>& areas) {
  ImportPlan plan;
  Problems& problems = *plan.result.mutable_problems();
  std::map<std::string, uint32_t> seen;
  for (const ImportedArea& imported : areas) {
    v1::Area area = imported.area;
    area.set_district(DistrictId(state.view(), area.district()));
    const auto [first, added] = seen.try_emplace(area.id(), imported.line);
    if (!added) {
      AddProblem(problems, imported.line, "id",
                 absl::StrCat("\"", area.id(), "\" is already in line ", first->second));
      continue;
    }
    const std::vector<absl::Status> wrong = AreaProblems(state.view(), area, "");
    for (const absl::Status& status : wrong) {
      const bool said = area.polygon().rings().empty() && InfoOf(status)->field() == "polygon";
      if (!said) AddProblem(problems, imported.line, status);
    }
    if (!wrong.empty()) continue;
    absl::StatusOr<fold::Decision> step;
    const bool exists = state.view().FindArea(area.id()) != nullptr;
    if (exists) {
      v1::ChangeAreaRequest request;
      *request.mutable_area() = area;
      step = DecideChangeArea(state, request);
    } else {
      v1::RegisterAreaRequest request;
      *request.mutable_area() = area;
      request.set_stage(imported.stage);
      step = DecideRegisterArea(state, request, area.id());
    }
    if (!step.ok()) {
      AddProblem(problems, imported.line, step.status());
    } else if (!exists) {
      plan.result.set_added(plan.result.added() + 1);
    } else if (step->facts.empty()) {
      plan.result.set_unchanged(plan.result.unchanged() + 1);
    } else {
      plan.result.set_changed(plan.result.changed() + 1);
    }
    if (step.ok() && !step->facts.empty()) plan.steps.push_back(*std::move(step));
  }
  return plan;
}

}  // namespace vaka::registry
