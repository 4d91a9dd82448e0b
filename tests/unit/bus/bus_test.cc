#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "libs/bus/address.h"
#include "libs/bus/keys.h"
#include "libs/bus/wire.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::bus {
namespace {

using log::Stream;
namespace fs = std::filesystem;

std::string Fact() {
  event::v1::Event event;
  event.set_kommun("0127");
  event.mutable_incident_reported()->mutable_incident()->set_id("inc-1");
  return event.SerializeAsString();
}

std::vector<Message> Unframed(const Frames& frames) {
  return Unframe(frames.topic, frames.header, frames.body);
}

TEST(WireTest, AFactComesBackWhole) {
  const std::string fact = Fact();
  for (const uint64_t seq : {uint64_t{1}, uint64_t{0xfedcba9876543210}}) {
    const std::vector<Frames> all = FrameAll("0127", Stream::kDeliveries, seq, {fact});
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].topic, "0127.incident_reported");
    EXPECT_EQ(all[0].header.size(), 17u);
    const std::vector<Message> messages = Unframed(all[0]);
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].kommun, "0127");
    EXPECT_EQ(messages[0].stream, Stream::kDeliveries);
    EXPECT_EQ(messages[0].seq, seq);
    EXPECT_EQ(messages[0].bytes, fact);
  }
}

// What comes back, and how many messages it took.
size_t ComesBack(const std::vector<std::string>& facts) {
  const std::vector<Frames> all = FrameAll("0127", Stream::kFacts, 7, facts);
  uint64_t seq = 7;
  for (const Frames& frames : all) {
    const std::vector<Message> messages = Unframed(frames);
    EXPECT_EQ(messages.size(), frames.facts);
    EXPECT_LE(messages.size(), kMostFacts);
    for (const Message& message : messages) {
      EXPECT_EQ(message.seq, seq);
      EXPECT_EQ(message.bytes, facts.at(seq - 7));
      ++seq;
    }
  }
  EXPECT_EQ(seq, 7 + facts.size());
  return all.size();
}

TEST(WireTest, FactsOfOneKindShareMessagesInTheirOrder) {
  event::v1::Event withdrawn;
  withdrawn.mutable_incident_withdrawn()->set_incident("inc-1");
  const std::string other = withdrawn.SerializeAsString();
  EXPECT_EQ(ComesBack({}), 0u);
  EXPECT_EQ(ComesBack({Fact(), Fact(), Fact()}), 1u);
  EXPECT_EQ(ComesBack({Fact(), other, other, Fact()}), 3u) << "a topic is of one kind";
  EXPECT_EQ(ComesBack(std::vector<std::string>(kMostFacts, Fact())), 1u);
  EXPECT_EQ(ComesBack(std::vector<std::string>(kMostFacts + 1, Fact())), 2u);
  event::v1::Event reported;
  ASSERT_TRUE(reported.ParseFromString(Fact()));
  reported.set_trace(std::string(kMostBytes / 2, 'x'));
  const std::string half = reported.SerializeAsString();
  EXPECT_EQ(ComesBack({Fact(), half, Fact(), half}), 2u);
  reported.set_trace(std::string(2 * kMostBytes, 'x'));
  const std::string large = reported.SerializeAsString();
  EXPECT_EQ(ComesBack({Fact(), large, large, Fact()}), 4u);
}

TEST(WireTest, WhatCannotBeDecodedHasATopicToo) {
  EXPECT_EQ(FrameAll("0127", Stream::kFacts, 1, {"\xff"}).at(0).topic, "0127.unknown");
  EXPECT_EQ(FrameAll("0127", Stream::kFacts, 1, {""}).at(0).topic, "0127.unknown");
  EXPECT_EQ(ComesBack({"\xff", ""}), 1u);
}

TEST(WireTest, AFlippedBitAnywhereIsNoticed) {
  const Frames frames = FrameAll("0127", Stream::kFacts, 7, {Fact(), Fact()}).at(0);
  const std::string whole = frames.topic + frames.header + frames.body;
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const absl::string_view view = damaged;
    const size_t header = frames.topic.size();
    EXPECT_TRUE(
        Unframe(view.substr(0, header), view.substr(header, 17), view.substr(header + 17)).empty())
        << "bit " << bit;
  }
  EXPECT_TRUE(Unframe(frames.topic, frames.header.substr(1), frames.body).empty());
  EXPECT_TRUE(Unframe(frames.topic, "", frames.body).empty());
}

TEST(AddressTest, TellsWhatOtherMachinesReach) {
  for (const char* here : {"inproc://bus", "ipc:///run/vaka/bus", "tcp://127.0.0.1:7000",
                           "tcp://127.1.2.3:*", "tcp://localhost:7000", "tcp://[::1]:7000"}) {
    EXPECT_EQ(ReachOf(here).value(), Reach::kMachine) << here;
  }
  for (const char* far : {"tcp://0.0.0.0:7000", "tcp://*:7000", "tcp://bus.vaka.svc:7000",
                          "tcp://127.example.org:7000", "tcp://[::]:7000", "tcp://10.0.0.1:7000"}) {
    EXPECT_EQ(ReachOf(far).value(), Reach::kNetwork) << far;
  }
  for (const char* wrong : {"", "inproc://", "ipc://", "tcp://", "tcp://host", "tcp://:7000",
                            "tcp://host:", "udp://host:1", "127.0.0.1:7000"}) {
    EXPECT_EQ(ReachOf(wrong).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
}

class KeysTest : public testing::Test {
 protected:
  KeysTest() {
    std::string name = (fs::temp_directory_path() / "vaka-keys-XXXXXX").string();
    dir_ = fs::path(mkdtemp(name.data()));
  }
  ~KeysTest() override { fs::remove_all(dir_); }

  std::string path(const std::string& name) const { return (dir_ / "keys" / name).string(); }

  fs::path dir_;
};

TEST_F(KeysTest, AreMadeOnceAndLoaded) {
  ASSERT_EQ(InitKeys(path("")), absl::OkStatus());
  const Keys keys = LoadKeys(path("")).value();
  for (const std::string& key : {keys.server.public_key, keys.server.secret_key,
                                 keys.client.public_key, keys.client.secret_key}) {
    EXPECT_EQ(key.size(), 40u);
  }
  EXPECT_NE(keys.server.public_key, keys.client.public_key);
  EXPECT_TRUE(IsAllowed(keys.allowed, keys.client.public_key));
  EXPECT_FALSE(IsAllowed(keys.allowed, keys.server.public_key));

  EXPECT_EQ(InitKeys(path("")).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(LoadKeys(path(""))->server.secret_key, keys.server.secret_key);
}

TEST_F(KeysTest, SecretsAreTheirOwnersAlone) {
  ASSERT_EQ(InitKeys(path("")), absl::OkStatus());
  for (const char* name : {"server.key_secret", "client.key_secret"}) {
    struct stat found = {};
    ASSERT_EQ(stat(path(name).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u) << name;
  }
}

TEST_F(KeysTest, AClientNeedsNoServersSecret) {
  ASSERT_EQ(InitKeys(path("")), absl::OkStatus());
  fs::remove(path("server.key_secret"));
  EXPECT_EQ(LoadKeys(path("")).value().server.secret_key, "");
}

TEST_F(KeysTest, MissingAndWrongFilesAreNamed) {
  const absl::Status none = LoadKeys(path("")).status();
  EXPECT_EQ(none.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(none.message().find("vaka keys init"), absl::string_view::npos);
  ASSERT_EQ(InitKeys(path("")), absl::OkStatus());
  std::ofstream(path("client.key")) << "not a key\n";
  const absl::Status wrong = LoadKeys(path("")).status();
  EXPECT_EQ(wrong.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(wrong.message().find("client.key"), absl::string_view::npos);
}

}  // namespace
}  // namespace vaka::bus
