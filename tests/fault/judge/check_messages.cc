#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "services/notifications/planned.h"
#include "tests/fault/judge/checks.h"

namespace vaka::fault {
namespace {

using event::v1::Event;
using notifications::v1::DeliveryPlanned;
using notifications::v1::DeliveryState;

// What the log of deliveries says of one message.
struct Message {
  std::string alert;
  uint32_t version = 0;
  std::string person;
  registry::v1::Channel channel = registry::v1::CHANNEL_UNSPECIFIED;
  DeliveryState planned_as = notifications::v1::DELIVERY_STATE_UNSPECIFIED;
  bool fallback = false;
  bool suppressed = false;
  bool given_up = false;  // failed for good
  int sent = 0;
  bool receipted = false;  // the provider says that it has it
  bool waits = false;      // lies in an outbox
  bool held = false;

  bool HasReason() const { return suppressed || given_up || held; }
};

using Messages = std::map<std::string, Message>;

// One municipality's plans, read in order.
class Plans {
 public:
  Plans(const Municipality& town, Verdict& verdict) : town_(town), verdict_(verdict) {
    ReadAlerts();
    for (const StoredFact& fact : town.deliveries) {
      if (fact.intact) Read(fact);
    }
    for (const auto& parcel : town.outbox) Left(parcel.message(), "outbox", &Message::waits);
    for (const auto& parcel : town.held) Left(parcel.message(), "held", &Message::held);
  }

  Messages& messages() { return messages_; }

  // Nobody whom an alert concerns was left out.
  void CheckAudience() {
    std::map<std::string, std::set<std::string>> planned;  // alert to people
    for (const auto& [id, message] : messages_) planned[message.alert].insert(message.person);
    for (const Expected& expected : town_.expected) {
      if (planned[expected.alert].contains(expected.person)) continue;
      Charged(verdict_, Charge::kNotPlanned, town_.kommun, ": alert ", expected.alert, " concerns ",
              expected.person, ", and nothing was planned");
    }
    if (town_.planned_up_to < last_step_) {
      Charged(verdict_, Charge::kNotPlanned, town_.kommun, ": the planner stands at ",
              town_.planned_up_to, ", the last alert is at ", last_step_);
    }
    CheckLaterVersions();
  }

 private:
  struct Step {
    uint64_t seq = 0;
    std::string alert;
    uint32_t version = 0;
  };

  void ReadAlerts() {
    for (const StoredFact& fact : town_.facts) {
      const Event& event = fact.event;
      std::string alert;
      if (event.has_alert_raised()) alert = event.alert_raised().alert().id();
      if (event.has_alert_updated()) alert = event.alert_updated().alert().id();
      if (event.has_alert_recalled()) alert = event.alert_recalled().alert();
      if (!fact.intact || alert.empty()) continue;
      const uint32_t version = ++versions_[alert];
      steps_[fact.seq] = {fact.seq, alert, version};
      last_step_ = fact.seq;
      ++verdict_.counts.alerts;
    }
  }

  void Read(const StoredFact& fact) {
    const Event& event = fact.event;
    switch (event.fact_case()) {
      case Event::kDeliveryPlanned:
      case Event::kDeliveriesPlanned:
        if (!notifications::CheckPlanned(event.deliveries_planned()).ok()) {
          Charged(verdict_, Charge::kForeign, Where(fact.seq), "says not of each what is planned");
        }
        for (const DeliveryPlanned& planned : notifications::PlannedIn(event)) {
          Planned(fact.seq, event.causation(), planned);
        }
        return;
      case Event::kDeliverySent:
        if (Message* message = Known(fact.seq, event.delivery_sent().message())) {
          if (++message->sent == 2) {
            Charged(verdict_, Charge::kDoubled, Where(fact.seq), event.delivery_sent().message(),
                    " is recorded as sent a second time");
          }
        }
        return;
      case Event::kDeliveryFailed:
        if (Message* message = Known(fact.seq, event.delivery_failed().message())) {
          message->given_up |= event.delivery_failed().final();
        }
        return;
      case Event::kDeliveryReleased:
        Known(fact.seq, event.delivery_released().message());
        return;
      case Event::kDeliveryReceipted:
        if (Message* message = Known(fact.seq, event.delivery_receipted().message())) {
          message->receipted = true;
        }
        return;
      default:
        Charged(verdict_, Charge::kForeign, Where(fact.seq), "is no fact of deliveries");
    }
  }

  void Planned(uint64_t seq, uint64_t cause, const DeliveryPlanned& planned) {
    const bool suppressed = planned.state() == notifications::v1::DELIVERY_STATE_SUPPRESSED;
    const auto [at, fresh] = messages_.try_emplace(planned.message());
    Message& message = at->second;
    message.suppressed |= suppressed;
    if (!fresh) {  // its time had come, and there was a reason not to send it
      if (!suppressed) {
        Charged(verdict_, Charge::kDoubled, Where(seq), planned.message(), " is planned again");
      }
      return;
    }
    message.alert = planned.alert();
    message.version = planned.version();
    message.person = planned.person();
    message.channel = planned.channel();
    message.planned_as = planned.state();
    message.fallback = planned.reason() == notifications::v1::REASON_FALLBACK;
    ++verdict_.counts.messages;
    const auto [other, first] = tuples_.try_emplace(
        {message.alert, message.version, message.person, static_cast<int>(message.channel)},
        planned.message());
    if (!first) {
      Charged(verdict_, Charge::kDoubled, Where(seq), "the same to the same person as ",
              other->second, ", under another id: ", planned.message());
    }
    const auto step = steps_.find(cause);
    if (step == steps_.end() || step->second.alert != message.alert ||
        step->second.version != message.version) {
      Charged(verdict_, Charge::kForeign, Where(seq), planned.message(),
              " is planned because of fact ", cause, ", which is not version ", message.version,
              " of ", message.alert);
    }
  }

  // Whoever was told a version, or is about to be, is told what comes after it. Of two plans for
  // one person the older one came first, so that it was known; what fell back to another channel,
  // or waited, may have come later.
  void CheckLaterVersions() {
    std::map<std::pair<std::string, std::string>, std::set<uint32_t>> of_person;
    std::map<std::pair<std::string, std::string>, uint32_t> told_first;
    for (const auto& [id, message] : messages_) {
      const auto key = std::make_pair(message.alert, message.person);
      of_person[key].insert(message.version);
      const bool told = message.planned_as == notifications::v1::DELIVERY_STATE_PLANNED &&
                        !message.fallback && !message.suppressed && !message.given_up;
      if (!told) continue;
      const auto [first, fresh] = told_first.try_emplace(key, message.version);
      if (!fresh) first->second = std::min(first->second, message.version);
    }
    for (const auto& [key, first] : told_first) {
      for (uint32_t version = first + 1; version <= versions_[key.first]; ++version) {
        if (of_person[key].contains(version)) continue;
        Charged(verdict_, Charge::kNotPlanned, town_.kommun, ": ", key.second, " was told version ",
                first, " of ", key.first, ", and nothing was planned of ", version);
      }
    }
  }

  Message* Known(uint64_t seq, const std::string& id) {
    const auto at = messages_.find(id);
    if (at != messages_.end()) return &at->second;
    Charged(verdict_, Charge::kForeign, Where(seq), "tells of ", id, ", which nobody planned");
    return nullptr;
  }

  void Left(const std::string& id, const char* where, bool Message::*flag) {
    const auto at = messages_.find(id);
    if (at != messages_.end()) {
      at->second.*flag = true;
    } else {
      Charged(verdict_, Charge::kForeign, town_.kommun, " ", where, ": ", id,
              ", which nobody planned");
    }
  }

  std::string Where(uint64_t seq) const {
    return absl::StrCat(town_.kommun, " deliveries ", seq, ": ");
  }

  const Municipality& town_;
  Verdict& verdict_;
  std::map<uint64_t, Step> steps_;
  std::map<std::string, uint32_t> versions_;  // of each alert, the last
  uint64_t last_step_ = 0;
  Messages messages_;
  std::map<std::tuple<std::string, uint32_t, std::string, int>, std::string> tuples_;
};

// Whether a sender may have died after the one hand-over and before the next.
bool SenderDiedBetween(const HandOver& one, const HandOver& next,
                       const std::vector<Fault>& faults) {
  return std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) {
    return fault.ends_sender && fault.from <= next.at && fault.to >= one.at;
  });
}

// Every hand-over that was accepted, by message.
using HandOvers = std::map<std::string, std::vector<const HandOver*>>;

HandOvers ByMessage(const Evidence& evidence, Verdict& verdict) {
  HandOvers by_message;
  for (const HandOver& hand_over : evidence.hand_overs) {
    if (!hand_over.accepted) continue;
    if (hand_over.message.empty()) {
      Charged(verdict, Charge::kUnknownMessage, "handed over without an id to ",
              hand_over.recipient);
      continue;
    }
    by_message[hand_over.message].push_back(&hand_over);
  }
  for (auto& [id, all] : by_message) {
    std::stable_sort(all.begin(), all.end(),
                     [](const HandOver* a, const HandOver* b) { return a->at < b->at; });
  }
  return by_message;
}

void CheckRepeats(const std::string& id, const std::vector<const HandOver*>& all,
                  const std::vector<Fault>& faults, Verdict& verdict) {
  for (size_t i = 1; i < all.size(); ++i) {
    const HandOver& one = *all[i - 1];
    const HandOver& next = *all[i];
    if (one.recipient != next.recipient || one.channel != next.channel) {
      Charged(verdict, Charge::kRepeated, id, " went to ", one.recipient, " and to ",
              next.recipient);
    } else if (one.answered && !SenderDiedBetween(one, next, faults)) {
      Charged(verdict, Charge::kRepeated, id, " was handed over at ", absl::FormatTime(one.at),
              " and again at ", absl::FormatTime(next.at), ", and no sender died in between");
    } else {
      ++verdict.counts.repeated_with_excuse;
    }
  }
}

// How one message ended, when all is at rest.
void CheckEnd(const std::string& id, const Message& message, bool handed, Verdict& verdict) {
  const bool inbox = message.channel == registry::v1::CHANNEL_INBOX;
  if (handed || (inbox && message.sent > 0)) {
    ++verdict.counts.handed_over;
    // Where a sender died before it could say so, the provider's receipt does.
    if (message.sent == 0 && !message.receipted && !message.waits && !message.HasReason()) {
      Charged(verdict, Charge::kLost, id, " was handed over, and that is recorded nowhere");
    }
  } else if (message.sent > 0) {
    Charged(verdict, Charge::kNeverHanded, id, " to ", message.person,
            " is recorded as sent, and no provider has it");
  } else if (message.HasReason()) {
    ++verdict.counts.not_sent_with_reason;
  } else {
    Charged(verdict, Charge::kNotSent, id, " to ", message.person, " of alert ", message.alert,
            message.waits ? " still lies in the outbox"
                          : " was planned, and is neither handed over, nor waiting, nor given up");
  }
}

}  // namespace

void CheckMessages(const Evidence& evidence, Verdict& verdict) {
  const HandOvers hand_overs = ByMessage(evidence, verdict);
  std::set<std::string> known;
  for (const Municipality& town : evidence.municipalities) {
    Plans plans(town, verdict);
    plans.CheckAudience();
    for (const auto& [id, message] : plans.messages()) {
      known.insert(id);
      CheckEnd(id, message, hand_overs.contains(id), verdict);
    }
  }
  for (const auto& [id, all] : hand_overs) {
    CheckRepeats(id, all, evidence.faults, verdict);
    if (known.contains(id)) continue;
    Charged(verdict, Charge::kUnknownMessage, id, " was handed over to ", all[0]->recipient,
            ", and nobody planned it");
  }
}

}  // namespace vaka::fault
