#include "tests/fault/redis/writers.h"

#include <future>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::fault {
namespace {

// The log's answer to one try.
absl::StatusOr<log::Appended> Try(log::Log& log, const std::string& kommun, const std::string& key,
                                  const std::vector<std::string>& facts) {
  log::AppendRequest request;
  request.kommun = kommun;
  request.idempotency_key = key;
  request.facts = facts;
  std::promise<absl::StatusOr<log::Appended>> answer;
  log.Append(std::move(request),
             [&answer](absl::StatusOr<log::Appended> appended) { answer.set_value(appended); });
  return answer.get_future().get();
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tally& tally) {
  return out << tally.acknowledged << " acknowledged, " << tally.lost << " lost, " << tally.doubled
             << " doubled, " << tally.foreign << " foreign, " << tally.holes << " holes, "
             << tally.damaged << " damaged; " << tally.unknown << " unknown, " << tally.unknown_done
             << " of them done";
}

Writers::Writers(std::vector<log::Log*> logs, WritersOptions options)
    : logs_(std::move(logs)), options_(std::move(options)) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, i] { Write(i); });
  }
}

Writers::~Writers() { Stop(); }

void Writers::Stop() {
  stop_ = true;
  threads_.clear();
}

void Writers::Write(int thread) {
  log::Log& log = *logs_[static_cast<size_t>(thread) % logs_.size()];
  for (int i = 0; !stop_; ++i) {
    AppendOnce(log, absl::StrCat("w", thread, "-", i), 1 + i % options_.facts);
  }
}

void Writers::AppendOnce(log::Log& log, const std::string& key, int facts) {
  Known known;
  for (int i = 0; i < facts; ++i) {
    known.facts.push_back(absl::StrCat(key, ".", i, std::string(200, '.')));
  }
  {
    absl::MutexLock lock(&mu_);
    known_[key] = known;
  }
  const absl::Time until = absl::Now() + options_.patience;
  do {
    const absl::StatusOr<log::Appended> answer = Try(log, options_.kommun, key, known.facts);
    absl::MutexLock lock(&mu_);
    if (answer.ok()) {
      known_[key].acknowledged = true;
      known_[key].numbers = *answer;
      ++acknowledged_;
      return;
    }
    if (absl::IsUnavailable(answer.status())) {
      last_trouble_ = answer.status();
    } else if (!absl::IsResourceExhausted(answer.status())) {
      strange_.push_back(answer.status());
      return;
    }
  } while (absl::Now() < until);
}

bool Writers::AwaitAcknowledged(uint64_t more) {
  const uint64_t wanted = acknowledged_ + more;
  return redis::Eventually([&] { return acknowledged_ >= wanted; }, absl::Minutes(1));
}

std::vector<absl::Status> Writers::strange() const {
  absl::MutexLock lock(&mu_);
  return strange_;
}

absl::Status Writers::last_trouble() const {
  absl::MutexLock lock(&mu_);
  return last_trouble_;
}

Tally Writers::Compare(log::Log& log) const {
  Tally tally;
  std::vector<log::Entry> entries;
  for (uint64_t after = 0;;) {
    const auto read = log.Read(options_.kommun, log::Stream::kFacts, after, 5000).value();
    if (read.empty()) break;
    entries.insert(entries.end(), read.begin(), read.end());
    after = read.back().seq;
  }
  std::map<std::string, uint64_t> stored;  // fact to number
  uint64_t expected = 0;
  for (const log::Entry& entry : entries) {
    tally.holes += entry.seq != ++expected;
    expected = entry.seq;
    tally.damaged += !entry.intact;
    if (entry.intact) tally.doubled += !stored.emplace(entry.bytes, entry.seq).second;
  }
  std::set<std::string> sent;
  absl::MutexLock lock(&mu_);
  for (const auto& [key, known] : known_) {
    size_t found = 0;
    bool in_place = true;
    for (size_t i = 0; i < known.facts.size(); ++i) {
      sent.insert(known.facts[i]);
      const auto at = stored.find(known.facts[i]);
      found += at != stored.end();
      in_place &= at != stored.end() && at->second == known.numbers.first + i;
    }
    if (known.acknowledged) {
      ++tally.acknowledged;
      tally.lost += !in_place;
    } else {
      ++tally.unknown;
      tally.unknown_done += found > 0;
      tally.holes += found > 0 && found < known.facts.size();  // half of an append
    }
  }
  for (const auto& [fact, seq] : stored) tally.foreign += sent.count(fact) == 0;
  return tally;
}

}  // namespace vaka::fault
