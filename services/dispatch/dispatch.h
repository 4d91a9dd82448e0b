#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/node_hash_map.h"
#include "libs/fold/fold.h"
#include "libs/registry_view/registry_view.h"
#include "vaka/dispatch/v1/state.pb.h"

namespace vaka::dispatch {

inline constexpr char kPoliceAgency[] = "police";
inline constexpr absl::Duration kCheckInEvery = absl::Minutes(90);
inline constexpr absl::Duration kIncidentsKept = absl::Hours(21 * 24);

// One municipality's shifts, and what a day's plan is made of: recent incidents, the newest
// published picture's alarms, areas and people. Folded from the log; pure; see fold::Fold.
class State final : public fold::Fold {
 public:
  static constexpr uint32_t kSchema = 1;  // of Serialize

  absl::Status Apply(const event::v1::Event& event) override;
  std::string Serialize() const override;
  absl::Status Restore(absl::string_view bytes) override;

  const RegistryView& registry() const { return registry_; }
  absl::TimeZone zone() const { return registry_.zone(); }
  using Incidents = absl::node_hash_map<std::string, v1::RecentIncident>;  // in no order
  const Incidents& incidents() const { return incidents_; }
  const v1::RecentIncident* FindIncident(const std::string& id) const;  // null: none, or long ago
  const v1::HotSpots& hot_spots() const { return hot_spots_; }
  const std::map<std::string, v1::ShiftView>& shifts() const { return shifts_; }
  const v1::ShiftView* FindShift(const std::string& id) const;  // null: none

 private:
  struct Reported {
    int64_t at;                          // microseconds since 1970
    const v1::RecentIncident* incident;  // in incidents_

    bool operator<(const Reported& other) const {
      return at != other.at ? at < other.at : incident->id() < other.incident->id();
    }
  };

  void ApplyIncident(const event::v1::Event& event);
  void TakeIncident(const intake::v1::Incident& incident);
  void ApplyPicture(const est::v1::Picture& picture);
  void ApplyShift(const event::v1::Event& event);
  void ApplyOut(const event::v1::Event& event);
  void ApplyStop(const std::string& shift, const std::string& stop, v1::StopState state);
  void ApplyAnswer(const v1::DispatchAnswered& answered);
  void ForgetOld();
  static Reported ReportOf(const v1::RecentIncident& incident);

  RegistryView registry_;
  Incidents incidents_;
  absl::btree_set<Reported> by_report_;
  int64_t newest_report_ = 0;
  v1::HotSpots hot_spots_;
  std::map<std::string, v1::ShiftView> shifts_;
};

}  // namespace vaka::dispatch
