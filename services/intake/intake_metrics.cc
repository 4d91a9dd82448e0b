#include "services/intake/intake_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "absl/strings/match.h"
#include "libs/base/status.h"

namespace vaka::intake {
namespace {

prometheus::Counter& ReportCounter(prometheus::Registry& registry, const char* outcome) {
  return prometheus::BuildCounter()
      .Name("vaka_intake_reports_total")
      .Help("Reports taken in, by what became of them")
      .Register(registry)
      .Add({{"outcome", outcome}});
}

prometheus::Counter& RefusedCounter(prometheus::Registry& registry, const char* reason) {
  return prometheus::BuildCounter()
      .Name("vaka_intake_refused_total")
      .Help("Reports and changes refused, by why")
      .Register(registry)
      .Add({{"reason", reason}});
}

}  // namespace

Metrics::Metrics(prometheus::Registry& registry)
    : reported_(ReportCounter(registry, "reported")),
      corrected_(ReportCounter(registry, "corrected")),
      unchanged_(ReportCounter(registry, "unchanged")),
      refused_personal_(RefusedCounter(registry, "personal_data")),
      refused_place_(RefusedCounter(registry, "place")),
      refused_time_(RefusedCounter(registry, "time")),
      refused_invalid_(RefusedCounter(registry, "invalid")),
      refused_denied_(RefusedCounter(registry, "denied")),
      refused_overload_(RefusedCounter(registry, "overload")),
      refused_other_(RefusedCounter(registry, "other")),
      texts_opened_(prometheus::BuildCounter()
                        .Name("vaka_intake_texts_opened_total")
                        .Help("Free texts opened for roles that need them")
                        .Register(registry)
                        .Add({})),
      texts_left_out_(
          prometheus::BuildCounter()
              .Name("vaka_intake_texts_left_out_total")
              .Help("Free texts left out of lists because the store of their keys was away")
              .Register(registry)
              .Add({})) {}

void Metrics::Taken(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_REPORTED:
      return reported_.Increment();
    case v1::OUTCOME_CORRECTED:
      return corrected_.Increment();
    default:
      return unchanged_.Increment();
  }
}

void Metrics::Refused(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument: {
      const auto info = InfoOf(status);
      if (!info.has_value()) return refused_invalid_.Increment();
      if (info->hits_size() > 0) return refused_personal_.Increment();
      if (absl::StrContains(info->field(), "where")) return refused_place_.Increment();
      const bool time = absl::StrContains(info->field(), "observed") ||
                        absl::StrContains(info->field(), "reported_at");
      return time ? refused_time_.Increment() : refused_invalid_.Increment();
    }
    case absl::StatusCode::kPermissionDenied:
      return refused_denied_.Increment();
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return refused_overload_.Increment();
    default:
      return refused_other_.Increment();
  }
}

void Metrics::TextsOpened(size_t count) { texts_opened_.Increment(static_cast<double>(count)); }
void Metrics::TextsLeftOut(size_t count) { texts_left_out_.Increment(static_cast<double>(count)); }

}  // namespace vaka::intake
