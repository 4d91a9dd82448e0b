#pragma once

#include <optional>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "services/notifications/audience.h"
#include "services/notifications/deliveries.h"
#include "services/notifications/policy.h"
#include "services/notifications/state.h"

namespace vaka::notifications {

// Everybody whom a version of an alert may concern, each once, in order of ids; the policy decides
// on each. A first version concerns the alert's audience. An update concerns exactly those who got
// the alert before, and, when it is more severe or of another area, the audience beyond them. A
// recall concerns those who got it.
//
// They are found as they are asked for. Not thread-safe. What it is made of outlives it and does
// not change meanwhile.
class Concerned final {
 public:
  // Of those whose ids come after `after`. REQUIRES: `version` is one of `record`.
  Concerned(const State& state, const Deliveries& deliveries, const AlertRecord& record,
            const AlertVersion& version, absl::Time now, const std::string& after);

  std::optional<Recipient> Next();

 private:
  // The next who was told before, or nobody.
  void FindTold();
  bool Waits(const std::string& person) const;

  const State& state_;
  const Recipients before_;
  const bool later_;  // versions came before: somebody may have been told, or wait
  const bool critical_;
  const std::set<std::string> reporters_;
  // The next who was told before, and where to look on; the next of the audience, when it is asked.
  Recipients::Iterator place_;
  std::optional<RecipientDeliveries> told_;
  std::optional<Audience> audience_;
  std::optional<Audience::Member> member_;
};

}  // namespace vaka::notifications
