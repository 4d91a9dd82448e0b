#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/fold/fold.h"
#include "libs/registry_view/registry_view.h"
#include "services/notifications/waiting.h"
#include "vaka/notifications/v1/state.pb.h"

namespace vaka::notifications {

using namespace v1;  // NOLINT: this service's own messages

// An incident older than this when it is heard of is history and alerts nobody.
inline constexpr absl::Duration kFresh = absl::Hours(48);

// Why an incident does, or does not, wait to become an alert; ends in the metric.
enum class Standing {
  kWaits,
  kTooOld,      // observed more than kFresh ago: an import of history
  kNotVisible,  // below contact persons
  kNoPlace,     // no watch area, and not critical in a known district
};
inline constexpr size_t kStandings = 4;
absl::string_view NameOf(Standing standing);
Standing StandingOf(const intake::v1::Incident& incident, const registry::v1::NotifyRules& rules,
                    absl::Time now);

// The fold of {kommun}:log: who there is, which incidents wait to become alerts, every alert with
// its versions and what recipients answered. Keeps an incident only while it waits or is part of an
// alert. See fold::Fold.
class State final : public fold::Fold {
 public:
  static constexpr uint32_t kSchema = 1;

  absl::Status Apply(const event::v1::Event& event) override;
  std::string Serialize() const override;
  absl::Status Restore(absl::string_view bytes) override;

  const RegistryView& registry() const { return registry_; }
  const registry::v1::NotifyRules& rules() const { return registry_.config().notify(); }

  const AlertRecord* FindAlert(absl::string_view id) const;
  const IncidentNote* FindIncident(absl::string_view id) const;
  const std::map<std::string, AlertRecord, std::less<>>& alerts() const { return alerts_; }

  // Reports that this object has taken in, by standing under the rules of their moment. For the
  // metric alone: no part of the state that is saved and compared.
  const std::array<uint64_t, kStandings>& heard() const { return heard_; }

  // Incidents that wait to become part of an alert; alerts whose incidents changed since.
  const Waiting& waiting() const { return waiting_; }
  const std::set<std::string>& stale() const { return stale_; }

  // The alert about incidents of this area that was raised last; null: none.
  const AlertRecord* NewestOf(absl::string_view area) const;

  // A fact that made a version of an alert.
  struct Step {
    uint64_t seq = 0;
    std::string alert;
    uint32_t version = 0;
  };
  // The first one after `seq`.
  std::optional<Step> NextStep(uint64_t seq) const;

 private:
  void Reported(const event::v1::Event& event, const intake::v1::Incident& incident);
  void Corrected(const event::v1::Event& event, const intake::v1::Incident& incident);
  void Withdrawn(const std::string& incident);
  void Raised(const event::v1::Event& event, const Alert& alert);
  void Updated(const event::v1::Event& event, const AlertUpdated& update);
  void Recalled(const event::v1::Event& event, const AlertRecalled& recall);
  absl::Status Answered(const std::string& alert, const std::string& person,
                        const RelayReported* relay);

  void SetPending(IncidentNote& note, bool pending);
  void SetStale(AlertRecord& record, bool stale);
  void TakeIncidents(const Alert& alert);
  // How and when a waiting incident is told, as the rules and alerts are.
  Telling TellingOf(const IncidentNote& note) const;
  // After something changed on which they rest: the area's newest alert; the rules.
  void JudgeArea(absl::string_view area);
  void JudgeAll();
  void FindNewest();
  void AddVersion(AlertRecord& record, AlertVersion version, const event::v1::Event& event);
  void ForgetOld(absl::Time now);

  RegistryView registry_;
  absl::node_hash_map<std::string, IncidentNote> incidents_;
  std::map<std::string, AlertRecord, std::less<>> alerts_;
  std::array<uint64_t, kStandings> heard_{};
  // Derived of the above.
  Waiting waiting_;
  // Of every incident that waits, and of some that no longer do or ended otherwise.
  absl::btree_set<std::pair<absl::Time, std::string>> pending_ends_;
  std::set<std::string> stale_;
  std::map<std::string, std::string, std::less<>> newest_of_area_;
  std::map<uint64_t, Step> steps_;
};

}  // namespace vaka::notifications
