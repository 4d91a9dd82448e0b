// The bus over real sockets: in the process, on the machine, and over TCP with keys.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/bus/context.h"
#include "libs/bus/forwarder.h"
#include "libs/bus/publisher.h"
#include "libs/bus/receiver.h"
#include "libs/bus/subscriber.h"
#include "tests/support/eventually/eventually.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::bus {
namespace {

using log::Stream;
namespace fs = std::filesystem;

std::string Fact(const std::string& id) {
  event::v1::Event event;
  event.mutable_incident_reported()->mutable_incident()->set_id(id);
  return event.SerializeAsString();
}

class BusTest : public testing::Test {
 protected:
  BusTest() {
    std::string name = (fs::temp_directory_path() / "vaka-bus-XXXXXX").string();
    dir_ = fs::path(mkdtemp(name.data()));
  }
  ~BusTest() override { fs::remove_all(dir_); }

  std::string Ipc(const std::string& name) const {
    return absl::StrCat("ipc://", (dir_ / name).string());
  }

  Keys NewKeys(const std::string& name) {
    const std::string dir = (dir_ / name).string();
    EXPECT_EQ(InitKeys(dir), absl::OkStatus());
    return LoadKeys(dir).value();
  }

  std::unique_ptr<Forwarder> Forward(std::vector<std::string> publish,
                                     std::vector<std::string> subscribe,
                                     std::optional<Keys> keys = std::nullopt) {
    auto forwarder =
        std::make_unique<Forwarder>(context_,
                                    Forwarder::Options{.publish_addresses = std::move(publish),
                                                       .subscribe_addresses = std::move(subscribe),
                                                       .keys = std::move(keys)},
                                    counters_);
    EXPECT_EQ(forwarder->Start(), absl::OkStatus());
    return forwarder;
  }

  std::unique_ptr<Publisher> Publish(const std::vector<std::string>& forwarders,
                                     std::optional<Keys> keys = std::nullopt, int queue = 1000) {
    auto made = Publisher::Connect(
        context_, {.forwarders = forwarders, .keys = std::move(keys), .queue = queue}, counters_);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }

  std::unique_ptr<Subscriber> Subscribe(const std::vector<std::string>& forwarders,
                                        const std::vector<std::string>& kommuns = {},
                                        std::optional<Keys> keys = std::nullopt) {
    auto made = Subscriber::Connect(
        context_, {.forwarders = forwarders, .kommuns = kommuns, .keys = std::move(keys)},
        counters_);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }

  // Says the fact again and again until one arrives: the first are lost while the parts connect.
  bool Arrives(Publisher& publisher, Subscriber& subscriber, const std::string& kommun = "0127") {
    const std::string fact = Fact(absl::StrCat("inc-", ++facts_));
    return Eventually([&] {
      publisher.Publish(kommun, Stream::kFacts, 1, {fact});
      while (true) {
        const std::vector<Message> heard = subscriber.Receive(absl::Milliseconds(10));
        if (heard.empty()) return false;
        if (heard.front().bytes == fact && heard.front().kommun == kommun) return true;
      }
    });
  }

  fs::path dir_;
  Context context_;
  Counters counters_;
  int facts_ = 0;
};

TEST_F(BusTest, CarriesMessagesInTheProcessOnTheMachineAndOverLoopback) {
  const auto forwarder = Forward({"inproc://pub", Ipc("pub"), "tcp://127.0.0.1:*"},
                                 {"inproc://sub", Ipc("sub"), "tcp://127.0.0.1:*"});
  for (size_t i = 0; i < 3; ++i) {
    const auto publisher = Publish({forwarder->publish_addresses()[i]});
    const auto subscriber = Subscribe({forwarder->subscribe_addresses()[i]});
    EXPECT_TRUE(Arrives(*publisher, *subscriber)) << forwarder->publish_addresses()[i];
  }
  EXPECT_EQ(counters_.Read().dropped, 0u);
  EXPECT_EQ(counters_.Read().damaged, 0u);
  EXPECT_GE(counters_.Read().received, 3u);
}

TEST_F(BusTest, KeepsOrderAndNumbersOnceConnected) {
  const auto forwarder = Forward({"inproc://pub"}, {"inproc://sub"});
  const auto publisher = Publish({"inproc://pub"});
  const auto subscriber = Subscribe({"inproc://sub"});
  ASSERT_TRUE(Arrives(*publisher, *subscriber));
  while (!subscriber->Receive(absl::Milliseconds(20)).empty()) {
  }
  std::vector<std::string> facts;
  for (int i = 0; i < 500; ++i) facts.push_back(Fact(absl::StrCat(i)));
  publisher->Publish("0127", Stream::kDeliveries, 10, facts);
  for (uint64_t i = 0; i < 500;) {
    const std::vector<Message> messages = subscriber->Receive(absl::Seconds(10));
    ASSERT_FALSE(messages.empty()) << i;
    for (const Message& message : messages) {
      EXPECT_EQ(message.seq, 10 + i);
      EXPECT_EQ(message.stream, Stream::kDeliveries);
      EXPECT_EQ(message.bytes, facts.at(i));
      ++i;
    }
  }
}

TEST_F(BusTest, ASubscriberHearsItsMunicipalitiesAlone) {
  const auto forwarder = Forward({"inproc://pub"}, {"inproc://sub"});
  const auto publisher = Publish({"inproc://pub"});
  const auto one = Subscribe({"inproc://sub"}, {"0127"});
  const auto two = Subscribe({"inproc://sub"}, {"0127", "0180"});
  ASSERT_TRUE(Arrives(*publisher, *one, "0127"));
  ASSERT_TRUE(Arrives(*publisher, *two, "0180"));
  // What was said before a last word to the first subscriber would have come before it.
  publisher->Publish("0180", Stream::kFacts, 2, {Fact("theirs")});
  publisher->Publish("01270", Stream::kFacts, 2, {Fact("another's")});
  const std::string last = Fact("last");
  publisher->Publish("0127", Stream::kFacts, 2, {last});
  for (;;) {
    const std::vector<Message> messages = one->Receive(absl::Seconds(10));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].kommun, "0127");
    if (messages[0].bytes == last) break;
  }
}

TEST_F(BusTest, AllowedKeyGetsMessagesAndUnknownKeyDoesNot) {
  const Keys keys = NewKeys("keys");
  const auto forwarder = Forward({"tcp://127.0.0.1:*"}, {"tcp://127.0.0.1:*"}, keys);
  const auto publisher = Publish(forwarder->publish_addresses(), keys);
  const auto allowed = Subscribe(forwarder->subscribe_addresses(), {}, keys);
  Keys stranger = NewKeys("stranger");
  stranger.server.public_key = keys.server.public_key;
  const auto unknown = Subscribe(forwarder->subscribe_addresses(), {}, stranger);
  const auto plain = Subscribe(forwarder->subscribe_addresses());

  EXPECT_TRUE(Arrives(*publisher, *allowed));
  ASSERT_TRUE(Eventually([&] { return counters_.Read().refused > 0; }));
  EXPECT_TRUE(Arrives(*publisher, *allowed));
  EXPECT_TRUE(unknown->Receive(absl::Milliseconds(100)).empty());
  EXPECT_TRUE(plain->Receive(absl::Milliseconds(100)).empty());
  EXPECT_GE(counters_.Read().admitted, 2u);

  // A key that is added is admitted from the next connection on, without a restart.
  std::ofstream((fs::path(keys.allowed) / "stranger.key")) << stranger.client.public_key << "\n";
  const auto admitted = Subscribe(forwarder->subscribe_addresses(), {}, stranger);
  EXPECT_TRUE(Arrives(*publisher, *admitted));
}

TEST_F(BusTest, AnUnknownKeyCannotPublish) {
  const Keys keys = NewKeys("keys");
  const auto forwarder = Forward({"tcp://127.0.0.1:*"}, {"tcp://127.0.0.1:*"}, keys);
  Keys stranger = NewKeys("stranger");
  stranger.server.public_key = keys.server.public_key;
  const auto intruder = Publish(forwarder->publish_addresses(), stranger);
  const auto publisher = Publish(forwarder->publish_addresses(), keys);
  const auto subscriber = Subscribe(forwarder->subscribe_addresses(), {}, keys);
  ASSERT_TRUE(Eventually([&] { return counters_.Read().refused > 0; }));
  const std::string forged = Fact("forged");
  intruder->Publish("0127", Stream::kFacts, 1, {forged});
  const std::string said = Fact("said");
  EXPECT_TRUE(Eventually([&] {
    intruder->Publish("0127", Stream::kFacts, 1, {forged});
    publisher->Publish("0127", Stream::kFacts, 1, {said});
    const std::vector<Message> messages = subscriber->Receive(absl::Milliseconds(10));
    if (messages.empty()) return false;
    EXPECT_EQ(messages[0].bytes, said);
    return true;
  }));
}

TEST_F(BusTest, APlainPublicAddressIsRefusedAndSaysWhatToDo) {
  Forwarder forwarder(context_,
                      {.publish_addresses = {"inproc://pub"},
                       .subscribe_addresses = {"tcp://0.0.0.0:*"},
                       .keys = std::nullopt},
                      counters_);
  const absl::Status refused = forwarder.Start();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(refused.message().find("vaka keys init"), absl::string_view::npos);
  EXPECT_NE(refused.message().find("tcp://0.0.0.0:*"), absl::string_view::npos);
  EXPECT_EQ(Publisher::Connect(context_, {.forwarders = {"tcp://bus:7000"}, .keys = std::nullopt},
                               counters_)
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Subscriber::Connect(
                context_, {.forwarders = {"tcp://bus:7000"}, .kommuns = {}, .keys = std::nullopt},
                counters_)
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(BusTest, APublicAddressWithKeysIsBound) {
  const Keys keys = NewKeys("keys");
  const auto forwarder = Forward({"tcp://0.0.0.0:*"}, {"tcp://0.0.0.0:*"}, keys);
  const auto loopback = [](std::string address) {
    return "tcp://127.0.0.1" + address.substr(address.rfind(':'));
  };
  const auto publisher = Publish({loopback(forwarder->publish_addresses()[0])}, keys);
  const auto subscriber = Subscribe({loopback(forwarder->subscribe_addresses()[0])}, {}, keys);
  EXPECT_TRUE(Arrives(*publisher, *subscriber));
}

TEST_F(BusTest, AForwarderNeedsTheServersSecret) {
  Keys keys = NewKeys("keys");
  keys.server.secret_key.clear();
  Forwarder forwarder(context_,
                      {.publish_addresses = {"tcp://127.0.0.1:*"},
                       .subscribe_addresses = {"tcp://127.0.0.1:*"},
                       .keys = keys},
                      counters_);
  EXPECT_EQ(forwarder.Start().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(BusTest, ATakenAddressIsNamed) {
  const auto forwarder = Forward({"tcp://127.0.0.1:*"}, {"inproc://sub"});
  const std::string taken = forwarder->publish_addresses()[0];
  Forwarder second(context_,
                   {.publish_addresses = {taken},
                    .subscribe_addresses = {"inproc://sub2"},
                    .keys = std::nullopt},
                   counters_);
  const absl::Status status = second.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message().find(taken), absl::string_view::npos);
}

TEST_F(BusTest, ARestartedForwarderIsFoundAgain) {
  const Keys keys = NewKeys("keys");
  auto forwarder = Forward({"tcp://127.0.0.1:*"}, {"tcp://127.0.0.1:*"}, keys);
  const std::vector<std::string> publish = forwarder->publish_addresses();
  const std::vector<std::string> subscribe = forwarder->subscribe_addresses();
  const auto publisher = Publish(publish, keys);
  const auto subscriber = Subscribe(subscribe, {}, keys);
  ASSERT_TRUE(Arrives(*publisher, *subscriber));
  forwarder->Stop();
  EXPECT_TRUE(forwarder->publish_addresses().empty());
  // The promised failure: while it is away nothing arrives.
  while (!subscriber->Receive(absl::Milliseconds(20)).empty()) {
  }
  publisher->Publish("0127", Stream::kFacts, 1, {Fact("unheard")});
  EXPECT_TRUE(subscriber->Receive(absl::Milliseconds(50)).empty());
  // ZeroMQ closes sockets in the background, so the address may still be taken for a moment.
  forwarder = std::make_unique<Forwarder>(
      context_,
      Forwarder::Options{
          .publish_addresses = publish, .subscribe_addresses = subscribe, .keys = keys},
      counters_);
  ASSERT_TRUE(Eventually([&] { return forwarder->Start().ok(); }));
  EXPECT_TRUE(Arrives(*publisher, *subscriber));
}

TEST_F(BusTest, WithTwoForwardersOneMayBeAway) {
  auto first = Forward({Ipc("pub1")}, {Ipc("sub1")});
  const auto second = Forward({Ipc("pub2")}, {Ipc("sub2")});
  const auto publisher = Publish({Ipc("pub1"), Ipc("pub2")}, std::nullopt, /*queue=*/10);
  const auto subscriber = Subscribe({Ipc("sub1"), Ipc("sub2")});
  ASSERT_TRUE(Arrives(*publisher, *subscriber));
  first->Stop();
  // More than the queue of the one that is away holds.
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(Arrives(*publisher, *subscriber));
  EXPECT_GT(counters_.Read().dropped, 0u);
}

TEST_F(BusTest, AFullQueueDropsAndCountsAndNeverBlocks) {
  auto forwarder = Forward({Ipc("pub")}, {Ipc("sub")});
  const auto publisher = Publish({Ipc("pub")}, std::nullopt, /*queue=*/1);
  const auto subscriber = Subscribe({Ipc("sub")});
  ASSERT_TRUE(Arrives(*publisher, *subscriber));
  forwarder->Stop();
  EXPECT_TRUE(Eventually([&] {
    publisher->Publish("0127", Stream::kFacts, 1, {Fact("nobody takes it")});
    return counters_.Read().dropped > 0;
  }));
}

TEST_F(BusTest, ASlowSourceLosesAndHoldsUpNobody) {
  const auto forwarder = Forward({Ipc("pub")}, {Ipc("sub")});
  const auto publisher = Publish({Ipc("pub")});
  Subscriber::Options options{.forwarders = {Ipc("sub")}};
  options.queue = 10;
  const auto receiver = Receiver::Start(context_, options, counters_);
  ASSERT_TRUE(receiver.ok()) << receiver.status();
  const std::unique_ptr<Source> slow = (*receiver)->Listen();
  const std::unique_ptr<Source> quick = (*receiver)->Listen();
  uint64_t seq = 0;
  const auto one_more = [&] {
    publisher->Publish("0127", Stream::kFacts, ++seq, {Fact("heard")});
    const std::shared_ptr<const Message> heard = quick->Receive(absl::Milliseconds(50));
    return heard != nullptr && heard->event != nullptr && heard->event->seq() == heard->seq;
  };
  ASSERT_TRUE(Eventually(one_more));
  EXPECT_TRUE(Eventually([&] { return one_more() && counters_.Read().overrun > 0; }));
  int held = 0;
  while (slow->Receive(absl::ZeroDuration()) != nullptr) ++held;
  EXPECT_EQ(held, 10);
  EXPECT_TRUE(Eventually(one_more));
}

TEST_F(BusTest, ASourceOfOneStreamIsNotWokenForAnother) {
  const auto forwarder = Forward({Ipc("pub")}, {Ipc("sub")});
  const auto publisher = Publish({Ipc("pub")});
  const auto receiver = Receiver::Start(context_, {.forwarders = {Ipc("sub")}}, counters_);
  ASSERT_TRUE(receiver.ok()) << receiver.status();
  const std::unique_ptr<Source> all = (*receiver)->Listen();
  const std::unique_ptr<Source> deliveries = (*receiver)->Listen();
  deliveries->Only(Stream::kDeliveries);
  bool both = false;
  ASSERT_TRUE(Eventually([&] {
    publisher->Publish("0127", Stream::kFacts, 1, {Fact("a fact")});
    publisher->Publish("0127", Stream::kDeliveries, 1, {Fact("a delivery")});
    const auto first = all->Receive(absl::Milliseconds(50));
    const auto second = all->Receive(absl::Milliseconds(50));
    both = first != nullptr && second != nullptr && first->stream != second->stream;
    return both;
  }));
  auto heard = deliveries->Receive(absl::Seconds(20));
  ASSERT_NE(heard, nullptr);
  for (; heard != nullptr; heard = deliveries->Receive(absl::ZeroDuration())) {
    EXPECT_EQ(heard->stream, Stream::kDeliveries);
  }
}

TEST_F(BusTest, ASourceMayOutliveItsReceiver) {
  auto receiver = Receiver::Start(context_, {.forwarders = {"inproc://nobody"}}, counters_);
  ASSERT_TRUE(receiver.ok()) << receiver.status();
  const std::unique_ptr<Source> source = (*receiver)->Listen();
  receiver->reset();
  EXPECT_EQ(source->Receive(absl::Milliseconds(10)), nullptr);
}

TEST_F(BusTest, ShutdownEndsWaits) {
  const auto subscriber = Subscribe({"inproc://nobody"});
  std::jthread ender([&] { context_.Shutdown(); });
  // Comes back at the latest when its time is up, without a throw, again and again.
  EXPECT_TRUE(subscriber->Receive(absl::Milliseconds(10)).empty());
  ender.join();
  EXPECT_TRUE(subscriber->Receive(absl::Milliseconds(10)).empty());
}

}  // namespace
}  // namespace vaka::bus
