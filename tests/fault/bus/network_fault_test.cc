// The network between the gateway and one target is cut, or hangs, and heals. Whoever asks for what
// lies behind it is told so, with a reason, in time; everything else goes on, and so does the live
// stream of a page whose own connection is cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "absl/strings/str_cat.h"
#include "tests/fault/bus/other_machine.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/support/gate/socket_gate.h"
#include "tests/support/redis_server/free_port.h"
#include "tests/support/vaka_process/vaka_process.h"
#include "vaka/est/v1/est_service.pb.h"
#include "vaka/registry/v1/registry_service.pb.h"

namespace vaka::fault {
namespace {

using testing::HasSubstr;
using testing::Not;

class NetworkFaultTest : public testing::Test {
 protected:
  // The gateway reaches est through a gate; everybody else is reached as ever.
  void BeginWithGate() {
    HouseOptions options{.processes = OnePerTarget()};
    const std::string est = absl::StrCat("127.0.0.1:", redis::FreePort());
    gate_ = std::make_unique<SocketGate>(est);
    for (HouseProcess::Plan& plan : options.processes) {
      if (plan.name == "est") plan.arguments.push_back("--grpc=" + est);
    }
    options.peers["est"] = gate_->address();
    Begin(std::move(options));
  }

  // est runs on another machine: TLS to it, and CURVE from it to the bus.
  void BeginOnTwoMachines() {
    HouseOptions options{.processes = OnePerTarget()};
    const std::string est = absl::StrCat(other_->there(), ":", redis::FreePort());
    for (HouseProcess::Plan& plan : options.processes) {
      if (plan.name != "est") continue;
      plan.wrapper = other_->wrapper();
      plan.arguments.push_back("--grpc=" + est);
    }
    options.peers["est"] = est;
    options.bus = absl::StrCat("tcp://", other_->here(), ":", redis::FreePort(), ",tcp://",
                               other_->here(), ":", redis::FreePort());
    Begin(std::move(options), other_->there());
  }

  // With keys for a host that is not this machine, if one is given.
  void Begin(HouseOptions options, const std::string& host = "") {
    house_ = std::make_unique<House>(std::move(options), history_);
    std::string said;
    if (!host.empty()) {
      ASSERT_EQ(RunVaka({"keys", "init", house_->data() + "/keys", "--host=" + host}, &said), 0)
          << said;
    }
    const absl::Status started = house_->Start();
    ASSERT_TRUE(started.ok()) << started;
    load_ = std::make_unique<Load>(*house_, LoadOptions{.seed = Seed()});
    load_->Start();
    ASSERT_TRUE(load_->AwaitAcknowledged(20));
  }

  // Asks est by the gateway.
  absl::Status AskEst(absl::Duration timeout) {
    Caller caller = house_->NewCaller("asker");
    est::v1::GetWeekRequest request;
    est::v1::GetWeekResponse response;
    return caller.Ask(request, &response, Coordinator(), Caller::Way::kHttp, timeout);
  }

  absl::Status AskRegistry() {
    Caller caller = house_->NewCaller("asker");
    registry::v1::GetMunicipalityRequest request;
    registry::v1::GetMunicipalityResponse response;
    return caller.Ask(request, &response, Coordinator(), Caller::Way::kHttp, absl::Seconds(10));
  }

  SystemClock clock_;
  History history_{clock_};
  std::unique_ptr<SocketGate> gate_;
  std::unique_ptr<OtherMachine> other_;
  std::unique_ptr<House> house_;
  std::unique_ptr<Load> load_;
};

TEST_F(NetworkFaultTest, ATargetThatCannotBeReachedIsSaidSoAndFoundAgain) {
  BeginWithGate();
  ASSERT_TRUE(redis::Eventually([&] { return AskEst(absl::Seconds(10)).ok(); }));
  constexpr int kCuts = 3;
  for (int cut = 0; cut < kCuts; ++cut) {
    const size_t fault = history_.FaultBegins("network cut", "gateway to est");
    gate_->Refuse();
    absl::Status away;
    EXPECT_TRUE(redis::Eventually([&] {
      away = AskEst(absl::Seconds(10));
      return absl::IsUnavailable(away);
    })) << away;
    EXPECT_THAT(std::string(away.message()), Not(HasSubstr("127.0.0.1"))) << "no addresses";
    EXPECT_FALSE(away.message().empty());
    EXPECT_TRUE(AskRegistry().ok()) << "the others answer";
    EXPECT_TRUE(load_->AwaitAcknowledged(20)) << "work goes on";
    gate_->Pass();
    history_.FaultEnds(fault);
    EXPECT_TRUE(redis::Eventually([&] { return AskEst(absl::Seconds(10)).ok(); }));
  }
  load_->Stop(absl::Minutes(1));
  EXPECT_EQ(load_->counts().unknown, 0u);
  ReportCounts({{"cuts", kCuts}}, Seed());
  CloseAndJudge(*house_, Seed(), "verdict");
}

TEST_F(NetworkFaultTest, ACableBetweenTwoMachinesIsPulledAndPutBack) {
  auto made = OtherMachine::Make();
  if (!made.ok()) GTEST_SKIP() << "no network namespaces here: " << made.status().message();
  other_ = *std::move(made);
  BeginOnTwoMachines();
  ASSERT_TRUE(redis::Eventually([&] { return AskEst(absl::Seconds(10)).ok(); }));
  constexpr int kCuts = 2;
  for (int cut = 0; cut < kCuts; ++cut) {
    const size_t fault = history_.FaultBegins("cable pulled", "gateway to est, est to bus");
    other_->Cut();
    // Nobody tells the connection; the first who ask wait as long as they wish, then it is known.
    absl::Status away;
    EXPECT_TRUE(redis::Eventually(
        [&] {
          away = AskEst(absl::Seconds(10));
          return absl::IsUnavailable(away);
        },
        absl::Minutes(1)))
        << away;
    EXPECT_TRUE(AskRegistry().ok()) << "the others answer";
    EXPECT_TRUE(load_->AwaitAcknowledged(20)) << "work goes on";
    other_->Heal();
    history_.FaultEnds(fault);
    EXPECT_TRUE(
        redis::Eventually([&] { return AskEst(absl::Seconds(10)).ok(); }, absl::Minutes(1)));
    EXPECT_TRUE(load_->AwaitAcknowledged(20));
  }
  load_->Stop(absl::Minutes(1));
  EXPECT_EQ(load_->counts().unknown, 0u);
  ReportCounts({{"cuts", kCuts}}, Seed());
  CloseAndJudge(*house_, Seed(), "verdict");
}

TEST_F(NetworkFaultTest, ATargetThatHangsHoldsUpNobodyLongerThanAsked) {
  BeginWithGate();
  ASSERT_TRUE(redis::Eventually([&] { return AskEst(absl::Seconds(10)).ok(); }));
  const size_t fault = history_.FaultBegins("network hangs", "gateway to est");
  gate_->Stall();
  for (int asked = 0; asked < 5; ++asked) {
    const absl::Status hangs = AskEst(absl::Seconds(2));
    EXPECT_TRUE(absl::IsDeadlineExceeded(hangs) || absl::IsUnavailable(hangs)) << hangs;
    EXPECT_TRUE(AskRegistry().ok()) << "the others answer";
  }
  EXPECT_TRUE(load_->AwaitAcknowledged(20)) << "work goes on";
  gate_->Pass();
  history_.FaultEnds(fault);
  EXPECT_TRUE(redis::Eventually([&] { return AskEst(absl::Seconds(10)).ok(); }));
  load_->Stop(absl::Minutes(1));
  ReportCounts({{"hangs", 5}}, Seed());
  CloseAndJudge(*house_, Seed(), "verdict");
}

}  // namespace
}  // namespace vaka::fault
