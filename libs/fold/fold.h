#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/log/log.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::fold {

// One service's state of one municipality: the log read up to some number. Pure: no clock, no I/O.
// Not thread-safe; the Follower guards it.
class Fold {
 public:
  virtual ~Fold() = default;

  // Takes in the next fact; facts come in order, each exactly once. Facts of other services and
  // facts of unknown kind are OK and without effect. An error leaves the state as it was; the fact
  // is then parked and the fold goes on.
  virtual absl::Status Apply(const event::v1::Event& event) = 0;

  // The whole state; equal states give equal bytes, so that replicas can be compared.
  virtual std::string Serialize() const = 0;

  // REQUIRES: freshly made. INVALID_ARGUMENT when the bytes are no such state; then the log is read
  // from the start.
  virtual absl::Status Restore(absl::string_view bytes) = 0;
};

// What a command decided: facts in the past tense, each with its `fact` and, where it differs from
// now, `occurred_at`. The rest of the envelope is filled in by Commands. No facts: nothing changes.
struct Decision {
  std::vector<event::v1::Event> facts = {};
  std::vector<std::string> rests_on = {};  // aggregates that were read; see log::AppendRequest
  std::vector<log::SubjectKey> keys = {};
};

}  // namespace vaka::fold
