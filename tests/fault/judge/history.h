#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::fault {

// What a client knows of a command when its call has ended.
enum class Outcome {
  kPending,       // no answer yet; judged as unknown
  kAcknowledged,  // OK
  kRefused,       // an answer that says that nothing was done
  kUnknown,       // no answer, or one that leaves it open: it may have been done or not
};

// UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, UNKNOWN, INTERNAL, DATA_LOSS leave it open; OK
// acknowledges; everything else refuses.
Outcome OutcomeOf(const absl::Status& status);

// One call of one client. Several calls with the same `command` are one command, sent again.
struct Operation {
  std::string client;  // who, for the reader: "reporter-3"
  std::string rpc;     // full name: "vaka.intake.v1.IntakeService.Report"
  std::string kommun;
  std::string key;      // the idempotency key as it was sent
  std::string command;  // the key as services know it: CommandKey or LinkCommandKey; empty: a query
  std::string person;   // the caller's
  absl::Time sent;
  absl::Time answered = absl::InfiniteFuture();
  Outcome outcome = Outcome::kPending;
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string error;  // the answer's message
  uint64_t seq = 0;   // answered; 0: nothing changed
};

// The key under which a service carries out a request's idempotency key. REQUIRES: the method's
// proto is linked in. The caller is what the token says.
std::string CommandKey(absl::string_view rpc, absl::string_view kommun, absl::string_view person,
                       absl::string_view agency, absl::string_view key);
// The same where a signed link stands for the caller: `what` is "ack", "relay"; see
// services/notifications.
std::string LinkCommandKey(absl::string_view what, absl::string_view kommun,
                           absl::string_view alert, absl::string_view person,
                           absl::string_view key);

// One message as a provider saw it.
struct HandOver {
  registry::v1::Channel channel = registry::v1::CHANNEL_UNSPECIFIED;
  std::string message;    // the notification's own id, as it travels; see carried.h
  std::string recipient;  // address or number
  absl::Time at;
  bool accepted = false;  // the provider has it. False: it refused
  bool answered = true;  // the sender could read the answer; false: hung, or the connection was cut
};

// Something that was broken on purpose.
struct Fault {
  std::string kind;    // "kill -9", "redis pause"
  std::string target;  // of what: "notifications", "redis"
  absl::Time from;
  absl::Time to = absl::InfiniteFuture();
  bool ends_sender = false;  // a sender may have died between handing over and recording
};

// A line that a process wrote.
struct Line {
  std::string who;
  std::string text;
};

// What clients, providers and the test itself saw, as it happened; times are of Clock::Steady, for
// their order. Thread-safe; the lists are copies.
class History {
 public:
  explicit History(Clock& clock) : clock_(clock) {}
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // A call goes out: `operation` with all but times and outcome. Returns its number.
  size_t Sent(Operation operation) ABSL_LOCKS_EXCLUDED(mu_);
  // Its answer; `seq` of an OK one.
  void Answered(size_t operation, const absl::Status& status, uint64_t seq)
      ABSL_LOCKS_EXCLUDED(mu_);

  // `at` is filled in.
  void HandedOver(HandOver hand_over) ABSL_LOCKS_EXCLUDED(mu_);

  // A fault begins; returns its number. With `ends_sender` a process that sends messages is killed.
  size_t FaultBegins(absl::string_view kind, absl::string_view target, bool ends_sender = false)
      ABSL_LOCKS_EXCLUDED(mu_);
  void FaultEnds(size_t fault) ABSL_LOCKS_EXCLUDED(mu_);

  // A name, number, address or text that belongs to a person; at least four bytes.
  void Secret(std::string secret) ABSL_LOCKS_EXCLUDED(mu_);
  void Wrote(absl::string_view who, absl::string_view line) ABSL_LOCKS_EXCLUDED(mu_);

  std::vector<Operation> operations() const ABSL_LOCKS_EXCLUDED(mu_);
  std::vector<HandOver> hand_overs() const ABSL_LOCKS_EXCLUDED(mu_);
  std::vector<Fault> faults() const ABSL_LOCKS_EXCLUDED(mu_);
  std::vector<std::string> secrets() const ABSL_LOCKS_EXCLUDED(mu_);
  std::vector<Line> lines() const ABSL_LOCKS_EXCLUDED(mu_);

  // For conditions that a test waits on.
  size_t acknowledged() const ABSL_LOCKS_EXCLUDED(mu_);
  size_t accepted_messages() const ABSL_LOCKS_EXCLUDED(mu_);  // different ones

 private:
  Clock& clock_;

  mutable absl::Mutex mu_;
  std::vector<Operation> operations_ ABSL_GUARDED_BY(mu_);
  std::vector<HandOver> hand_overs_ ABSL_GUARDED_BY(mu_);
  std::vector<Fault> faults_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> secrets_ ABSL_GUARDED_BY(mu_);
  std::vector<Line> lines_ ABSL_GUARDED_BY(mu_);
  size_t acknowledged_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, int> accepted_ ABSL_GUARDED_BY(mu_);  // message to times
};

}  // namespace vaka::fault
