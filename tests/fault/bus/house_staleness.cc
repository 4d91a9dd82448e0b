#include "tests/fault/bus/house_staleness.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "libs/curl/http_client.h"

namespace vaka::fault {
namespace {

constexpr absl::Duration kEvery = absl::Milliseconds(30);
constexpr log::Stream kStreams[] = {log::Stream::kFacts, log::Stream::kDeliveries};

}  // namespace

HouseStaleness::HouseStaleness(House& house)
    : house_(house),
      clock_(house.clock()),
      redis_(redis::Client::Make({.urls = house.redis_url()}, clock_).value()),
      log_(log::RedisLog::Open(*redis_, {}, clock_).value()),
      witness_(clock_, [this] { NoteHeads(); }),
      thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

HouseStaleness::~HouseStaleness() = default;

void HouseStaleness::Excuse(const std::string& process) {
  absl::MutexLock lock(&mu_);
  since_[process] = absl::InfiniteFuture();
}

void HouseStaleness::Expect(const std::string& process) {
  absl::MutexLock lock(&mu_);
  since_[process] = clock_.Steady();
}

HouseStaleness::Worst HouseStaleness::worst() const {
  absl::MutexLock lock(&mu_);
  return worst_;
}

void HouseStaleness::NoteHeads() {
  for (const log::Stream stream : kStreams) {
    const absl::StatusOr<uint64_t> head = log_->Head(House::kKommun, stream);
    if (!head.ok()) continue;
    const absl::Time now = clock_.Steady();
    absl::MutexLock lock(&mu_);
    auto& heads = heads_[static_cast<size_t>(stream)];
    if (heads.empty() || *head > heads.back().first) heads.emplace_back(*head, now);
  }
}

void HouseStaleness::Run(std::stop_token stop) {
  while (clock_.SleepFor(kEvery, stop)) {
    for (const auto& process : house_.processes()) LookAt(*process);
  }
}

void HouseStaleness::LookAt(const HouseProcess& process) {
  const std::string address = process.metrics_address();
  if (address.empty()) return;
  const absl::Time asked = clock_.Steady();
  curl::HttpClient client;
  const auto page = client.Do({.url = absl::StrCat("http://", address, "/metrics")});
  if (!page.ok()) return;
  for (absl::string_view line : absl::StrSplit(page->body, '\n')) {
    if (!absl::ConsumePrefix(&line, "vaka_fold_facts{fold=\"")) continue;
    const std::vector<absl::string_view> parts = absl::StrSplit(line, "\"} ");
    double position = 0;
    if (parts.size() != 2 || !absl::SimpleAtod(parts[1], &position)) continue;
    // What it shows it held when it was asked, or later.
    Judge(process.name(), std::string(parts[0]), static_cast<uint64_t>(position), asked);
  }
}

void HouseStaleness::Judge(const std::string& process, const std::string& fold, uint64_t position,
                           absl::Time seen) {
  absl::MutexLock lock(&mu_);
  ++worst_.looks;
  const auto& heads = heads_[fold == "deliveries" ? 1 : 0];
  const auto missing =
      std::upper_bound(heads.begin(), heads.end(), position,
                       [](uint64_t at, const auto& head) { return at < head.first; });
  if (missing == heads.end()) return;
  const auto since = since_.find(process);
  const absl::Time from =
      since == since_.end() ? missing->second : std::max(missing->second, since->second);
  if (seen <= from) return;
  worst_.wall = std::max(worst_.wall, seen - from);
  const absl::Duration stale = seen - from - witness_.OwedBetween(from, seen);
  if (stale <= worst_.owed_off) return;
  worst_.owed_off = stale;
  worst_.whose = absl::StrCat(process, ": ", fold);
}

}  // namespace vaka::fault
