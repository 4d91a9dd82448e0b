#include "tests/fault/bus/bus_fixture.h"

#include <future>
#include <iostream>

namespace vaka::fault {

using redis::Eventually;

void BusFaultTest::Wire(const std::string& in, const std::string& out) {
  (void)Seed();  // printed
  out_ = out;
  client_ = redis_.NewClient();
  witness_client_ = redis_.NewClient();
  witness_log_ = log::RedisLog::Open(*witness_client_, {}, clock_).value();
  witness_ = std::make_unique<Witness>(
      clock_, [this] { (void)witness_log_->Head(kKommun, log::Stream::kFacts); });
  staleness_ = std::make_unique<Staleness>(clock_, *witness_);
  publisher_ = bus::Publisher::Connect(context_, {.forwarders = {in}}, counters_).value();
  log_ = log::RedisLog::Open(*client_,
                             {.on_committed =
                                  [this](const std::string& kommun, log::Stream stream,
                                         uint64_t first, const std::vector<std::string>& facts) {
                                    for (size_t i = 0; i < facts.size(); ++i)
                                      staleness_->Stands(first + i);
                                    publisher_->Publish(kommun, stream, first, facts);
                                    head_ = first + facts.size() - 1;
                                  }},
                             clock_)
             .value();
}

fold::Follower& BusFaultTest::Follow(const std::string& name, int queue, absl::Duration slow) {
  Listener& listener = listeners_[name];
  listener.receiver =
      bus::Receiver::Start(context_, {.forwarders = {out_}, .queue = queue}, counters_).value();
  listener.follower = std::make_unique<fold::Follower>(
      fold::FollowerOptions{.name = name, .snapshot_every = 500},
      [](const std::string&) { return std::make_unique<fold::ToyFold>(); }, *log_,
      listener.receiver->Listen(), clock_);
  listener.follower->OnApplied([this, name, slow](const event::v1::Event& event) {
    staleness_->Takes(name, event.seq());
    if (slow > absl::ZeroDuration()) clock_.SleepFor(slow, {});
  });
  EXPECT_TRUE(listener.follower->Start().ok());
  staleness_->Joins(name);
  return *listener.follower;
}

void BusFaultTest::Append(int facts, absl::Duration pause) {
  appending_ = std::jthread([this, facts, pause](std::stop_token stop) {
    for (uint64_t n = 0; !stop.stop_requested(); ++n) {
      log::AppendRequest request;
      request.kommun = kKommun;
      request.idempotency_key = absl::StrCat("k", n);
      for (int i = 0; i < facts; ++i) {
        const auto severity = static_cast<uint32_t>(1 + (n + static_cast<uint64_t>(i)) % 8);
        request.facts.push_back(
            fold::Reported(absl::StrCat("i", n, "-", i), severity).SerializeAsString());
      }
      std::promise<absl::Status> done;
      log_->Append(std::move(request), [&done](absl::StatusOr<log::Appended> appended) {
        done.set_value(appended.status());
      });
      EXPECT_EQ(done.get_future().get(), absl::OkStatus());
      clock_.SleepFor(pause, stop);
    }
  });
}

bool BusFaultTest::AwaitFacts(uint64_t more) {
  const uint64_t until = head_ + more;
  return Eventually([&] { return head_ >= until; }, absl::Minutes(2));
}

void BusFaultTest::Rest() {
  appending_.request_stop();
  appending_.join();
  for (const auto& [name, listener] : listeners_) {
    EXPECT_TRUE(Eventually([&] { return ProgressOf(name).position == head_; }, absl::Minutes(1)))
        << name << " is at " << ProgressOf(name).position << " of " << head_;
  }
}

void BusFaultTest::ExpectPromiseKept(std::map<std::string, uint64_t> counts) {
  Follow("fresh");
  const auto expected = listeners_.at("fresh").follower->StateHash(kKommun);
  ASSERT_TRUE(expected.ok()) << expected.status();
  EXPECT_EQ(expected->first, head_);
  for (const auto& [name, listener] : listeners_) {
    EXPECT_EQ(listener.follower->StateHash(kKommun).value(), *expected) << name;
    if (name == "fresh") continue;
    const Staleness::Worst worst = staleness_->Of(name);
    const fold::Progress progress = ProgressOf(name);
    std::cout << name << ": " << worst.facts << " facts, stalest " << worst.owed_off << " ("
              << worst.wall << " by the wall), holes read from the log " << progress.gaps
              << ", repeats dropped " << progress.duplicates << std::endl;
    EXPECT_GT(worst.facts, 0u) << name;
    EXPECT_LT(worst.owed_off, kStalest) << name;
    counts[absl::StrCat(name, "_facts")] = worst.facts;
    counts[absl::StrCat(name, "_stalest_ms")] =
        static_cast<uint64_t>(absl::ToInt64Milliseconds(worst.owed_off));
    counts[absl::StrCat(name, "_stalest_wall_ms")] =
        static_cast<uint64_t>(absl::ToInt64Milliseconds(worst.wall));
  }
  ReportCounts(counts, Seed());
}

fold::Progress BusFaultTest::ProgressOf(const std::string& name) const {
  for (const fold::Progress& progress : listeners_.at(name).follower->ProgressOfAll()) {
    if (progress.kommun == kKommun) return progress;
  }
  return {};
}

void BusFaultTest::TearDown() {
  if (appending_.joinable()) {
    appending_.request_stop();
    appending_.join();
  }
  listeners_.clear();
  log_.reset();
  publisher_.reset();
  witness_.reset();
}

}  // namespace vaka::fault
