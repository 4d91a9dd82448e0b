// Backup and restore at the store itself: what is in a backup, what comes back, and what is
// refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <stop_token>
#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/log/keys.h"
#include "services/vaka/backup_content.h"
#include "services/vaka/backup_keys.h"
#include "tests/fault/backup/backup_fixture.h"
#include "tests/fault/judge/seed.h"

namespace vaka {
namespace {

namespace fs = std::filesystem;
using log::Stream;
using registry::v1::CHANNEL_EMAIL;
using registry::v1::CHANNEL_SMS;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(BackupTest, BringsBackFactsKeysAndWhatIsRemembered) {
  ASSERT_TRUE(store_->log->SaveSnapshot(kKommun, "toy", {3, 5, "state"}).ok());
  ASSERT_TRUE(store_->log->Park(kKommun, Stream::kFacts, {9, "bytes"}, "toy", "why").ok());
  PlanFour();
  ASSERT_TRUE(MakeBackup().ok());
  const absl::Status restored = Put();
  ASSERT_TRUE(restored.ok()) << restored;

  const std::unique_ptr<Store> to = *OpenStore(To(), clock_);
  const std::vector<log::Entry> was = All(*store_->log, Stream::kFacts);
  const std::vector<log::Entry> is = All(*to->log, Stream::kFacts);
  ASSERT_EQ(is.size(), was.size());
  for (size_t i = 0; i < is.size(); ++i) {
    EXPECT_EQ(is[i].seq, i + 1);
    EXPECT_EQ(is[i].bytes, was[i].bytes);
    EXPECT_TRUE(is[i].intact);
  }
  EXPECT_EQ(*vault(*to).Open(kKommun, people_["p-1"]), "telephone of p-1");
  EXPECT_EQ((*to->log->LoadSnapshot(kKommun, "toy"))->bytes, "state");
  EXPECT_EQ(to_.Do({"XLEN", "{0127}:parked"}), "1");
  // A repeated command is recognised, a decision on an old state refused, a new one goes on.
  const auto repeat = log::AppendAndWait(*to->log, log::Facts(kKommun, "i-7", {"other"}));
  EXPECT_TRUE(repeat->repeated);
  EXPECT_EQ(repeat->first, (*store_->log->Seen(kKommun, Stream::kFacts, "i-7"))->first);
  const auto late = log::AppendAndWait(
      *to->log, log::RestingOn(log::Facts(kKommun, "k", {"x"}), {"thing:i-7"}, 1));
  EXPECT_TRUE(absl::IsAborted(late.status())) << late.status();
  EXPECT_EQ(log::AppendAndWait(*to->log, log::Facts(kKommun, "new", {"x"}))->first, was.size() + 1);
  for (const log::Period& week : log::Periods(kKommun, Stream::kFacts, clock_.Now())) {
    EXPECT_EQ(to_.Do({"EXPIRETIME", week.key}), from_.Do({"EXPIRETIME", week.key}));
  }
  notifications::Outbox outbox(*to->redis, nullptr, clock_);
  ASSERT_TRUE(outbox.Load().ok());
  EXPECT_EQ(outbox.Position(kKommun)->seq, 7U);
  EXPECT_FALSE(*outbox.Once(kKommun, "receipt:x", {})) << "what was done once is not done again";
}

// A cut through work under way: of each command both its fact and its key are in the backup, or
// neither; of each plan the position, what it recorded and its message.
TEST_F(BackupTest, CutsThroughWorkUnderWayAtOneMoment) {
  const uint64_t before = *store_->log->Head(kKommun, Stream::kFacts);
  std::atomic<uint64_t> commands = 0;
  std::atomic<uint64_t> plans = 0;
  std::jthread commander([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      Report(1000 + static_cast<int>(commands));
      ++commands;
    }
  });
  std::jthread planner([&](const std::stop_token& stop) {
    notifications::Outbox outbox(*store_->redis, nullptr, clock_);
    while (!stop.stop_requested()) {
      const Parcel parcel = ParcelOf(absl::StrCat("m-", plans.load()), CHANNEL_EMAIL);
      EXPECT_TRUE(*outbox.Plan(kKommun, {.seq = plans}, {.seq = plans + 1},
                               {.facts = {PlannedOf(parcel)}, .send = {parcel}, .hold = {}}));
      EXPECT_TRUE(*outbox.Once(kKommun, absl::StrCat("o-", plans.load()), {}));
      ++plans;
    }
  });
  ASSERT_TRUE(redis::Eventually([&] { return commands > 100 && plans > 100; }));
  ASSERT_TRUE(MakeBackup().ok());
  const uint64_t after = commands;
  ASSERT_TRUE(redis::Eventually([&] { return commands > after + 10; })) << "nobody waits for it";
  commander = std::jthread();
  planner = std::jthread();

  ASSERT_TRUE(Put({.unsent = "send"}).ok());
  const std::unique_ptr<Store> to = *OpenStore(To(), clock_);
  const uint64_t kept = *to->log->Head(kKommun, Stream::kFacts) - before;
  ASSERT_GT(kept, 0U);
  ASSERT_LT(kept, commands);
  for (uint64_t i = 0; i < commands; ++i) {
    EXPECT_EQ(to->log->Seen(kKommun, Stream::kFacts, absl::StrCat("i-", 1000 + i))->has_value(),
              i < kept)
        << i << " of " << kept;
  }
  notifications::Outbox outbox(*to->redis, nullptr, clock_);
  ASSERT_TRUE(outbox.Load().ok());
  const uint64_t planned = outbox.Position(kKommun)->seq;
  EXPECT_LT(planned, plans);
  EXPECT_EQ(*to->log->Head(kKommun, Stream::kDeliveries), planned);
  EXPECT_EQ(outbox.Depth(kKommun, CHANNEL_EMAIL)->waiting, planned);
  for (uint64_t i = 0; i < plans; ++i) {
    // The one at the cut may have been done, or not yet.
    if (i + 1 == planned) continue;
    EXPECT_EQ(*outbox.Once(kKommun, absl::StrCat("o-", i), {}), i >= planned) << i;
  }
}

TEST_F(BackupTest, DoesNotSendAgainWhatWasOnItsWay) {
  PlanFour();
  ASSERT_TRUE(MakeBackup().ok());
  ASSERT_TRUE(Put().ok());
  const std::unique_ptr<Store> to = *OpenStore(To(), clock_);
  notifications::Outbox outbox(*to->redis, nullptr, clock_);
  EXPECT_THAT(*outbox.Take(kKommun, CHANNEL_EMAIL, "s", 9), IsEmpty());
  EXPECT_THAT(*outbox.Take(kKommun, CHANNEL_SMS, "s", 9), IsEmpty());
  EXPECT_THAT(*outbox.HeldUntil(kKommun, clock_.Now(), 9), IsEmpty());
  const std::vector<Parcel> later = *outbox.HeldUntil(kKommun, clock_.Now() + absl::Hours(25), 9);
  ASSERT_THAT(later, SizeIs(1)) << "what was not due yet cannot have been sent";
  EXPECT_EQ(later[0].message(), "m-later");
  std::vector<std::string> failed;
  for (const event::v1::Event& event : Events(*to->log, Stream::kDeliveries, 4)) {
    EXPECT_TRUE(event.delivery_failed().final());
    EXPECT_EQ(event.delivery_failed().reason(), notifications::v1::REASON_FAILED_UNCONFIRMED);
    failed.push_back(event.delivery_failed().message());
  }
  EXPECT_THAT(failed, ::testing::UnorderedElementsAre("m-queued", "m-taken", "m-due"));
}

TEST_F(BackupTest, SendsWhatWasOnItsWayWhenAsked) {
  PlanFour();
  ASSERT_TRUE(MakeBackup().ok());
  ASSERT_TRUE(Put({.unsent = "send"}).ok());
  const std::unique_ptr<Store> to = *OpenStore(To(), clock_);
  notifications::Outbox outbox(*to->redis, nullptr, clock_);
  const auto mail = *outbox.Take(kKommun, CHANNEL_EMAIL, "s", 9);
  const auto sms = *outbox.Take(kKommun, CHANNEL_SMS, "s", 9);
  ASSERT_THAT(mail, SizeIs(1));
  ASSERT_THAT(sms, SizeIs(1)) << "also what a sender had in its hands";
  EXPECT_EQ(sms[0].parcel.message(), "m-taken") << "with the same message id";
  EXPECT_THAT(*outbox.HeldUntil(kKommun, clock_.Now(), 9), SizeIs(1));
  EXPECT_EQ(*to->log->Head(kKommun, Stream::kDeliveries), 4U);
}

// The point of a vault apart from the backups.
TEST_F(BackupTest, AnErasedPersonStaysErasedInAnOldBackup) {
  ASSERT_TRUE(MakeBackup().ok());
  ASSERT_TRUE(vault(*store_).Erase(kKommun, "person:p-2").ok());
  event::v1::Event erased;
  erased.mutable_person_erased()->set_person("p-2");
  ASSERT_TRUE(Append("erase", {erased}).ok());
  ASSERT_TRUE(MakeBackup("two.backup").ok());

  ASSERT_TRUE(Put().ok());  // the old one, with the newest vault
  const std::unique_ptr<Store> to = *OpenStore(To(), clock_);
  EXPECT_EQ(*vault(*to).Open(kKommun, people_["p-1"]), "telephone of p-1");
  EXPECT_TRUE(absl::IsNotFound(vault(*to).Open(kKommun, people_["p-2"]).status()));
  const uint64_t head = ReadContents(Path("one.backup"))->cuts[kKommun].facts;
  const std::vector<event::v1::Event> after = Events(*to->log, Stream::kFacts, head);
  ASSERT_THAT(after, SizeIs(1)) << "and the state knows it";
  EXPECT_EQ(after[0].person_erased().person(), "p-2");
}

TEST_F(BackupTest, RefusesAVaultThatIsOlderOrOfAnotherStore) {
  ASSERT_TRUE(MakeBackup().ok());
  fs::copy_file(Path("vaka.vault"), Path("old.vault"));
  Report(100);
  ASSERT_TRUE(MakeBackup("two.backup").ok());
  const absl::Status older = Put({.from = Path("two.backup"), .vault = Path("old.vault")});
  EXPECT_TRUE(absl::IsFailedPrecondition(older)) << older;
  EXPECT_THAT(older.ToString(), HasSubstr("older than the backup"));
  // A store that lost its data must not take the place of the vault that could bring it back.
  const absl::Status emptied =
      Backup(To(), {.to = Path("three.backup"), .vault = Path("vaka.vault")});
  EXPECT_TRUE(absl::IsFailedPrecondition(emptied)) << emptied;
  EXPECT_FALSE(fs::exists(Path("three.backup")));
  EXPECT_TRUE(Put({.from = Path("two.backup")}).ok());
}

TEST_F(BackupTest, RefusesDamagedCutOffAndForeignFiles) {
  ASSERT_TRUE(MakeBackup().ok());
  const std::string good = Bytes(Path("one.backup"));
  std::mt19937_64 random(fault::Seed());
  for (int i = 0; i < 20; ++i) {
    std::string bad = good;
    const size_t at = random() % bad.size();
    bad[at] = static_cast<char>(bad[at] ^ (1 << (random() % 8)));
    Write(Path("bad.backup"), bad);
    const absl::Status flipped = Put({.from = Path("bad.backup")});
    EXPECT_FALSE(flipped.ok()) << "bit flipped at " << at;
    Write(Path("bad.backup"), good.substr(0, at));
    const absl::Status cut = Put({.from = Path("bad.backup")});
    EXPECT_FALSE(cut.ok()) << "cut off at " << at;
    EXPECT_THAT(cut.ToString(), HasSubstr("bad.backup"));
  }
  std::string newer = good;
  newer[8] = 9;
  Write(Path("bad.backup"), newer);
  EXPECT_THAT(Put({.from = Path("bad.backup")}).ToString(), HasSubstr("of version 9"));
  Write(Path("bad.backup"), good + "more");
  EXPECT_TRUE(absl::IsDataLoss(Put({.from = Path("bad.backup")})));
  Write(Path("bad.backup"), "a letter home");
  EXPECT_THAT(Put({.from = Path("bad.backup")}).ToString(), HasSubstr("is no backup of Vaka"));
  EXPECT_EQ(to_.Do({"DBSIZE"}), "0") << "nothing was written for any of them";
}

TEST_F(BackupTest, NeverMixesNorReplaces) {
  ASSERT_TRUE(MakeBackup().ok());
  const std::string first = Bytes(Path("one.backup"));
  EXPECT_TRUE(absl::IsAlreadyExists(MakeBackup()));
  EXPECT_EQ(Bytes(Path("one.backup")), first);
  Report(100);
  EXPECT_TRUE(Backup(From(), {.to = Path("one.backup"), .force = true}).ok());
  EXPECT_NE(Bytes(Path("one.backup")), first);
  ASSERT_TRUE(Put().ok());
  const absl::Status again = Put();
  EXPECT_TRUE(absl::IsFailedPrecondition(again)) << again;
  EXPECT_THAT(again.ToString(), HasSubstr("the store is not empty"));
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    EXPECT_THAT(entry.path().string(), ::testing::Not(HasSubstr(".new-")))
        << "nothing is left over";
  }
}

TEST_F(BackupTest, AnInterruptedRestoreOpensNothingAndIsBegunAgain) {
  ASSERT_TRUE(MakeBackup().ok());
  to_.Do({"SET", "vaka:restoring", "1"});
  to_.Do({"XADD", "{0127}:log", "1-0", "f", "half", "c", "none"});
  to_.Do({"HSET", "{0127}:vault", "person:p-9", "left over"});
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenStore(To(), clock_).status()));
  ASSERT_TRUE(Put().ok());
  const std::unique_ptr<Store> to = *OpenStore(To(), clock_);
  EXPECT_EQ(*to->log->Head(kKommun, Stream::kFacts), *store_->log->Head(kKommun, Stream::kFacts));
  EXPECT_THAT(*to->log->SubjectKeys(kKommun, {"person:p-9"}), ElementsAre(""));
}

TEST_F(BackupTest, NobodyGoesOnUnderAnotherMasterKey) {
  const std::string old_keys = Path("old");
  const std::string new_keys = Path("new");
  fs::create_directories(old_keys);
  fs::create_directories(new_keys);
  ASSERT_TRUE(LoadMasterKey(*store_->redis, clock_, old_keys).ok());
  ASSERT_TRUE(MakeBackup().ok());
  ASSERT_TRUE(Put().ok());
  const std::unique_ptr<Store> to = *OpenStore(To(), clock_);
  const absl::Status none = LoadMasterKey(*to->redis, clock_, new_keys).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(none)) << none;
  EXPECT_FALSE(fs::exists(new_keys + "/master.key")) << "none is made in its place";
  Write(new_keys + "/master.key", std::string(32, 'x'));
  fs::permissions(new_keys + "/master.key", fs::perms::owner_read);
  EXPECT_TRUE(absl::IsFailedPrecondition(LoadMasterKey(*to->redis, clock_, new_keys).status()));
  EXPECT_TRUE(LoadMasterKey(*to->redis, clock_, old_keys).ok());
  // A restore beside the wrong key does not begin.
  StoreOptions at = To();
  at.keys = new_keys;
  EXPECT_TRUE(absl::IsFailedPrecondition(Restore(at, {.from = Path("one.backup")})));
}

TEST_F(BackupTest, BringsTheKeysAlongWhenAsked) {
  StoreOptions from = From();
  fs::create_directories(from.KeysFolder() + "/bus");
  ASSERT_TRUE(LoadMasterKey(*store_->redis, clock_, from.KeysFolder()).ok());
  Write(from.KeysFolder() + "/bus/server.key", "of the bus");
  ASSERT_TRUE(Backup(from, {.to = Path("one.backup"), .with_keys = true}).ok());
  ASSERT_TRUE(Put().ok());
  EXPECT_EQ(Bytes(To().KeysFolder() + "/master.key"), Bytes(from.KeysFolder() + "/master.key"));
  EXPECT_EQ(Bytes(To().KeysFolder() + "/bus/server.key"), "of the bus");
}

TEST_F(BackupTest, FailsRatherThanLeaveOutWhatItDoesNotKnow) {
  from_.Do({"SET", "{0127}:tomorrow", "1"});
  const absl::Status made = MakeBackup();
  EXPECT_THAT(made.ToString(), HasSubstr("{0127}:tomorrow"));
  EXPECT_FALSE(fs::exists(Path("one.backup")));
}

TEST_F(BackupTest, ADamagedFactIsCopiedAndFoundAgain) {
  from_.Do({"XADD", "{0127}:log",
            absl::StrCat(*store_->log->Head(kKommun, Stream::kFacts) + 1, "-0"), "f",
            "not what it was", "c", "sum!"});
  ASSERT_TRUE(MakeBackup().ok());
  EXPECT_EQ(ReadContents(Path("one.backup"))->damaged, 1U);
  const absl::Status restored = Put();
  EXPECT_TRUE(absl::IsDataLoss(restored)) << restored;  // the check at its end says so
  const std::unique_ptr<Store> to = *OpenStore(To(), clock_);
  EXPECT_FALSE(All(*to->log, Stream::kFacts).back().intact);
}

}  // namespace
}  // namespace vaka
