#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "libs/base/clock.h"
#include "libs/fold/commands.h"
#include "libs/rpc/token.h"

namespace prometheus {
class Registry;
}

namespace vaka::rpc {

// One admitted call: who, for which municipality, until when.
struct Call {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string kommun;  // the request's, else the token's; four digits
  gateway::v1::Identity caller;
  absl::Time now;       // time of day
  absl::Time began;     // Clock::Steady
  absl::Time deadline;  // Clock::Steady; InfiniteFuture() for a stream whose caller gave none
  std::string trace;
  // Tells the caller, with the answer, how old the state is that it is read from; null where there
  // is nobody to be told.
  std::function<void(absl::Duration)> tell_age = nullptr;

  bool Has(options::v1::Role role) const;
  event::v1::Actor actor() const;  // the caller's first role, agency and person
  // The command of a request's key, made unique to municipality, method and caller.
  fold::Command CommandOf(const std::string& idempotency_key) const;
};

// What every call passes before its handler: token, role by the method's access option,
// municipality, the request's field rules (required, max_length, max_items; nested), and a bound on
// calls in flight that follows the rate at which they are answered (Admission): one for commands,
// one for queries, so that reads go on while commands wait for the log. Streams are bounded by who
// serves them; inspection is not, for it is asked when all is full. Counts and times each call.
// Thread-safe; gRPC-free.
class Gate {
 public:
  struct Limits {
    int in_flight = 2048;  // commands, and as many queries, at most; more: RESOURCE_EXHAUSTED
    absl::Duration default_deadline = absl::Seconds(10);
    absl::Duration longest_deadline = absl::Seconds(60);
  };

  Gate(const Tokens& tokens, Clock& clock, prometheus::Registry& metrics, Limits limits);
  ~Gate();

  // `deadline` absl::InfiniteFuture() when the caller gave none; a unary call then gets the default
  // one. `authorization` is "Bearer <token>" or empty; `trace` may be empty. A public or
  // signed-link method admits without a token; one that is valid for the municipality is still
  // used, another is passed over. There, and only there, the municipality may be empty. Errors:
  // UNAUTHENTICATED, PERMISSION_DENIED, INVALID_ARGUMENT (names the field), RESOURCE_EXHAUSTED,
  // DEADLINE_EXCEEDED, UNIMPLEMENTED for a method without an access option. For a stream: with its
  // first message.
  absl::StatusOr<Call> Admit(const google::protobuf::Message& request,
                             absl::string_view authorization, absl::string_view trace,
                             absl::Time deadline);

  // The field rules alone, for the later messages of a client's stream.
  absl::Status CheckFields(const google::protobuf::Message& request) const;

  // REQUIRES: once for every admitted call.
  void Finished(const Call& call, const absl::Status& status);

  // The gate's clock; what deadlines are compared with.
  absl::Time Steady() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::rpc
