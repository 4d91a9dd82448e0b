#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/fold/fold.h"
#include "libs/registry_view/registry_view.h"
#include "services/registry/history.h"
#include "vaka/registry/v1/registry_service.pb.h"

namespace vaka::registry {

// An area that is active sleeps when nobody was met there for two follow-up periods of half a year.
constexpr absl::Duration kSleepsAfter = absl::Hours(24 * 365);

// Who and what there is in one municipality, now and at any past date. Pure. Not thread-safe for
// changes; everything const may run on several threads at once.
class State final : public fold::Fold {
 public:
  static constexpr uint32_t kSchema = 1;  // of Serialize

  absl::Status Apply(const event::v1::Event& event) override;
  std::string Serialize() const override;
  absl::Status Restore(absl::string_view bytes) override;

  const RegistryView& view() const { return view_; }
  v1::CoverageResponse CoverageAt(absl::Time at) const { return history_.CoverageAt(at, view_); }

 private:
  RegistryView view_;
  History history_;
};

// When somebody was last met in the area, or it became what it is.
absl::Time LastContact(const AreaEntry& area);

// Ids of the active areas that have had no contact for kSleepsAfter.
std::vector<std::string> DueToSleep(const State& state, absl::Time now);

// Areas as others see them; the filters of the request apply.
void ListAreas(const State& state, const v1::ListAreasRequest& request, absl::Time now,
               v1::ListAreasResponse& response);

// People without contact details.
v1::PersonView ViewOf(const PersonEntry& person);
void ListPeople(const State& state, const v1::ListPeopleRequest& request, absl::Time now,
                v1::ListPeopleResponse& response);

}  // namespace vaka::registry
