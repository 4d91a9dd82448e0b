#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/vault/vault.h"
#include "services/notifications/outbox.h"
#include "services/vaka/backup.h"
#include "services/vaka/restore.h"
#include "services/vaka/store.h"
#include "tests/support/alert_town/alert_town.h"
#include "tests/support/memory_log/requests.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka {

// Two stores: one with two people and forty reports, from which is backed up, and an empty one.
class BackupTest : public ::testing::Test {
 protected:
  using Parcel = notifications::v1::Parcel;
  static constexpr char kKommun[] = "0127";

  void SetUp() override {
    store_ = *OpenStore(From(), clock_);
    ASSERT_TRUE(outbox().Load().ok());
    ASSERT_TRUE(
        Append("town", {testing::TownConfigured(), testing::TownArea("a1", "Ett", "alby")}).ok());
    for (const char* person : {"p-1", "p-2"}) AddPerson(person);
    for (int i = 0; i < 40; ++i) Report(i);
  }

  StoreOptions From() { return Options(from_, "from"); }
  StoreOptions To() { return Options(to_, "to"); }
  StoreOptions Options(redis::TestRedis& redis, const std::string& name) {
    StoreOptions options;
    options.data = Path(name);
    options.redis = redis.url();
    return options;
  }
  std::string Path(const std::string& name) { return absl::StrCat(folder_.path(), "/", name); }

  absl::StatusOr<log::Appended> Append(const std::string& key,
                                       const std::vector<event::v1::Event>& facts,
                                       std::vector<log::SubjectKey> keys = {}) {
    log::AppendRequest request = log::Facts(kKommun, key, {});
    for (event::v1::Event fact : facts) {
      fact.set_kommun(kKommun);
      request.facts.push_back(fact.SerializeAsString());
    }
    request.keys = std::move(keys);
    request.rests_on = {"thing:" + key};
    request.seen = *store_->log->Head(kKommun, log::Stream::kFacts);
    return log::AppendAndWait(*store_->log, std::move(request));
  }
  void AddPerson(const std::string& id) {
    const auto box = vault(*store_).SealNew(kKommun, "person:" + id, "telephone of " + id);
    people_[id] = box->sealed;
    ASSERT_TRUE(
        Append(id, testing::TownPersonFacts({.id = id}, box->sealed), {*box->new_key}).ok());
  }
  void Report(int number) {
    const std::string id = absl::StrCat("i-", number);
    ASSERT_TRUE(
        Append(id, {testing::Reported(testing::TownIncident(id, testing::TownNoon()))}).ok());
  }
  vault::Vault vault(Store& store) { return vault::Vault(*store.log, std::string(32, 'm')); }
  notifications::Outbox outbox() { return {*store_->redis, nullptr, clock_}; }

  static Parcel ParcelOf(const std::string& message, registry::v1::Channel channel) {
    Parcel parcel;
    parcel.set_message(message);
    parcel.set_alert("al-1");
    parcel.set_person("p-1");
    parcel.set_channel(channel);
    return parcel;
  }
  static event::v1::Event PlannedOf(const Parcel& parcel) {
    event::v1::Event event;
    event.mutable_delivery_planned()->set_message(parcel.message());
    event.mutable_delivery_planned()->set_alert(parcel.alert());
    event.mutable_delivery_planned()->set_person(parcel.person());
    event.mutable_delivery_planned()->set_channel(parcel.channel());
    event.mutable_delivery_planned()->set_state(notifications::v1::DELIVERY_STATE_PLANNED);
    return event;
  }
  // One message to send, one in a sender's hands, one held and due, one held until tomorrow.
  void PlanFour() {
    const Parcel sent = ParcelOf("m-queued", registry::v1::CHANNEL_EMAIL);
    const Parcel taken = ParcelOf("m-taken", registry::v1::CHANNEL_SMS);
    const Parcel due = ParcelOf("m-due", registry::v1::CHANNEL_SMS);
    const Parcel later = ParcelOf("m-later", registry::v1::CHANNEL_SMS);
    notifications::Effects effects;
    for (const Parcel& parcel : {sent, taken, due, later}) {
      effects.facts.push_back(PlannedOf(parcel));
    }
    effects.send = {sent, taken};
    effects.hold = {{clock_.Now() - absl::Minutes(1), due},
                    {clock_.Now() + absl::Hours(24), later}};
    ASSERT_TRUE(*outbox().Plan(kKommun, {}, {.seq = 7}, effects));
    ASSERT_THAT(*outbox().Take(kKommun, registry::v1::CHANNEL_SMS, "sender-1", 1),
                ::testing::SizeIs(1));
    ASSERT_TRUE(*outbox().Once(kKommun, "receipt:x", {}));
  }

  absl::Status MakeBackup(const std::string& name = "one.backup") {
    return Backup(From(), {.to = Path(name)});
  }
  absl::Status Put(RestoreOptions options = {}) {
    if (options.from.empty()) options.from = Path("one.backup");
    return Restore(To(), options);
  }
  std::vector<log::Entry> All(log::Log& log, log::Stream stream) {
    return *log.Read(kKommun, stream, 0, 100000);
  }
  std::vector<event::v1::Event> Events(log::Log& log, log::Stream stream, uint64_t after) {
    std::vector<event::v1::Event> events;
    const std::vector<log::Entry> entries = *log.Read(kKommun, stream, after, 100000);
    for (const log::Entry& entry : entries) {
      events.emplace_back().ParseFromString(entry.bytes);
    }
    return events;
  }
  static std::string Bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  SystemClock clock_;
  redis::TempFolder folder_;
  redis::TestRedis from_;
  redis::TestRedis to_;
  std::unique_ptr<Store> store_;
  std::map<std::string, registry::v1::Sealed> people_;
};

}  // namespace vaka
