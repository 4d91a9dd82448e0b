#include "services/vaka/simulate_alerts.h"

#include <algorithm>

#include "services/notifications/raise.h"

namespace vaka::simulate {

absl::Time AreaAlerts::DueOf(const Waiting& report, const registry::v1::NotifyRules& rules,
                             bool* alone) const {
  *alone = report.severity >= rules.critical_severity() || !any_ ||
           reports_ >= notifications::kMostGrouped;
  if (*alone) return report.heard;
  const absl::Time end = changed_ + absl::Seconds(rules.group_seconds());
  *alone = report.heard >= end;
  return *alone ? report.heard : end;
}

std::vector<AreaAlerts::Step> AreaAlerts::Round(const registry::v1::NotifyRules& rules,
                                                absl::Time now) {
  std::vector<Step> steps;
  bool alone = false;
  // One after the other: an alert that was raised just now changes what is to be done of the rest.
  for (size_t i = 0; i < waiting_.size();) {
    const Waiting report = waiting_[i];
    if (DueOf(report, rules, &alone) > now || !alone) {
      ++i;
      continue;
    }
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    any_ = true;
    changed_ = now;
    reports_ = 1;
    severity_ = report.severity;
    steps.push_back({true, severity_, reports_});
  }
  Step joined;
  for (size_t i = 0; i < waiting_.size();) {
    if (DueOf(waiting_[i], rules, &alone) > now || alone) {
      ++i;
      continue;
    }
    joined.severity = std::max(joined.severity, waiting_[i].severity);
    ++joined.reports;
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (joined.reports > 0) {
    changed_ = now;
    reports_ += joined.reports;
    severity_ = std::max(severity_, joined.severity);
    steps.push_back({false, severity_, reports_});
  }
  return steps;
}

absl::Time AreaAlerts::Next(const registry::v1::NotifyRules& rules) const {
  absl::Time next = absl::InfiniteFuture();
  bool alone = false;
  for (const Waiting& report : waiting_) next = std::min(next, DueOf(report, rules, &alone));
  return next;
}

}  // namespace vaka::simulate
