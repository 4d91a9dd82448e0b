#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "libs/registry_view/registry_view.h"
#include "vaka/registry/v1/registry_service.pb.h"
#include "vaka/registry/v1/state.pb.h"

namespace vaka::registry {

// What coverage at a past date needs: for each area, when its stage, district or households
// changed; for each contact person, from when to when. Filed by when things happened, which need
// not be the order in which they were recorded. Pure. Not thread-safe.
class History {
 public:
  // Takes in a fact that `view` has just applied.
  void Apply(const event::v1::Event& event, const RegistryView& view);

  // Share of households in active areas as it was at `at`. Areas count from when they were
  // registered until they are closed; `areas_without_contact` counts active ones. A row a district
  // of the configuration, and one of each housing form; an area of several forms counts in each.
  v1::CoverageResponse CoverageAt(absl::Time at, const RegistryView& view) const;

  void ToProto(v1::RegistryState& state) const;
  void Restore(const v1::RegistryState& state);

 private:
  struct Moment {
    absl::Time at;
    v1::AreaStage stage = v1::AREA_STAGE_UNSPECIFIED;
    std::string district;
    std::vector<v1::HouseholdCount> households;
  };
  struct Span {
    absl::Time from;
    absl::Time to;  // absl::InfiniteFuture() while it lasts
  };

  void NoteArea(const std::string& area, absl::Time at, const RegistryView& view);
  void NoteContact(const std::string& area, const std::string& person, absl::Time at,
                   const RegistryView& view);

  std::map<std::string, std::vector<Moment>> areas_;  // oldest first
  // area → person → spans, oldest first
  std::map<std::string, std::map<std::string, std::vector<Span>>> contacts_;
};

}  // namespace vaka::registry
