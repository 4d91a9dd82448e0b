#include "libs/log/committer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/log/append_call.h"
#include "libs/log/entries.h"
#include "libs/log/keys.h"

namespace vaka::log {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(5);
constexpr absl::Duration kLongestPause = absl::Milliseconds(250);
constexpr absl::Duration kRetry = absl::Milliseconds(500);

// About what an append takes, with what the strings themselves cost.
size_t Bytes(const AppendRequest& request) {
  constexpr size_t kWord = 16;
  size_t bytes = kWord * WordsOf(request) + request.kommun.size() + request.idempotency_key.size();
  for (const std::string& fact : request.facts) bytes += fact.size();
  for (const std::string& aggregate : request.rests_on) bytes += aggregate.size();
  for (const SubjectKey& key : request.keys) bytes += key.subject.size() + key.sealed.size();
  return bytes;
}

void CountBatch(Counters& counters, size_t size) {
  const auto bound = std::lower_bound(kBatchBounds.begin(), kBatchBounds.end(), size);
  ++counters.batches[static_cast<size_t>(bound - kBatchBounds.begin())];
  counters.batched += size;
}

}  // namespace

Committer::Committer(redis::Client& client, Clock& clock, const CommitterOptions& options,
                     const OnCommitted& on_committed, Counters& counters)
    : client_(client),
      clock_(clock),
      options_(options),
      on_committed_(on_committed),
      counters_(counters),
      thread_([this] { Run(); }) {}

Committer::~Committer() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  work_bell_.Ring();
  stop_bell_.Ring();
  thread_.join();
}

void Committer::Append(AppendRequest request, AppendDone done) {
  const size_t bytes = Bytes(request);
  absl::Status refusal = absl::OkStatus();
  {
    absl::MutexLock lock(&mu_);
    if (stopping_) {
      refusal = Unavailable("the log is closing", kRetry);
    } else if (held_ >= options_.queue_appends || held_bytes_ + bytes > options_.queue_bytes) {
      refusal =
          Overloaded(absl::StrCat("the append queue is full with ", held_, " appends"), kRetry);
    } else {
      ++held_;
      held_bytes_ += bytes;
      queue_.push_back(Item{.request = std::move(request),
                            .done = std::move(done),
                            .bytes = bytes,
                            .expires = clock_.Steady() + options_.append_limit});
    }
  }
  if (refusal.ok()) {
    work_bell_.Ring();
    ++counters_.queued;
    counters_.queued_bytes += bytes;
  } else {
    ++counters_.refused;
    done(std::move(refusal));
  }
}

void Committer::Run() {
  std::vector<Item> work;
  Trouble trouble = Trouble::kNone;
  absl::Duration pause = kFirstPause;
  while (Gather(trouble, pause, &work)) {
    pause = trouble == Trouble::kNone ? kFirstPause : std::min(pause * 2, kLongestPause);
    trouble = Commit(&work);
  }
  Commit(&work);
  {
    absl::MutexLock lock(&mu_);
    std::move(queue_.begin(), queue_.end(), std::back_inserter(work));
    queue_.clear();
  }
  for (Item& item : work) Answer(item, Unavailable("the log is closing", kRetry));
}

bool Committer::Gather(Trouble trouble, absl::Duration pause, std::vector<Item>* work) {
  if (trouble == Trouble::kConnection) {
    // Nothing gets through; more appends would only find the same.
    stop_bell_.Await(0, pause);
  } else if (!work->empty()) {
    heard_ = work_bell_.Await(heard_, pause);
  }
  absl::MutexLock lock(&mu_);
  // What has to be sent again does not wait for more.
  if (work->empty()) mu_.Await(absl::Condition(this, &Committer::HasWork));
  // What waits to be sent again does not count, so that a slot that is moving leaves room.
  size_t bytes = 0;
  for (size_t taken = 0; !queue_.empty() && taken < options_.batch_appends; ++taken) {
    if (bytes >= options_.batch_bytes) break;
    bytes += queue_.front().bytes;
    work->push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return !stopping_ || (!queue_.empty() && trouble == Trouble::kNone);
}

Committer::Trouble Committer::Commit(std::vector<Item>* work) {
  DropExpired(work);
  if (work->empty()) return Trouble::kNone;
  if (const absl::Status registered = Register(*work); !registered.ok()) {
    for (Item& item : *work) item.trouble = registered;
    return Trouble::kConnection;
  }
  const std::vector<std::vector<size_t>> groups = GroupByLog(*work);
  std::vector<redis::Request> calls;
  calls.reserve(groups.size());
  for (const std::vector<size_t>& group : groups) {
    std::vector<const AppendRequest*> requests;
    for (const size_t i : group) requests.push_back(&(*work)[i].request);
    calls.push_back(AppendCall(requests, clock_.Now()));
  }
  for (Item& item : *work) {
    if (++item.sends > 1) ++counters_.resent;
  }
  CountBatch(counters_, work->size());
  // Not patient: a slot that is moving must not hold up the other municipalities.
  const std::vector<absl::StatusOr<redis::Reply>> replies =
      client_.Batch(calls, {.patient = false, .replicas = options_.replicas},
                    clock_.Steady() + options_.round_limit);
  Trouble trouble = Trouble::kNone;
  std::vector<Item> again;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (Settle(groups[i], replies[i], *work, &again)) continue;
    trouble = replies[i].ok() ? std::max(trouble, Trouble::kSome) : Trouble::kConnection;
  }
  *work = std::move(again);
  return trouble;
}

// In their order; each group is one call's, of one municipality's log.
std::vector<std::vector<size_t>> Committer::GroupByLog(const std::vector<Item>& work) {
  struct Open {
    size_t group;
    size_t words;
  };
  std::vector<std::vector<size_t>> groups;
  absl::flat_hash_map<std::pair<absl::string_view, Stream>, Open> open;
  for (size_t i = 0; i < work.size(); ++i) {
    const AppendRequest& request = work[i].request;
    const size_t words = WordsOf(request);
    const auto [found, is_new] =
        open.try_emplace({request.kommun, request.stream}, Open{groups.size(), 0});
    Open& last = found->second;
    if (!is_new && (groups[last.group].size() >= kMostAppendsInCall ||
                    last.words + words > kMostWordsInCall)) {
      last = Open{groups.size(), 0};
    }
    if (last.group == groups.size()) groups.emplace_back();
    groups[last.group].push_back(i);
    last.words += words;
  }
  return groups;
}

void Committer::DropExpired(std::vector<Item>* work) {
  const absl::Time now = clock_.Steady();
  std::string why;
  const auto expired = std::stable_partition(
      work->begin(), work->end(), [now](const Item& item) { return item.expires > now; });
  if (expired != work->end()) why = WhyAway();
  for (auto item = expired; item != work->end(); ++item) {
    Answer(*item,
           Unavailable(absl::StrCat(item->sends > 0 ? "unknown whether written: " : "not written: ",
                                    item->trouble.message(), why),
                       kRetry));
  }
  work->erase(expired, work->end());
}

std::string Committer::WhyAway() const {
  const std::string known = options_.trouble == nullptr ? "" : options_.trouble();
  return known.empty() ? "" : absl::StrCat(" (", known, ")");
}

absl::Status Committer::Register(const std::vector<Item>& work) {
  for (const Item& item : work) {
    if (registered_.count(item.request.kommun) > 0) continue;
    VAKA_RETURN_IF_ERROR(client_
                             .Command(kMunicipalitiesKey,
                                      {"SADD", kMunicipalitiesKey, item.request.kommun},
                                      clock_.Steady() + options_.round_limit)
                             .status());
    registered_.insert(item.request.kommun);
  }
  return absl::OkStatus();
}

bool Committer::Settle(const std::vector<size_t>& group, const absl::StatusOr<redis::Reply>& reply,
                       std::vector<Item>& work, std::vector<Item>* again) {
  const bool passing = reply.ok() && redis::IsPassing(*reply);
  if (passing || absl::IsUnavailable(reply.status())) {
    const absl::Status trouble = passing ? redis::ToStatus(*reply) : reply.status();
    for (const size_t i : group) {
      work[i].trouble = trouble;
      again->push_back(std::move(work[i]));
    }
    return false;
  }
  std::vector<absl::StatusOr<Appended>> answers =
      reply.ok() ? ParseAppended(*reply, group.size())
                 : std::vector<absl::StatusOr<Appended>>(
                       group.size(), Unavailable(reply.status().message(), kRetry));
  for (size_t i = 0; i < group.size(); ++i) CheckRepeated(work[group[i]], answers[i]);
  Tell(group, answers, work);
  for (size_t i = 0; i < group.size(); ++i) Answer(work[group[i]], std::move(answers[i]));
  return true;
}

// Another's append with the same key may hold other facts; those must not go out under its numbers.
void Committer::CheckRepeated(const Item& item, absl::StatusOr<Appended>& answer) {
  if (!answer.ok()) return;
  if (answer->repeated && item.sends > 1) answer->repeated = !IsOwn(item, *answer);
  if (!answer->repeated) counters_.facts += item.request.facts.size();
}

// Facts of one call follow each other, so that nearly always they are told of in one go.
void Committer::Tell(const std::vector<size_t>& group,
                     const std::vector<absl::StatusOr<Appended>>& answers,
                     std::vector<Item>& work) const {
  if (!on_committed_) return;
  const AppendRequest& log = work[group.front()].request;
  uint64_t first = 0;
  std::vector<std::string> facts;
  for (size_t i = 0; i < group.size(); ++i) {
    if (!answers[i].ok() || answers[i]->repeated) continue;
    if (!facts.empty() && first + facts.size() != answers[i]->first) {
      on_committed_(log.kommun, log.stream, first, facts);
      facts.clear();
    }
    if (facts.empty()) first = answers[i]->first;
    std::vector<std::string>& told = work[group[i]].request.facts;
    std::move(told.begin(), told.end(), std::back_inserter(facts));
  }
  if (!facts.empty()) on_committed_(log.kommun, log.stream, first, facts);
}

bool Committer::IsOwn(const Item& item, const Appended& appended) {
  const std::string key = LogKey(item.request.kommun, item.request.stream);
  const uint64_t after = appended.first - 1;
  const size_t facts = appended.last - after;
  absl::StatusOr<redis::Reply> reply =
      client_.Command(key, RangeCall(key, after, facts), clock_.Steady() + options_.round_limit);
  const absl::StatusOr<std::vector<Entry>> entries =
      reply.ok() ? ParseEntries(*std::move(reply), after, facts) : reply.status();
  if (!entries.ok()) return false;
  return std::equal(
      entries->begin(), entries->end(), item.request.facts.begin(), item.request.facts.end(),
      [](const Entry& entry, const std::string& fact) { return entry.bytes == fact; });
}

void Committer::Answer(Item& item, absl::StatusOr<Appended> answer) {
  {
    absl::MutexLock lock(&mu_);
    --held_;
    held_bytes_ -= item.bytes;
  }
  --counters_.queued;
  counters_.queued_bytes -= item.bytes;
  if (answer.ok()) {
    ++(answer->repeated ? counters_.repeated : counters_.appends);
  } else {
    ++(absl::IsAborted(answer.status()) ? counters_.aborted : counters_.failed);
  }
  item.done(std::move(answer));
}

}  // namespace vaka::log
