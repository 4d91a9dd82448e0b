#include "tests/bench/system/fill_log.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/redis/redis_server.h"
#include "services/vaka/store.h"
#include "tests/bench/system/appends.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::bench {
namespace {

constexpr int kAreas = 20;
constexpr absl::Duration kSpan = absl::Hours(24 * 365 * 3);
constexpr const char* kCategories[] = {"graffiti",      "gathering",   "alcohol", "disturbance",
                                       "damage_glass",  "drug_use",    "threat",  "assault_public",
                                       "burglary_flat", "damage_other"};

absl::StatusOr<event::v1::Event> LastReport(log::Log& log, const std::string& kommun) {
  VAKA_ASSIGN(const uint64_t head, log.Head(kommun, log::Stream::kFacts));
  const uint64_t from = head > 1000 ? head - 1000 : 0;
  VAKA_ASSIGN(std::vector<log::Entry> entries, log.Read(kommun, log::Stream::kFacts, from, 1000));
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    event::v1::Event event;
    if (event.ParseFromString(entry->bytes) && event.has_incident_reported()) return event;
  }
  return absl::FailedPreconditionError("the log holds no report to copy");
}

// The n-th of `of` copies.
std::string CopyOf(event::v1::Event event, uint64_t n, uint64_t of, absl::Time now) {
  const auto moment =
      ToProto(now - kSpan * (static_cast<double>(of - n) / static_cast<double>(of)));
  event.set_id(absl::StrCat("copy-", n));
  *event.mutable_occurred_at() = moment;
  *event.mutable_recorded_at() = moment;
  intake::v1::Incident& incident = *event.mutable_incident_reported()->mutable_incident();
  incident.set_id(absl::StrCat("inc-copy-", n));
  incident.set_category(kCategories[n % std::size(kCategories)]);
  incident.mutable_where()->set_area(absl::StrCat("a", n % kAreas));
  *incident.mutable_observed_from() = moment;
  *incident.mutable_reported_at() = moment;
  incident.clear_source_ref();
  return event.SerializeAsString();
}

}  // namespace

absl::Status FillLog(const std::string& data, const std::string& kommun, uint64_t facts,
                     Clock& clock) {
  VAKA_ASSIGN(const auto server, redis::RedisServer::Start({.folder = data + "/redis"}, clock));
  StoreOptions options;
  options.data = data;
  options.redis = server->url();
  VAKA_ASSIGN(const auto store, OpenStore(options, clock));
  // Filling is not measured, and this Redis ends with it, which puts all on disk.
  VAKA_RETURN_IF_ERROR(
      store->redis
          ->Command("", {"CONFIG", "SET", "appendfsync", "no"}, clock.Steady() + absl::Seconds(10))
          .status());
  VAKA_ASSIGN(const event::v1::Event report, LastReport(*store->log, kommun));
  VAKA_ASSIGN(const uint64_t head, store->log->Head(kommun, log::Stream::kFacts));
  const uint64_t missing = facts > head ? facts - head : 0;
  const absl::Time now = clock.Now();
  Appends appends(*store->log);
  for (uint64_t first = 0; first < missing; first += Appends::kFacts) {
    log::AppendRequest request{.kommun = kommun, .idempotency_key = absl::StrCat("fill-", first)};
    for (uint64_t n = first; n < std::min(first + Appends::kFacts, missing); ++n)
      request.facts.push_back(CopyOf(report, n, missing, now));
    appends.Add(std::move(request));
  }
  return appends.AwaitAll();
}

}  // namespace vaka::bench
