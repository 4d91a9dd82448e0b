#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/gateway/gateway_fixture.h"

namespace vaka::gateway {
namespace {

using ::testing::HasSubstr;

TEST_F(GatewayTest, NamesTheAddressThatIsTaken) {
  Start();
  Options second = options_;
  second.http.address = app_->http_address();
  App other(host_, second);
  const absl::Status status = other.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(app_->http_address()));
  Options open = options_;
  open.http.address = "0.0.0.0:0";
  App public_one(host_, open);
  EXPECT_EQ(public_one.Start().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(GatewayTest, StopsInTimeWithStreamsAndCallsOpen) {
  Happen(1);
  Start();
  const auto stream = Watch(0, options::v1::ROLE_COORDINATOR);
  stream->ReadHead();
  stream->ReadChunk();
  const auto waiting = CallThatWaits();
  intake_.called.WaitForNotification();
  const absl::Time before = clock_.Now();
  app_->Stop();
  EXPECT_LT(clock_.Now() - before, absl::Seconds(2));
  EXPECT_TRUE(stream->AwaitClose());
}

}  // namespace
}  // namespace vaka::gateway
