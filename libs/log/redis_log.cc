#include "libs/log/redis_log.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/log/append_call.h"
#include "libs/log/append_library.h"
#include "libs/log/entries.h"
#include "libs/log/keys.h"
#include "libs/log/request.h"

namespace vaka::log {
namespace {

using redis::Reply;
using redis::Request;

constexpr char kParkedLimit[] = "10000";

absl::StatusOr<std::vector<Entry>> Facts(absl::StatusOr<Reply> reply, uint64_t after = 0,
                                         size_t limit = std::numeric_limits<size_t>::max()) {
  VAKA_RETURN_IF_ERROR(reply.status());
  VAKA_RETURN_IF_ERROR(redis::ToStatus(*reply));
  return ParseEntries(*std::move(reply), after, limit);
}

absl::StatusOr<End> EndOf(absl::StatusOr<Reply> reply) {
  VAKA_ASSIGN(const std::vector<Entry> last, Facts(std::move(reply)));
  if (last.empty()) return End{};
  End end{.seq = last.back().seq};
  if (last.back().intact) end.checksum = Crc32c(last.back().bytes);
  return end;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RedisLog>> RedisLog::Open(redis::Client& client,
                                                         RedisLogOptions options, Clock& clock) {
  for (std::string library : {AppendLibrary(), Snapshots::Library()}) {
    VAKA_RETURN_IF_ERROR(
        client.UseLibrary(std::move(library), clock.Steady() + options.read_timeout));
  }
  return std::unique_ptr<RedisLog>(new RedisLog(client, std::move(options), clock));
}

RedisLog::RedisLog(redis::Client& client, RedisLogOptions options, Clock& clock)
    : client_(client),
      options_(std::move(options)),
      clock_(clock),
      snapshots_(client, options_.read_timeout, clock) {}

RedisLog::~RedisLog() = default;

Committer& RedisLog::CommitterOf(const std::string& kommun, Stream stream) {
  const std::string node = client_.NodeOf(LogKey(kommun, stream));
  absl::MutexLock lock(&mu_);
  std::unique_ptr<Committer>& committer = committers_[node];
  if (committer == nullptr) {
    committer = std::make_unique<Committer>(client_, clock_, options_.commit, options_.on_committed,
                                            counters_);
  }
  return *committer;
}

absl::StatusOr<redis::Reply> RedisLog::Call(const std::string& key, redis::Argv argv) {
  return client_.Command(key, std::move(argv), clock_.Steady() + options_.read_timeout);
}

void RedisLog::Append(AppendRequest request, AppendDone done) {
  if (absl::Status checked = Check(request); !checked.ok()) return done(std::move(checked));
  Committer& committer = CommitterOf(request.kommun, request.stream);
  committer.Append(std::move(request), std::move(done));
}

absl::StatusOr<std::optional<Appended>> RedisLog::Seen(const std::string& kommun, Stream stream,
                                                       const std::string& idempotency_key) {
  const std::vector<redis::Request> calls = {
      SeenCall(kommun, stream, idempotency_key, clock_.Now())};
  const absl::StatusOr<redis::Reply> reply =
      client_
          .Batch(calls, {.replicas = options_.commit.replicas},
                 clock_.Steady() + options_.read_timeout)
          .front();
  if (!reply.ok()) return reply.status();
  return ParseSeen(*reply);
}

absl::StatusOr<std::vector<Entry>> RedisLog::Read(const std::string& kommun, Stream stream,
                                                  uint64_t after, size_t limit) {
  if (limit == 0) return std::vector<Entry>();
  const std::string key = LogKey(kommun, stream);
  const std::vector<Request> calls = {{key, RangeCall(key, after, limit)},
                                      {key, BeyondCall(key, after, limit)}};
  std::vector<absl::StatusOr<Reply>> replies =
      client_.Batch(calls, {}, clock_.Steady() + options_.read_timeout);
  VAKA_ASSIGN(std::vector<Entry> entries, Facts(std::move(replies[0]), after, limit));
  if (entries.size() < limit) {
    VAKA_ASSIGN(const std::vector<Entry> beyond, Facts(std::move(replies[1])));
    // The log goes on, so numbers are missing, unless they were written between the two looks.
    if (!beyond.empty()) {
      VAKA_ASSIGN(entries, Facts(Call(key, RangeCall(key, after, limit)), after, limit));
      if (entries.size() < limit) entries.push_back(beyond.front());
    }
  }
  counters_.damaged += static_cast<uint64_t>(std::count_if(
      entries.begin(), entries.end(), [](const Entry& entry) { return !entry.intact; }));
  return entries;
}

absl::StatusOr<uint64_t> RedisLog::Head(const std::string& kommun, Stream stream) {
  const std::string key = LogKey(kommun, stream);
  VAKA_ASSIGN(const std::vector<Entry> last, Facts(Call(key, LastCall(key))));
  return last.empty() ? uint64_t{0} : last.back().seq;
}

absl::StatusOr<std::shared_ptr<const Ends>> RedisLog::EndsSince(absl::Time since) {
  absl::MutexLock lock(&ends_mu_);
  if (ends_asked_ < since) {
    ends_asked_ = clock_.Steady();
    ends_ = AskEnds(ends_asked_);
  }
  return ends_;
}

absl::StatusOr<std::shared_ptr<const Ends>> RedisLog::AskEnds(absl::Time now) {
  VAKA_ASSIGN(const std::vector<std::string> kommuns, Municipalities());
  std::vector<Request> requests;
  requests.reserve(2 * kommuns.size());
  for (const std::string& kommun : kommuns) {
    for (const Stream stream : {Stream::kFacts, Stream::kDeliveries}) {
      const std::string key = LogKey(kommun, stream);
      requests.push_back({key, LastCall(key)});
    }
  }
  // A node that is loading or fails over is asked again at the next look.
  const std::vector<absl::StatusOr<Reply>> replies =
      client_.Batch(requests, {.patient = false}, now + options_.read_timeout);
  auto ends = std::make_shared<Ends>();
  ends->asked = now;
  for (size_t i = 0; i < replies.size(); ++i) ends->of[kommuns[i / 2]][i % 2] = EndOf(replies[i]);
  return ends;
}

absl::StatusOr<std::vector<std::string>> RedisLog::Municipalities() {
  VAKA_ASSIGN(const redis::Reply reply, Call(kMunicipalitiesKey, {"SMEMBERS", kMunicipalitiesKey}));
  std::vector<std::string> names;
  for (const redis::Reply& name : reply.elements) names.push_back(name.text);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::optional<Snapshot>> RedisLog::LoadSnapshot(const std::string& kommun,
                                                               const std::string& fold) {
  absl::StatusOr<std::optional<Snapshot>> snapshot = snapshots_.Load(kommun, fold);
  if (absl::IsDataLoss(snapshot.status())) ++counters_.damaged;
  return snapshot;
}

absl::Status RedisLog::SaveSnapshot(const std::string& kommun, const std::string& fold,
                                    const Snapshot& snapshot) {
  return snapshots_.Save(kommun, fold, snapshot);
}

absl::Status RedisLog::Park(const std::string& kommun, Stream stream, const Entry& entry,
                            const std::string& fold, const std::string& reason) {
  const std::string key = ParkedKey(kommun);
  return Call(key,
              {"XADD", key, "MAXLEN", "~", kParkedLimit, "*", "log", LogKey(kommun, stream), "seq",
               absl::StrCat(entry.seq), "fold", fold, "reason", reason, "f", entry.bytes})
      .status();
}

absl::StatusOr<std::vector<std::string>> RedisLog::SubjectKeys(
    const std::string& kommun, const std::vector<std::string>& subjects) {
  std::vector<std::string> sealed(subjects.size());
  if (subjects.empty()) return sealed;
  const std::string key = VaultKey(kommun);
  redis::Argv argv = {"HMGET", key};
  argv.insert(argv.end(), subjects.begin(), subjects.end());
  VAKA_ASSIGN(redis::Reply reply, Call(key, argv));
  if (reply.elements.size() != subjects.size()) {
    return absl::InternalError("log: a malformed answer to HMGET");
  }
  for (size_t i = 0; i < sealed.size(); ++i) sealed[i] = std::move(reply.elements[i].text);
  return sealed;
}

absl::Status RedisLog::EraseSubjectKey(const std::string& kommun, const std::string& subject) {
  const std::string key = VaultKey(kommun);
  return Call(key, {"HDEL", key, subject}).status();
}

Stats RedisLog::stats() const {
  Stats stats{.appends = counters_.appends,
              .facts = counters_.facts,
              .repeated = counters_.repeated,
              .aborted = counters_.aborted,
              .refused = counters_.refused,
              .failed = counters_.failed,
              .resent = counters_.resent,
              .reconnects = client_.stats().losses,
              .damaged = counters_.damaged,
              .queued = counters_.queued,
              .queued_bytes = counters_.queued_bytes};
  std::copy(counters_.batches.begin(), counters_.batches.end(), stats.batches.begin());
  stats.batched = counters_.batched;
  return stats;
}

}  // namespace vaka::log
