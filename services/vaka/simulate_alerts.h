#pragma once

#include <vector>

#include "absl/time/time.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::simulate {

// Which alerts the reports of one area come to: the rule of services/notifications/raise.h, counted
// where the product folds, so that a country's night fits into memory. A test holds the two against
// each other. Only for reports that alert at once; lesser ones wait for the digest. Pure.
class AreaAlerts final {
 public:
  // One version of an alert.
  struct Step {
    bool raised = false;  // a new alert; else reports joined the newest
    uint32_t severity = 0;
    int reports = 0;  // in the alert, all together

    bool operator==(const Step&) const = default;
  };

  // REQUIRES: severity ≥ rules.now_severity.
  void Heard(absl::Time at, uint32_t severity) { waiting_.push_back({at, severity}); }

  // What is to be done at `now`, and is done by that.
  std::vector<Step> Round(const registry::v1::NotifyRules& rules, absl::Time now);

  // When there is something to be done next, if nothing else is heard.
  absl::Time Next(const registry::v1::NotifyRules& rules) const;

 private:
  struct Waiting {
    absl::Time heard;
    uint32_t severity;
  };

  // When the report is told; `alone`: by an alert of its own.
  absl::Time DueOf(const Waiting& report, const registry::v1::NotifyRules& rules,
                   bool* alone) const;

  std::vector<Waiting> waiting_;
  // The newest alert.
  bool any_ = false;
  absl::Time changed_;
  int reports_ = 0;
  uint32_t severity_ = 0;
};

}  // namespace vaka::simulate
