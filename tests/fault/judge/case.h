#pragma once

#include <string>

#include "tests/fault/judge/judge.h"

namespace vaka::fault {

// Evidence made by hand, step by step: what the pieces of a small municipality, 0127, would leave
// behind when all goes well. A test then breaks it. One thread.
class Case {
 public:
  static constexpr char kKommun[] = "0127";

  Case();

  // A client reports an incident under `key`; acknowledged as the fact it leads to. Returns the
  // incident's id.
  std::string Report(const std::string& key);
  // A call alone, with the key's command; nothing is written.
  Operation& Call(const std::string& key, Outcome outcome, uint64_t seq = 0);
  // The fact alone.
  StoredFact& Write(const std::string& key);

  // The alert that an incident leads to, as the notifications service records it; its id.
  std::string Raise(const std::string& incident);
  // The alert's next version.
  void Update(const std::string& alert);

  // Plans the alert's last version for a person; the message's id.
  std::string Plan(
      const std::string& alert, const std::string& person,
      notifications::v1::DeliveryState state = notifications::v1::DELIVERY_STATE_PLANNED,
      notifications::v1::Reason reason = notifications::v1::REASON_SEND_NOW);
  // The provider takes it; and the sender records that.
  HandOver& HandOverOnly(const std::string& message);
  void RecordSent(const std::string& message);
  void RecordReceipted(const std::string& message);
  void RecordFailed(const std::string& message, bool final);
  void Send(const std::string& message);

  // A report, its alert, one message sent, one suppressed, one held; a command of unknown outcome
  // that was done and one that was not; one refused; the states of all folds.
  void Everything();
  // What every replica and snapshot says, truly.
  void AddStates();

  Municipality& town() { return evidence_.municipalities[0]; }
  Evidence& evidence() { return evidence_; }
  Verdict Judged() const { return Judge(evidence_); }

  absl::Time now() { return now_ += absl::Seconds(1); }

 private:
  StoredFact& Append(event::v1::Event event, const std::string& command, int place);
  StoredFact& AppendDelivery(event::v1::Event event);
  void RaiseVersion(const std::string& alert, uint64_t seq);

  struct Told {
    std::string alert;
    std::string person;
  };

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  Evidence evidence_;
  std::map<std::string, uint64_t> alert_seq_;      // of its last version
  std::map<std::string, uint32_t> alert_version_;  // its last
  std::map<std::string, notifications::v1::Alert> alerts_;
  std::map<std::string, Told> messages_;
};

}  // namespace vaka::fault
