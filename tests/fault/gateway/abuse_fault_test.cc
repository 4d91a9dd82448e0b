// Those who mean no good, all at once and each from an address of its own, while honest people
// work: these go on, what the attackers can hold is bounded, and every refusal is counted by its
// reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "absl/strings/str_cat.h"
#include "services/gateway/connect_codec.h"
#include "tests/fault/gateway/abuse.h"
#include "tests/fault/gateway/attacker.h"
#include "tests/fault/gateway/honest.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "vaka/gateway/v1/gateway_service.pb.h"

namespace vaka::fault {
namespace {

using testing::IsEmpty;

constexpr uint64_t kMoreMemoryKib = 384 << 10;

class AbuseFaultTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!AllowFiles(8192)) GTEST_SKIP() << "the machine allows less than 8192 open files";
    const absl::Status started = house_.Start();
    ASSERT_TRUE(started.ok()) << started;
    // Steady, not heavy: each of its facts goes to every stream there is.
    load_ = std::make_unique<Load>(
        house_, LoadOptions{.reporters = 2, .pause = absl::Milliseconds(200), .seed = Seed()});
    load_->Start();
    ASSERT_TRUE(load_->AwaitAcknowledged(30));
    honest_ = std::make_unique<Honest>(house_);
    ASSERT_TRUE(honest_->AwaitReads(40));
    calm_ = honest_->Take();
    rss_ = vaka().usage().rss_kib;
  }

  HouseProcess& vaka() { return house_.process("vaka"); }
  double Refused(const std::string& reason) {
    return vaka().Metric(absl::StrCat("vaka_gateway_refused_total{reason=\"", reason, "\"}"));
  }
  // Waits until so many were refused for the reason, by the product's own count.
  bool AwaitRefused(const std::string& reason, double more) {
    return redis::Eventually([&] { return Refused(reason) >= more; }, absl::Minutes(1));
  }

  // The honest went on as before, in a bounded process.
  void CheckHonest();
  void EndAndJudge();

  SystemClock clock_;
  History history_{clock_};
  House house_{{}, history_};
  std::unique_ptr<Load> load_;
  std::unique_ptr<Honest> honest_;
  Honest::Counts calm_;
  uint64_t rss_ = 0;
};

void AbuseFaultTest::CheckHonest() {
  const Honest::Counts storm = honest_->Take();
  const uint64_t rss = vaka().usage().rss_kib;
  std::cout << "honest reads: calm " << Median(calm_.reads) << ", now " << Median(storm.reads)
            << " (p99 " << P99(storm.reads) << ", " << storm.reads.size() << "); memory " << rss_
            << " → " << rss << " KiB\n";
  EXPECT_THAT(storm.failures, IsEmpty());
  EXPECT_GT(storm.reports, 0U);
  // The attackers' own work shares the processors with the honest: this is not their speed, but
  // that they do not wait for attackers.
  EXPECT_LT(Median(storm.reads), std::max(20 * Median(calm_.reads), absl::Seconds(1)));
  EXPECT_LT(rss, rss_ + kMoreMemoryKib);
  ReportCounts(
      {{"honest_reads", storm.reads.size()},
       {"honest_median_us_calm",
        static_cast<uint64_t>(absl::ToInt64Microseconds(Median(calm_.reads)))},
       {"honest_median_us", static_cast<uint64_t>(absl::ToInt64Microseconds(Median(storm.reads)))},
       {"memory_kib", rss}},
      Seed());
}

void AbuseFaultTest::EndAndJudge() {
  honest_ = nullptr;
  load_->Stop(absl::Minutes(1));
  EXPECT_EQ(load_->counts().unknown, 0U);
  CloseAndJudge(house_, Seed(), "verdict");
}

TEST_F(AbuseFaultTest, HonestUsersGoOnUnderEveryAbuseAtOnce) {
  const size_t fault = history_.FaultBegins("abuse", "gateway");
  auto abuse = std::make_unique<Abuse>(house_.http_address(), Seed());
  EXPECT_TRUE(honest_->AwaitReads(50));
  EXPECT_TRUE(load_->AwaitAcknowledged(30)) << "the load goes on";
  // The limits' own times are what the slow ones wait for.
  EXPECT_TRUE(AwaitRefused("slow", 200));
  for (const char* reason : {"too_long", "malformed", "token", "rate", "sign_in"}) {
    EXPECT_TRUE(AwaitRefused(reason, 1)) << reason;
  }
  const std::vector<std::pair<const char*, int>> answers = {
      {"slow header", 408}, {"garbage", 400},     {"huge header", 431}, {"huge body", 401},
      {"two lengths", 400}, {"wrong token", 401}, {"guessed code", 429}};
  for (const auto& [attack, status] : answers) {
    EXPECT_TRUE(redis::Eventually([&] { return abuse->AnswersTo(attack).of(status) > 0; }))
        << attack << ": " << status;
  }
  std::cout << abuse->Text();
  CheckHonest();
  abuse = nullptr;
  history_.FaultEnds(fault);
  EndAndJudge();
}

TEST_F(AbuseFaultTest, ThousandsOfIdleStreamsLeaveRoomForEverybody) {
  constexpr size_t kStreams = 2000;
  gateway::v1::WatchRequest request;
  const std::string watch =
      Post("/vaka.gateway.v1.LiveService/Watch",
           absl::StrCat("Content-Type: application/connect+proto\r\nAuthorization: ",
                        house_.Authorization(Coordinator()), "\r\n"),
           gateway::Envelope(0, request.SerializeAsString()));
  // From several addresses, each within its rate.
  std::vector<std::unique_ptr<Attack>> viewers;
  for (int i = 2; i < 6; ++i) {
    viewers.push_back(
        std::make_unique<Attack>("streams", house_.http_address(), absl::StrCat("127.0.0.", i),
                                 Attack::Crowd{.connections = kStreams / 4, .opening = watch}));
  }
  ASSERT_TRUE(redis::Eventually(
      [&] { return vaka().Metric("vaka_gateway_live_streams") >= kStreams; }, absl::Minutes(1)));
  EXPECT_TRUE(honest_->AwaitReads(50));
  EXPECT_TRUE(load_->AwaitAcknowledged(50)) << "the load goes on";
  EXPECT_GE(vaka().Metric("vaka_gateway_live_streams"), kStreams) << "and the streams stay";
  CheckHonest();
  viewers.clear();
  EXPECT_TRUE(redis::Eventually([&] { return vaka().Metric("vaka_gateway_live_streams") == 0; },
                                absl::Minutes(1)));
  EndAndJudge();
}

}  // namespace
}  // namespace vaka::fault
