#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/registry/registry.h"

namespace vaka::registry {

// A small made-up town: two districts, two agencies.
v1::MunicipalityConfig TownConfig();

// A square watch area of some hundred metres, the `place`-th to the east.
v1::Area TownArea(const std::string& id, int place, uint32_t houses, uint32_t rented = 0);

// A state that commands are carried out on, one after the other, at a time of the test's own.
class Town {
 public:
  Town();

  // Applies what was decided; the decision's error, or the first fact that was refused.
  absl::Status Do(const absl::StatusOr<fold::Decision>& decision);

  void AddArea(const v1::Area& area, v1::AreaStage stage = v1::AREA_STAGE_ACTIVE);
  void AddPerson(const std::string& id);
  absl::Status Give(const std::string& person, options::v1::Role role, const std::string& area);
  absl::Status Step(const std::string& area, v1::AreaStage to);

  const State& state() const { return state_; }
  State& state() { return state_; }
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  size_t facts = 0;  // applied so far

 private:
  State state_;
};

}  // namespace vaka::registry
