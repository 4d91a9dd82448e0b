#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "libs/base/ids.h"
#include "libs/base/time.h"
#include "libs/log/append_call.h"
#include "libs/log/redis_log.h"
#include "services/notifications/effects.h"
#include "services/notifications/outbox.h"
#include "services/notifications/planned.h"
#include "services/vaka/folds.h"
#include "tests/fault/judge/collect.h"
#include "tests/fault/judge/report.h"
#include "tests/support/alert_town/alert_town.h"
#include "tests/support/memory_log/requests.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::fault {
namespace {

using notifications::v1::Parcel;

constexpr char kKommun[] = "0127";
constexpr char kReport[] = "vaka.intake.v1.IntakeService.Report";
constexpr char kLog[] = "{0127}:log";

// A real log, outbox and snapshots, as services leave them; each test then tampers with them behind
// everybody's back.
class JudgeRedisTest : public ::testing::Test {
 protected:
  JudgeRedisTest() : client_(redis_.NewClient()), history_(clock_) {
    log_ = *log::RedisLog::Open(*client_, {}, clock_);
    outbox_ = std::make_unique<notifications::Outbox>(*client_, nullptr, clock_);
    EXPECT_EQ(outbox_->Load(), absl::OkStatus());
    BuildTown();
    for (const char* key : {"one", "two", "three"}) incident_ = Report(key);
    Tell(Raise(incident_));
    SaveSnapshots();
  }

  // Areas and people, before the history.
  void BuildTown() {
    std::vector<event::v1::Event> facts = {testing::TownConfigured(),
                                           testing::TownArea("a1", "Alby C", "alby")};
    for (event::v1::Event& fact : testing::TownPersonFacts({.id = "p-1"})) {
      facts.push_back(std::move(fact));
    }
    for (event::v1::Event& fact : facts) Append(std::move(fact), absl::StrCat("town-", ++keys_));
    baseline_ = *log_->Head(kKommun, log::Stream::kFacts);
  }

  uint64_t Append(event::v1::Event fact, const std::string& command) {
    fact.set_kommun(kKommun);
    fact.set_id(DeriveId("f", kKommun, command));
    *fact.mutable_recorded_at() = ToProto(clock_.Now());
    const auto appended =
        log::AppendAndWait(*log_, log::Facts(kKommun, command, {fact.SerializeAsString()}));
    EXPECT_TRUE(appended.ok()) << appended.status();
    return appended->last;
  }

  std::string Report(const std::string& key) {
    Operation call;
    call.client = "reporter";
    call.rpc = kReport;
    call.kommun = kKommun;
    call.key = key;
    call.command = CommandKey(kReport, kKommun, "", "police", key);
    const size_t sent = history_.Sent(call);
    event::v1::Event fact;
    intake::v1::Incident& incident = *fact.mutable_incident_reported()->mutable_incident();
    incident.set_id(DeriveId("incident", kKommun, key));
    incident.set_category("burglary_house");
    incident.set_severity(4);
    incident.mutable_where()->set_area("a1");
    history_.Answered(sent, absl::OkStatus(), Append(std::move(fact), call.command));
    return DeriveId("incident", kKommun, key);
  }

  std::string Raise(const std::string& incident) {
    const std::string key = DeriveId("raise", "", absl::StrCat("incident:", incident, ":1"));
    event::v1::Event fact;
    fact.mutable_actor()->set_role(options::v1::ROLE_SYSTEM);
    notifications::v1::Alert& alert = *fact.mutable_alert_raised()->mutable_alert();
    alert.set_id(DeriveId("alert", kKommun, key));
    alert.set_kind(notifications::v1::ALERT_KIND_INCIDENT);
    alert.add_incidents(incident);
    alert.add_areas("a1");
    alert.set_version(1);
    alert_seq_ = Append(fact, key);
    return alert.id();
  }

  // As planner and sender do it.
  void Tell(const std::string& alert) {
    Parcel parcel;
    parcel.set_message(notifications::MessageId(kKommun, alert, 1, "p-1", kMail));
    parcel.set_alert(alert);
    parcel.set_version(1);
    parcel.set_person("p-1");
    parcel.set_channel(kMail);
    parcel.set_alert_seq(alert_seq_);
    notifications::Effects plan;
    plan.facts = {notifications::PlannedOne(parcel, notifications::v1::DELIVERY_STATE_PLANNED,
                                            notifications::v1::REASON_SEND_NOW, {})};
    plan.send = {parcel};
    EXPECT_TRUE(*outbox_->Plan(kKommun, {}, {.seq = alert_seq_}, plan));
    message_ = parcel.message();
    const auto taken = outbox_->Take(kKommun, kMail, "sender", 1);
    ASSERT_TRUE(taken.ok());
    ASSERT_EQ(taken->size(), 1u);
    history_.HandedOver({kMail, message_, "p-1@town.invalid", {}, true, true});
    notifications::Effects end;
    event::v1::Event& sent = end.facts.emplace_back();
    sent.mutable_delivery_sent()->set_message(message_);
    sent.mutable_delivery_sent()->set_alert(alert);
    EXPECT_TRUE(*outbox_->Finish(kKommun, taken->front(), end));
  }

  void SaveSnapshots() {
    for (const FoldKind& kind : AllFolds()) {
      const std::unique_ptr<fold::Fold> fold = kind.make();
      uint64_t position = 0;
      const auto entries = log_->Read(kKommun, kind.stream, 0, 1000);
      ASSERT_TRUE(entries.ok()) << entries.status();
      for (const log::Entry& entry : *entries) {
        event::v1::Event event;
        ASSERT_TRUE(event.ParseFromString(entry.bytes));
        event.set_seq(position = entry.seq);
        EXPECT_EQ(fold->Apply(event), absl::OkStatus());
      }
      EXPECT_EQ(log_->SaveSnapshot(kKommun, kind.name, {kind.schema, position, fold->Serialize()}),
                absl::OkStatus());
    }
  }

  Evidence Collected() {
    absl::StatusOr<Evidence> evidence =
        Collect(*log_, *client_, clock_, history_, {.baseline = {{kKommun, baseline_}}});
    EXPECT_TRUE(evidence.ok()) << evidence.status();
    return evidence.ok() ? *std::move(evidence) : Evidence();
  }

  std::string BytesOf(uint64_t seq) {
    return log_->Read(kKommun, log::Stream::kFacts, seq - 1, 1)->front().bytes;
  }

  // Puts other bytes in the place of the log's last entry, with a checksum that matches.
  void RewriteLast(const std::string& bytes) {
    const uint64_t last = *log_->Head(kKommun, log::Stream::kFacts);
    redis_.Do({"XDEL", kLog, absl::StrCat(last, "-0")});
    redis_.Do({"XSETID", kLog, absl::StrCat(last - 1, "-0")});
    Add(last, bytes);
  }
  void Add(uint64_t seq, const std::string& bytes) {
    redis_.Do({"XADD", kLog, absl::StrCat(seq, "-0"), "f", bytes, "c", log::Checksum(bytes)});
  }

  static constexpr registry::v1::Channel kMail = registry::v1::CHANNEL_EMAIL;

  SystemClock clock_;
  redis::TestRedis redis_;
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<log::RedisLog> log_;
  std::unique_ptr<notifications::Outbox> outbox_;
  History history_;
  int keys_ = 0;
  uint64_t baseline_ = 0;
  uint64_t alert_seq_ = 0;
  std::string incident_;
  std::string message_;
};

TEST_F(JudgeRedisTest, PassesWhatServicesLeave) {
  const Evidence evidence = Collected();
  const Verdict verdict = Judge(evidence);
  EXPECT_TRUE(verdict.ok()) << verdict;
  EXPECT_EQ(verdict.counts.acknowledged, 3u);
  EXPECT_EQ(verdict.counts.own_facts, 1u);
  EXPECT_EQ(verdict.counts.handed_over, 1u);
  EXPECT_EQ(verdict.counts.states, AllFolds().size()) << "every snapshot was compared";
  ASSERT_EQ(evidence.municipalities.size(), 1u);
  EXPECT_EQ(evidence.municipalities[0].expected.size(), 1u) << "the alert concerns p-1";
  EXPECT_TRUE(*AtRest(*log_, *client_, clock_));
}

TEST_F(JudgeRedisTest, FindsTheLastFactGone) {
  const uint64_t last = *log_->Head(kKommun, log::Stream::kFacts);
  redis_.Do({"XDEL", kLog, absl::StrCat(last, "-0")});
  const Verdict verdict = Judge(Collected());
  EXPECT_GE(verdict.Of(Charge::kDiverged), 1u) << "the snapshots are beyond the log's end";
  EXPECT_GE(verdict.Of(Charge::kForeign), 1u) << "messages about an alert that is gone";
  EXPECT_FALSE(verdict.ok());
}

TEST_F(JudgeRedisTest, FindsAnAcknowledgedFactGone) {
  redis_.Do({"XDEL", kLog, absl::StrCat(baseline_ + 2, "-0")});
  const Verdict verdict = Judge(Collected());
  EXPECT_EQ(verdict.Of(Charge::kHole), 1u) << verdict;
  EXPECT_EQ(verdict.Of(Charge::kLost), 1u) << verdict;
  EXPECT_GE(verdict.Of(Charge::kDiverged), 1u) << verdict;
}

TEST_F(JudgeRedisTest, FindsAFactAddedTwice) {
  Add(*log_->Head(kKommun, log::Stream::kFacts) + 1, BytesOf(baseline_ + 1));
  const Verdict verdict = Judge(Collected());
  EXPECT_EQ(verdict.Of(Charge::kDoubled), 1u) << verdict;
}

TEST_F(JudgeRedisTest, FindsAFlippedBit) {
  std::string bytes = BytesOf(alert_seq_);
  const std::string checksum = log::Checksum(bytes);
  bytes[bytes.size() / 2] ^= 4;
  redis_.Do({"XDEL", kLog, absl::StrCat(alert_seq_, "-0")});
  redis_.Do({"XSETID", kLog, absl::StrCat(alert_seq_ - 1, "-0")});
  redis_.Do({"XADD", kLog, absl::StrCat(alert_seq_, "-0"), "f", bytes, "c", checksum});
  EXPECT_EQ(Judge(Collected()).Of(Charge::kDamaged), 1u);
}

TEST_F(JudgeRedisTest, FindsAForgedFactThatNoChecksumShows) {
  event::v1::Event event;
  ASSERT_TRUE(event.ParseFromString(BytesOf(alert_seq_)));
  event.mutable_alert_raised()->mutable_alert()->set_severity(5);
  RewriteLast(event.SerializeAsString());
  const Verdict verdict = Judge(Collected());
  EXPECT_EQ(verdict.Of(Charge::kDamaged), 0u);
  EXPECT_EQ(verdict.Of(Charge::kDiverged), 1u) << "notifications saw another one\n" << verdict;
}

TEST_F(JudgeRedisTest, FindsADamagedSnapshot) {
  const auto snapshot = log_->LoadSnapshot(kKommun, "registry");
  ASSERT_TRUE(snapshot.ok());
  log::Snapshot other = **snapshot;
  other.bytes += "?";
  ASSERT_EQ(log_->SaveSnapshot(kKommun, "registry", other), absl::OkStatus());
  EXPECT_EQ(Judge(Collected()).Of(Charge::kDiverged), 1u);
}

TEST_F(JudgeRedisTest, FindsAnAlertThatNobodyPlanned) {
  Raise(Report("four"));
  const Verdict verdict = Judge(Collected());
  EXPECT_EQ(verdict.Of(Charge::kNotPlanned), 2u) << "p-1, and the planner's position\n" << verdict;
}

TEST_F(JudgeRedisTest, FindsAnEntryLeftInTheOutbox) {
  notifications::Effects effects;
  effects.send.emplace_back().set_message("msg-left");
  effects.send[0].set_channel(kMail);
  ASSERT_TRUE(*outbox_->Once(kKommun, "send", effects));
  EXPECT_EQ(Judge(Collected()).Of(Charge::kForeign), 1u);
  EXPECT_FALSE(*AtRest(*log_, *client_, clock_));
}

TEST_F(JudgeRedisTest, SeesWhatIsStillUnderWay) {
  Parcel parcel;
  parcel.set_message("msg-under-way");
  notifications::Effects effects;
  effects.hold = {{clock_.Now() + absl::Minutes(1), parcel}};
  ASSERT_TRUE(*outbox_->Once(kKommun, "hold", effects));
  EXPECT_FALSE(*AtRest(*log_, *client_, clock_)) << "a retry is due soon";
  EXPECT_TRUE(*AtRest(*log_, *client_, clock_, absl::Seconds(10)));
  Raise(Report("five"));
  EXPECT_FALSE(*AtRest(*log_, *client_, clock_, absl::Seconds(10))) << "an alert is not planned";
}

TEST_F(JudgeRedisTest, WritesWhatItFound) {
  const redis::TempFolder folder;
  const char* before = std::getenv("VAKA_FAULT_REPORT");
  const std::string kept = before == nullptr ? "" : before;
  ASSERT_EQ(setenv("VAKA_FAULT_REPORT", folder.path().c_str(), 1), 0);
  history_.FaultEnds(history_.FaultBegins("kill -9", "intake"));
  redis_.Do({"XDEL", kLog, absl::StrCat(baseline_ + 2, "-0")});
  const Evidence evidence = Collected();
  fault::Report(Judge(evidence), evidence, 42, "tampered with");
  if (before == nullptr) {
    unsetenv("VAKA_FAULT_REPORT");
  } else {
    setenv("VAKA_FAULT_REPORT", kept.c_str(), 1);
  }
  std::ifstream in(folder.path() + "/JudgeRedisTest.WritesWhatItFound-tampered_with.json");
  const nlohmann::json report = nlohmann::json::parse(in, nullptr, false);
  ASSERT_FALSE(report.is_discarded());
  EXPECT_EQ(report["seed"], 42);
  EXPECT_EQ(report["ok"], false);
  EXPECT_EQ(report["counts"]["acknowledged"], 3);
  EXPECT_GE(report["counts"]["lost"], 1);
  EXPECT_EQ(report["faults"][0]["target"], "intake");
}

}  // namespace
}  // namespace vaka::fault
