#include "tests/bench/fold/fold_log.h"

#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/fold/replay.h"
#include "libs/log/entries.h"
#include "libs/log/keys.h"
#include "tests/bench/fold/facts.h"
#include "tests/bench/system/appends.h"

namespace vaka::bench {
namespace {

constexpr char kKommun[] = "0127";
constexpr size_t kPiece = 2000;  // as Replay reads
constexpr absl::Duration kLimit = absl::Seconds(60);

absl::Duration ThreadTime() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return absl::DurationFromTimespec(used);
}

fold::Follower::Make MakeEst() {
  return [](const std::string& /*kommun*/) { return std::make_unique<est::State>(); };
}

}  // namespace

absl::Status FoldLog::Fill(uint64_t reports) {
  VAKA_ASSIGN(log_, log::RedisLog::Open(*client_, {}, clock_));
  facts_ = reports + 1;
  Appends appends(*log_);
  log::AppendRequest request{.kommun = kKommun, .idempotency_key = "fill"};
  request.facts.push_back(ConfiguredFact().SerializeAsString());
  for (uint64_t n = 0; n < reports; ++n) {
    if (request.facts.size() == Appends::kFacts) {
      appends.Add(
          std::exchange(request, {.kommun = kKommun, .idempotency_key = absl::StrCat("fill-", n)}));
    }
    request.facts.push_back(ReportedFact(n).SerializeAsString());
  }
  appends.Add(std::move(request));
  return appends.AwaitAll();
}

absl::StatusOr<double> FoldLog::Xrange() {
  const std::string key = log::LogKey(kKommun, log::Stream::kFacts);
  uint64_t read = 0;
  const absl::Time start = clock_.Steady();
  while (read < facts_) {
    VAKA_ASSIGN(const redis::Reply reply,
                client_->Command(key, log::RangeCall(key, read, kPiece), clock_.Steady() + kLimit));
    if (reply.elements.empty()) return absl::DataLossError("the log ends early");
    for (const redis::Reply& entry : reply.elements) {
      read += log::FactsIn(entry.elements.at(1).elements.size());
    }
  }
  return static_cast<double>(read) / absl::ToDoubleSeconds(clock_.Steady() - start);
}

absl::Status FoldLog::Check(uint64_t position, uint64_t parked) const {
  if (position == facts_ && parked == 0) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("at ", position, " of ", facts_, " facts, ", parked, " put aside"));
}

absl::StatusOr<double> FoldLog::Rebuild() {
  const std::string snapshot = log::SnapshotKey(kKommun, "est");
  const auto gone = client_->Command(snapshot, {"DEL", snapshot}, clock_.Steady() + kLimit);
  if (!gone.ok()) return gone.status();
  const fold::FollowerOptions options{.name = "est", .schema = est::State::kSchema};
  const fold::Follower::Make make = MakeEst();
  fold::Replay replay(options, make, *log_, clock_);
  const auto track = replay.NewTrack(kKommun);
  const absl::Time start = clock_.Steady();
  VAKA_RETURN_IF_ERROR(replay.Open(*track));
  const absl::Duration took = clock_.Steady() - start;
  VAKA_RETURN_IF_ERROR(Check(track->followed->position(), track->followed->progress().parked));
  return static_cast<double>(facts_) / absl::ToDoubleSeconds(took);
}

absl::StatusOr<double> FoldLog::FoldAlone() {
  while (entries_.size() < facts_) {
    VAKA_ASSIGN(std::vector<log::Entry> piece,
                log_->Read(kKommun, log::Stream::kFacts, entries_.size(), kPiece));
    if (piece.empty()) return absl::DataLossError("the log ends early");
    for (log::Entry& entry : piece) entries_.push_back(std::move(entry));
  }
  const fold::FollowerOptions options{.name = "est", .schema = est::State::kSchema};
  const fold::Follower::Make make = MakeEst();
  fold::Replay replay(options, make, *log_, clock_);
  const auto track = replay.NewTrack(kKommun);
  const absl::Duration before = ThreadTime();
  for (const log::Entry& entry : entries_) {
    replay.TakeFact(*track, entry.seq, entry.bytes, entry.intact);
  }
  const absl::Duration used = ThreadTime() - before;
  VAKA_RETURN_IF_ERROR(Check(track->followed->position(), track->followed->progress().parked));
  return static_cast<double>(facts_) / absl::ToDoubleSeconds(used);
}

}  // namespace vaka::bench
