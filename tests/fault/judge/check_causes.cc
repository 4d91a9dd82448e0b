#include <map>
#include <set>
#include <vector>

#include "libs/base/ids.h"
#include "libs/base/time.h"
#include "libs/base/week.h"
#include "tests/fault/judge/checks.h"

namespace vaka::fault {
namespace {

using event::v1::Event;

constexpr int kMostAlertsOfAnIncident = 16;

// What the log says up to some number, as far as services' own facts rest on it.
class Causes {
 public:
  explicit Causes(std::string kommun) : kommun_(std::move(kommun)) {}

  // Why a service may have recorded this fact of itself just now; empty: nothing makes it lawful.
  // Each such fact is made under a key that says what led to it, so that it is made once.
  bool IsLawful(const Event& event) const {
    if (event.fact_case() == Event::kPersonalDataViewed) {  // of a query, with the caller's name
      return people_.contains(event.personal_data_viewed().person()) &&
             !event.personal_data_viewed().purpose().empty();
    }
    if (event.actor().role() != options::v1::ROLE_SYSTEM) return false;
    switch (event.fact_case()) {
      case Event::kAlertRaised:
        return IsDueAlert(event);
      case Event::kAlertUpdated:
        return IsNextVersion(event, event.alert_updated().alert().id()) &&
               AllKnown(event.alert_updated().alert());
      case Event::kAlertRecalled:
        return IsNextVersion(event, event.alert_recalled().alert());
      case Event::kCheckInMissed:
        return shifts_out_.contains(event.check_in_missed().shift()) &&
               IsMadeBy(event, absl::StrCat("missed:", event.check_in_missed().shift(), ":",
                                            event.check_in_missed().due().seconds()));
      case Event::kDispatchAnswered:
        return dispatches_.contains(event.dispatch_answered().dispatch()) &&
               IsMadeBy(event, absl::StrCat("timeout:", event.dispatch_answered().dispatch()));
      case Event::kAreaStageChanged:
        return areas_.contains(event.area_stage_changed().area()) &&
               event.area_stage_changed().to() == registry::v1::AREA_STAGE_DORMANT;
      case Event::kWeekFrozen:
        return IsMadeBy(event, absl::StrCat("freeze:", NameOfWeek(event.week_frozen().week())));
      case Event::kPicturePublished: {
        const std::string week = NameOfWeek(event.picture_published().picture().week());
        return frozen_.contains(week) && IsMadeBy(event, absl::StrCat("publish:", week));
      }
      default:
        return false;
    }
  }

  void Apply(const Event& event) {
    switch (event.fact_case()) {
      case Event::kPersonRegistered:
        people_.insert(event.person_registered().person());
        break;
      case Event::kAreaRegistered:
        areas_.insert(event.area_registered().area().id());
        break;
      case Event::kIncidentReported:
        incidents_.insert(event.incident_reported().incident().id());
        break;
      case Event::kAlertRaised:
        versions_[event.alert_raised().alert().id()] = 1;
        break;
      case Event::kAlertUpdated:
        ++versions_[event.alert_updated().alert().id()];
        break;
      case Event::kAlertRecalled:
        ++versions_[event.alert_recalled().alert()];
        break;
      case Event::kShiftStarted:
        shifts_out_.insert(event.shift_started().shift());
        break;
      case Event::kShiftReturned:
        shifts_out_.erase(event.shift_returned().shift());
        break;
      case Event::kIncidentDispatched:
        dispatches_.insert(event.incident_dispatched().dispatch());
        break;
      case Event::kDispatchAnswered:
        dispatches_.erase(event.dispatch_answered().dispatch());
        break;
      case Event::kWeekFrozen:
        frozen_.insert(NameOfWeek(event.week_frozen().week()));
        break;
      default:
        break;
    }
  }

 private:
  static std::string NameOfWeek(const est::v1::Week& week) {
    return ToString(IsoWeek{static_cast<int>(week.year()), static_cast<int>(week.week())});
  }
  static std::string RaiseKey(absl::string_view what) { return DeriveId("raise", "", what); }

  bool IsMadeBy(const Event& event, const std::string& key) const {
    return event.id() == DeriveId("f", kommun_, key);
  }

  bool AllKnown(const notifications::v1::Alert& alert) const {
    for (const std::string& incident : alert.incidents()) {
      if (!incidents_.contains(incident)) return false;
    }
    return !alert.incidents().empty();
  }

  // The n-th alert that an incident of the log led to, at once or by a digest.
  bool IsDueAlert(const Event& event) const {
    const notifications::v1::Alert& alert = event.alert_raised().alert();
    if (!AllKnown(alert) || versions_.contains(alert.id())) return false;
    const bool digest = alert.kind() == notifications::v1::ALERT_KIND_DIGEST;
    const auto by = [&](const std::string& incident) {
      for (int nth = 1; nth <= kMostAlertsOfAnIncident; ++nth) {
        const std::string key =
            RaiseKey(absl::StrCat(digest ? "digest:" : "incident:", incident, ":", nth));
        if (IsMadeBy(event, key)) return alert.id() == DeriveId("alert", kommun_, key);
      }
      return false;
    };
    for (const std::string& incident : alert.incidents()) {
      if (by(incident)) return true;
    }
    // A digest goes by the first that waited, which may have been taken elsewhere meanwhile.
    if (!digest) return false;
    for (const std::string& incident : incidents_) {
      if (by(incident)) return true;
    }
    return false;
  }

  bool IsNextVersion(const Event& event, const std::string& alert) const {
    const auto version = versions_.find(alert);
    return version != versions_.end() &&
           IsMadeBy(event, RaiseKey(absl::StrCat("version:", alert, ":", version->second + 1)));
  }

  const std::string kommun_;
  std::set<std::string> people_;
  std::set<std::string> areas_;
  std::set<std::string> incidents_;
  std::map<std::string, uint32_t> versions_;  // of alerts
  std::set<std::string> shifts_out_;
  std::set<std::string> dispatches_;  // not answered
  std::set<std::string> frozen_;
};

}  // namespace

void CheckCauses(const Municipality& town, const std::set<uint64_t>& of_clients, Verdict& verdict) {
  Causes causes(town.kommun);
  for (const StoredFact& fact : town.facts) {
    if (!fact.intact) continue;
    if (fact.event.kommun() != town.kommun) {
      Charged(verdict, Charge::kForeign, town.kommun, ": ", fact.seq, " is of municipality ",
              fact.event.kommun());
    } else if (fact.seq > town.baseline && !of_clients.contains(fact.seq)) {
      if (causes.IsLawful(fact.event)) {
        ++verdict.counts.own_facts;
      } else {
        Charged(verdict, Charge::kForeign, town.kommun, ": ", fact.seq,
                " comes from no client and has no lawful cause: ", fact.event.ShortDebugString());
      }
    }
    causes.Apply(fact.event);
  }
}

}  // namespace vaka::fault
