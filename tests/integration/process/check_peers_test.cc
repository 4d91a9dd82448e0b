// `vaka check --peer`: what running processes hold, against the log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/log/append_call.h"
#include "libs/redis/client.h"
#include "tests/integration/process/process_fixture.h"

namespace vaka {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
constexpr char kLog[] = "{0127}:log";

class CheckPeersTest : public ProcessTest {
 protected:
  // The bytes of the municipality's facts; and others in their place, at once, each with a checksum
  // that matches.
  std::vector<std::string> Facts(redis::Client& client) {
    const auto reply =
        client.Command(kLog, {"XRANGE", kLog, "-", "+"}, clock_.Steady() + absl::Seconds(10));
    EXPECT_TRUE(reply.ok()) << reply.status();
    std::vector<std::string> facts;
    for (const redis::Reply& entry : reply->elements) {
      const std::vector<redis::Reply>& fields = entry.elements.at(1).elements;
      for (size_t i = 0; i < fields.size(); i += 4) facts.push_back(fields.at(i + 1).text);
    }
    return facts;
  }

  void Rewrite(redis::Client& client, const std::vector<std::string>& facts) {
    constexpr char kScript[] =
        "redis.call('DEL', KEYS[1]) "
        "for i = 1, #ARGV / 2 do "
        "redis.call('XADD', KEYS[1], i .. '-0', 'f', ARGV[2 * i - 1], 'c', ARGV[2 * i]) end";
    redis::Argv argv = {"EVAL", kScript, "1", kLog};
    for (const std::string& bytes : facts) {
      argv.push_back(bytes);
      argv.push_back(log::Checksum(bytes));
    }
    const auto reply = client.Command(kLog, argv, clock_.Steady() + absl::Seconds(10));
    EXPECT_TRUE(reply.ok()) << reply.status();
  }
};

TEST_F(CheckPeersTest, ComparesWhatRunningProcessesHold) {
  const std::string est_address = FreeAddress();
  VakaProcess rest(Run({"--target=bus,registry,intake,notifications,dispatch,gateway",
                        "--peer=est=" + est_address}));
  const std::string redis = "unix://" + folder_.path() + "/redis/redis.sock";
  VakaProcess est({"run", "--target=est", "--data=" + folder_.path(), "--redis=" + redis,
                   "--grpc=" + est_address, "--metrics=127.0.0.1:0"});
  const std::string grpc = rest.AddressAfter("gRPC ");
  Configure(grpc);
  EXPECT_EQ(Week(est_address, Report(grpc, "one"), ThisWeek()).total(), 1u);

  const std::vector<std::string> check = {"check", "--data=" + folder_.path(), "--peer=" + grpc,
                                          "--peer=" + est_address};
  std::string output;
  EXPECT_EQ(RunVaka(check, &output), 0) << output;
  EXPECT_THAT(output, ContainsRegex(", est [0-9a-f]+ \\(agrees with " + est_address + " at 2\\)"));
  for (const char* fold : {"registry", "intake", "notifications", "dispatch", "gateway"}) {
    EXPECT_THAT(output, ContainsRegex(absl::StrCat(fold, " [0-9a-f]+ \\(agrees with ", grpc)));
  }

  // The log's first fact is no longer what the processes were told.
  const auto client = redis::Client::Make({.urls = redis}, clock_);
  ASSERT_TRUE(client.ok());
  const auto facts = Facts(**client);
  event::v1::Event event;
  ASSERT_TRUE(event.ParseFromString(facts[0]));
  event.mutable_municipality_configured()->mutable_config()->set_name("Elsewhere");
  Rewrite(**client, {event.SerializeAsString(), facts[1]});
  output.clear();
  EXPECT_EQ(RunVaka(check, &output), 1) << output;
  EXPECT_THAT(output, HasSubstr("est: " + est_address + " at 2 differs from the log folded anew"));
  EXPECT_THAT(output, HasSubstr("registry: " + grpc + " at 2 differs from the log folded anew"));

  // Nor is the last: the processes notice that by themselves, and say so.
  Rewrite(**client, {facts[0], facts[0]});
  EXPECT_TRUE(redis::Eventually([&] {
    output.clear();
    return RunVaka(check, &output) == 1 && absl::StrContains(output, "another fact at 2");
  })) << output;
  EXPECT_THAT(output, HasSubstr("findings"));

  est.Stop();
  output.clear();
  EXPECT_EQ(RunVaka(check, &output), 1) << output;
  EXPECT_THAT(output, HasSubstr("--peer " + est_address));
}

}  // namespace
}  // namespace vaka
