#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "services/gateway/connect_codec.h"
#include "tests/integration/gateway/gateway_fixture.h"
#include "vaka/gateway/v1/gateway_service.grpc.pb.h"

namespace vaka::gateway {
namespace {

using nlohmann::json;
using options::v1::Role;
using ::testing::HasSubstr;

TEST_F(GatewayTest, StreamsWhatHappens) {
  Happen(3);
  Start();
  const auto client = Watch(0, options::v1::ROLE_COORDINATOR);
  const HttpAnswer head = client->ReadHead();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-type"), "application/connect+proto");
  // The first frame is a beat with the position, at once.
  v1::WatchResponse first;
  ASSERT_TRUE(first.ParseFromString((*OpenEnvelopes(client->ReadChunk()))[0]));
  EXPECT_EQ(first.beat().seq(), 3u);
  Happen(2);
  const auto facts = Facts(*client, 2);
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].seq(), 4u);
  EXPECT_EQ(facts[1].incident_reported().incident().id(), "inc-5");
}

TEST_F(GatewayTest, ResumesAStreamFromTheLog) {
  Happen(700);  // more than one step of history, all older than the ring
  Start();
  const auto client = Watch(10, options::v1::ROLE_COORDINATOR);
  client->ReadHead();
  const auto facts = Facts(*client, 690);
  ASSERT_EQ(facts.size(), 690u);
  for (size_t i = 0; i < facts.size(); ++i) ASSERT_EQ(facts[i].seq(), i + 11);
  Happen(1);
  EXPECT_EQ(Facts(*client, 1).at(0).seq(), 701u);
}

TEST_F(GatewayTest, EndsAStreamWithTheReasonThatItCannotBegin) {
  Happen(1);
  Start();
  const auto error = [&](uint64_t after, Role role) {
    const auto client = Watch(after, role);
    const HttpAnswer answer = client->Read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body[0], 2) << "the end frame's flag";
    return std::string(json::parse(answer.body.substr(5))["error"]["code"]);
  };
  EXPECT_EQ(error(0, options::v1::ROLE_CONTACT_PERSON), "permission_denied");
  EXPECT_EQ(error(99, options::v1::ROLE_COORDINATOR), "out_of_range");
}

TEST_F(GatewayTest, CutsASlowReader) {
  options_.live.ring = 50;
  options_.http.write_timeout = absl::Seconds(60);  // the ring is what cuts
  Happen(1);
  Start();
  const auto slow = Watch(0, options::v1::ROLE_COORDINATOR, /*small_window=*/true);
  slow->ReadHead();
  slow->ReadChunk();
  // Facts of a size that fill the socket's buffers, and then more than the ring holds.
  for (int i = 0; i < 400 && Scrape().find("{reason=\"slow_reader\"} 1") == std::string::npos;
       ++i) {
    Happen(60, std::string(20'000, 'x'));
  }
  EXPECT_THAT(Scrape(), HasSubstr("vaka_gateway_refused_total{reason=\"slow_reader\"} 1"));
  // Whether it was cut in the middle or could still be told why: what it reads ends, and nothing is
  // kept for it.
  while (!slow->ReadChunk().empty()) {
  }
  EXPECT_THAT(Scrape(), HasSubstr("vaka_gateway_live_streams 0"));
}

TEST_F(GatewayTest, StreamsOverGrpcToo) {
  Happen(2);
  Start();
  const auto stub = v1::LiveService::NewStub(server_->InProcess());
  grpc::ClientContext context;
  context.AddMetadata("authorization", Bearer(options::v1::ROLE_COORDINATOR));
  v1::WatchRequest request;
  request.set_after(1);
  const auto reader = stub->Watch(&context, request);
  v1::WatchResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.event().seq(), 2u);
  Happen(1);
  do {
    ASSERT_TRUE(reader->Read(&response));
  } while (response.has_beat());
  EXPECT_EQ(response.event().seq(), 3u);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace vaka::gateway
