#include "libs/log/keys.h"

#include "absl/strings/str_cat.h"

namespace vaka::log {
namespace {

constexpr int64_t kWeek = 7 * 24 * 3600;
constexpr int64_t kSkew = 3600;  // of processes' clocks, seconds

Period PeriodAt(absl::string_view log_key, int64_t week) {
  return Period{.key = absl::StrCat(log_key, ":keys:", week),
                .expires = absl::FromUnixSeconds((week + 2) * kWeek + kSkew)};
}

}  // namespace

std::string LogKey(absl::string_view kommun, Stream stream) {
  return absl::StrCat("{", kommun, "}:", stream == Stream::kFacts ? "log" : "deliveries");
}

std::array<std::string, 2> TouchedKeys(absl::string_view kommun, Stream stream) {
  const std::string first = absl::StrCat(LogKey(kommun, stream), ":touched");
  return {first, absl::StrCat(first, ":second")};
}

std::string VaultKey(absl::string_view kommun) { return absl::StrCat("{", kommun, "}:vault"); }

std::string SnapshotKey(absl::string_view kommun, absl::string_view fold) {
  return absl::StrCat("{", kommun, "}:snap:", fold);
}

std::string ParkedKey(absl::string_view kommun) { return absl::StrCat("{", kommun, "}:parked"); }

std::vector<Period> Periods(absl::string_view kommun, Stream stream, absl::Time now) {
  const std::string log_key = LogKey(kommun, stream);
  const int64_t seconds = absl::ToUnixSeconds(now);
  const int64_t week = seconds / kWeek;
  std::vector<Period> periods = {PeriodAt(log_key, week), PeriodAt(log_key, week - 1)};
  if ((seconds + kSkew) / kWeek > week) periods.push_back(PeriodAt(log_key, week + 1));
  return periods;
}

}  // namespace vaka::log
