#include "services/est/zoned_weeks.h"

#include "absl/time/civil_time.h"

namespace vaka::est {
namespace {

constexpr int64_t kWeek = 7 * 24 * 3600;
constexpr int64_t kFirstMonday = 4 * 24 * 3600;  // 1970-01-05
// Zones know their changes one by one only for some centuries; beyond, each moment is asked for.
constexpr int64_t kLastLookedUp = 7'258'118'400;  // 2200-01-01

int64_t Quotient(int64_t seconds) {  // rounded towards the past
  return seconds >= 0 ? seconds / kWeek : -((kWeek - 1 - seconds) / kWeek);
}

}  // namespace

int ZonedWeeks::Of(int64_t seconds) {
  const int64_t number = Quotient(seconds);
  Span& span = spans_[static_cast<uint64_t>(number) % spans_.size()];
  if (span.number != number) span = Look(number);
  const int64_t offset =
      span.constant ? span.offset : zone_.At(absl::FromUnixSeconds(seconds)).offset;
  return static_cast<int>(Quotient(seconds + offset - kFirstMonday));
}

ZonedWeeks::Span ZonedWeeks::Look(int64_t number) const {
  const absl::Time begin = absl::FromUnixSeconds(number * kWeek);
  const absl::Time end = absl::FromUnixSeconds((number + 1) * kWeek);
  Span span{.number = number, .offset = zone_.At(begin).offset};
  absl::TimeZone::CivilTransition change;
  if (absl::ToUnixSeconds(end) > kLastLookedUp) {
    span.constant = false;
  } else if (zone_.NextTransition(begin, &change)) {
    span.constant = zone_.At(change.to).trans >= end;
  }
  return span;
}

}  // namespace vaka::est
