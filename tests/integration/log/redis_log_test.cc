// RedisLog on a real Redis.

#include "libs/log/redis_log.h"

#include <future>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/log/append_call.h"
#include "tests/integration/log/redis_log_fixture.h"
#include "tests/support/memory_log/log_suite.h"

namespace vaka::log {
namespace {

using redis::Eventually;
using redis::TestRedis;

class RedisUnderTest final : public LogUnderTest {
 public:
  RedisUnderTest() {
    log_ = RedisLog::Open(*client_, {.on_committed = published_.listener()}, clock_).value();
  }
  Log& log() override { return *log_; }
  std::vector<std::string> committed() override { return published_.facts(); }

 private:
  SystemClock clock_;
  TestRedis redis_;
  Published published_;
  std::unique_ptr<redis::Client> client_ = redis_.NewClient();
  std::unique_ptr<RedisLog> log_;
};

INSTANTIATE_TEST_SUITE_P(Redis, LogSuite, ::testing::Values(MakeLog([] {
                           return std::make_unique<RedisUnderTest>();
                         })));

TEST_F(RedisLogTest, LosesAndDoublesNothingWhenRedisIsKilled) {
  constexpr int kTotal = 4000;
  const auto log = Open();
  std::jthread load([&] { AppendAll(*log, kTotal); });
  for (int kills = 1; kills <= 3; ++kills) {
    ASSERT_TRUE(Eventually([&] { return acknowledged_ > kills * kTotal / 5; }));
    redis_.KillAndWaitUntilBack();
  }
  load.join();
  EXPECT_GE(log->stats().reconnects, 1U);
  ExpectEachOnce(*log, kTotal);
  // Whatever the crash made of the answers, each fact went out on the bus once.
  const std::vector<std::string> published = published_.facts();
  EXPECT_EQ(published.size(), size_t{2} * kTotal);
  EXPECT_EQ(std::set<std::string>(published.begin(), published.end()).size(), size_t{2} * kTotal);
}

TEST_F(RedisLogTest, KeepsWhatWasAcknowledgedAcrossAKill) {
  const auto log = Open();
  for (int i = 0; i < 20; ++i) {
    const std::string key = absl::StrCat("k", i);
    ASSERT_TRUE(AppendAndWait(*log, Facts("0127", key, {key})).ok());
    if (i % 5 == 4) redis_.KillAndWaitUntilBack();
    ASSERT_EQ(log->Head("0127", Stream::kFacts).value(), static_cast<uint64_t>(i) + 1);
    EXPECT_TRUE(AppendAndWait(*log, Facts("0127", key, {key}))->repeated);
  }
}

TEST_F(RedisLogTest, AnswersUnavailableAfterItsLimitAndRecovers) {
  RedisLogOptions options;
  options.commit.append_limit = absl::Milliseconds(300);
  const auto log = Open(options);
  ASSERT_TRUE(AppendAndWait(*log, Facts("0127", "k1", {"a"})).ok());
  redis_.Stop();
  const absl::Status status = AppendAndWait(*log, Facts("0127", "k2", {"b"})).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(absl::IsUnavailable(log->Head("0127", Stream::kFacts).status()));
  EXPECT_EQ(log->stats().failed, 1U);
  redis_.Start();
  EXPECT_THAT(AppendAndWait(*log, Facts("0127", "k2", {"b"})).value(), IsAppended(2, 2, false));
  EXPECT_EQ(log->stats().queued, 0U);
  EXPECT_EQ(log->stats().queued_bytes, 0U);
}

TEST_F(RedisLogTest, RecognisesItsOwnAppendWhoseAnswerWasLost) {
  RedisLogOptions options;
  options.commit.round_limit = absl::Milliseconds(200);
  const auto log = Open(options);
  ASSERT_TRUE(AppendAndWait(*log, Facts("0127", "k1", {"a"})).ok());
  // Frozen, Redis holds the call in its socket and carries it out when it thaws, for nobody.
  redis_.Freeze();
  std::promise<absl::StatusOr<Appended>> answer;
  log->Append(Facts("0127", "k2", {"b"}),
              [&answer](absl::StatusOr<Appended> appended) { answer.set_value(appended); });
  ASSERT_TRUE(Eventually([&] { return log->stats().resent > 0; }));
  redis_.Thaw();
  EXPECT_THAT(answer.get_future().get().value(), IsAppended(2, 2, false));
  EXPECT_THAT(published_.facts(), ::testing::ElementsAre("0127 1 a", "0127 2 b"));
  EXPECT_EQ(log->Head("0127", Stream::kFacts).value(), 2U);
}

TEST_F(RedisLogTest, RefusesWhenTheQueueIsFullAndTakesMoreAfterwards) {
  RedisLogOptions options;
  options.commit.queue_appends = 10;
  const auto log = Open(options);
  ASSERT_TRUE(AppendAndWait(*log, Facts("0127", "k", {"a"})).ok());
  redis_.Freeze();
  std::atomic<int> written{0};
  std::atomic<int> refused{0};
  for (int i = 0; i < 25; ++i) {
    log->Append(Facts("0127", absl::StrCat("k", i), {"a"}), [&](absl::StatusOr<Appended> answer) {
      ++(answer.ok() ? written : refused);
      EXPECT_TRUE(answer.ok() || absl::IsResourceExhausted(answer.status())) << answer.status();
    });
  }
  EXPECT_EQ(refused, 15);
  EXPECT_EQ(log->stats().queued, 10U);
  redis_.Thaw();
  EXPECT_TRUE(Eventually([&] { return written == 10; }));
  EXPECT_EQ(log->Head("0127", Stream::kFacts).value(), 11U);
  EXPECT_TRUE(AppendAndWait(*log, Facts("0127", "k24", {"a"})).ok());
  EXPECT_EQ(log->stats().refused, 15U);
}

TEST_F(RedisLogTest, RefusesByBytesToo) {
  RedisLogOptions options;
  options.commit.queue_bytes = 10'000;
  const auto log = Open(options);
  EXPECT_TRUE(absl::IsResourceExhausted(
      AppendAndWait(*log, Facts("0127", "k1", {std::string(20'000, 'x')})).status()));
  EXPECT_TRUE(AppendAndWait(*log, Facts("0127", "k1", {std::string(5'000, 'x')})).ok());
}

TEST_F(RedisLogTest, WritesNothingWhenRedisIsOutOfMemory) {
  const auto log = Open();
  ASSERT_TRUE(AppendAndWait(*log, Facts("0127", "k1", {"a"})).ok());
  redis_.Do({"CONFIG", "SET", "maxmemory", "1"});
  const absl::Status status = AppendAndWait(*log, Facts("0127", "k2", {"b", "c"})).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("OOM"));
  EXPECT_EQ(log->Head("0127", Stream::kFacts).value(), 1U);
  redis_.Do({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_THAT(AppendAndWait(*log, Facts("0127", "k2", {"b", "c"})).value(),
              IsAppended(2, 3, false));
}

TEST_F(RedisLogTest, AsksForReplicasWhenItShould) {
  RedisLogOptions options;
  options.commit.replicas = 1;
  options.commit.round_limit = absl::Milliseconds(200);
  const auto log = Open(options);
  const absl::Status status = AppendAndWait(*log, Facts("0127", "k1", {"a"})).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("0 replicas of 1"));
}

TEST_F(RedisLogTest, WhoeverAsksForTheSameMomentSharesOneAnswer) {
  const auto log = Open();
  const auto head_since = [&](absl::Time since) -> absl::StatusOr<uint64_t> {
    VAKA_ASSIGN(const auto ends, log->EndsSince(since));
    return ends->of.at("0127")[0].value().seq;
  };
  ASSERT_TRUE(AppendAndWait(*log, Facts("0127", "k1", {"a"})).ok());
  const absl::Time before = clock_.Steady();
  EXPECT_EQ(head_since(before).value(), 1U);
  ASSERT_TRUE(AppendAndWait(*log, Facts("0127", "k2", {"b"})).ok());
  EXPECT_EQ(head_since(before).value(), 1U);
  EXPECT_EQ(head_since(clock_.Steady()).value(), 2U);
  // A failure too, or each who asks would wait for it anew.
  redis_.Stop();
  const absl::Time away = clock_.Steady();
  EXPECT_TRUE(absl::IsUnavailable(head_since(away).status()));
  redis_.Start();
  EXPECT_TRUE(absl::IsUnavailable(head_since(away).status()));
  EXPECT_EQ(head_since(clock_.Steady()).value(), 2U);
}

TEST_F(RedisLogTest, LoadsItsFunctionAgainWhereItIsMissing) {
  const auto log = Open();
  redis_.Do({"FUNCTION", "FLUSH"});
  EXPECT_TRUE(AppendAndWait(*log, Facts("0127", "k1", {"a"})).ok());
}

TEST_F(RedisLogTest, FindsAnEntryAndASnapshotThatChangedOnDisk) {
  const auto log = Open();
  ASSERT_TRUE(AppendAndWait(*log, Facts("0127", "k1", {"good"})).ok());
  // Redis itself would not notice: the same entry with one bit flipped, the sum as it was.
  const std::string sum = "\x01\x02\x03\x04";
  redis_.Do({"XADD", "{0127}:log", "2-0", "f", "gnod", "c", sum});
  redis_.Do({"XADD", "{0127}:log", "3-0", "other", "fields"});
  const std::vector<Entry> entries = log->Read("0127", Stream::kFacts, 0, 10).value();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_TRUE(entries[0].intact);
  EXPECT_FALSE(entries[1].intact);
  EXPECT_EQ(entries[1].bytes, "gnod");
  EXPECT_FALSE(entries[2].intact);
  EXPECT_EQ(log->stats().damaged, 2U);

  const auto piece = [&] { return redis_.Do({"HGET", "{0127}:snap:est", "id"}) + ":0"; };
  const auto save = [&](const std::string& state) {
    ASSERT_EQ(log->SaveSnapshot("0127", "est", Snapshot{1, 5, state}), absl::OkStatus());
    ASSERT_EQ((*log->LoadSnapshot("0127", "est"))->bytes, state);
  };
  save("stale");
  const std::string stale = redis_.Do({"HGET", "{0127}:snap:est", piece()});
  save("state");
  redis_.Do({"HSET", "{0127}:snap:est", piece(), stale});
  EXPECT_TRUE(absl::IsDataLoss(log->LoadSnapshot("0127", "est").status()));
  redis_.Do({"HSET", "{0127}:snap:est", piece(), "nothing that was compressed"});
  EXPECT_TRUE(absl::IsDataLoss(log->LoadSnapshot("0127", "est").status()));
  redis_.Do({"HDEL", "{0127}:snap:est", piece()});
  EXPECT_TRUE(absl::IsDataLoss(log->LoadSnapshot("0127", "est").status()));
  save("state");
  redis_.Do({"HSET", "{0127}:snap:est", "position", "6"});
  EXPECT_TRUE(absl::IsDataLoss(log->LoadSnapshot("0127", "est").status()));
  EXPECT_EQ(log->stats().damaged, 6U);
}

TEST_F(RedisLogTest, ParksWhatCannotBeApplied) {
  const auto log = Open();
  ASSERT_TRUE(log->Park("0127", Stream::kFacts, Entry{.seq = 7, .bytes = "x"}, "est", "why").ok());
  EXPECT_EQ(redis_.Do({"XLEN", "{0127}:parked"}), "1");
}

TEST_F(RedisLogTest, RemembersKeysOverTheTurnOfTheWeekAndForgetsThem) {
  FakeClock clock(absl::FromUnixSeconds(3000 * 7 * 24 * 3600 - 60));  // a minute before the turn
  auto log = RedisLog::Open(*client_, {}, clock).value();
  ASSERT_TRUE(AppendAndWait(*log, Facts("0127", "k1", {"a"})).ok());
  clock.Advance(absl::Minutes(2));
  EXPECT_TRUE(AppendAndWait(*log, Facts("0127", "k1", {"a"}))->repeated);
  clock.Advance(absl::Hours(7 * 24) - absl::Minutes(3));
  EXPECT_TRUE(AppendAndWait(*log, Facts("0127", "k1", {"a"}))->repeated);
  EXPECT_TRUE(log->Seen("0127", Stream::kFacts, "k1").value().has_value());
  // The hash of the week that has passed goes by itself.
  EXPECT_GT(std::stoll(redis_.Do({"EXPIRETIME", "{0127}:log:keys:2999"})),
            absl::ToUnixSeconds(clock.Now()));
  clock.Advance(absl::Hours(7 * 24));
  EXPECT_FALSE(log->Seen("0127", Stream::kFacts, "k1").value().has_value());
}

// What one call carries is decided as if each append had come alone.
TEST_F(RedisLogTest, AppendsOfOneCallSeeEachOther) {
  Open();
  const auto make = [](const std::string& key, std::vector<std::string> facts,
                       std::vector<std::string> rests_on, uint64_t seen) {
    AppendRequest request = Facts("0127", key, std::move(facts));
    request.rests_on = std::move(rests_on);
    request.seen = seen;
    request.keys = {{"incident:1", absl::StrCat("sealed by ", key, ";")}};
    return request;
  };
  const std::vector<AppendRequest> requests = {
      make("a", {"1", "2"}, {"x", "y"}, 0), make("b", {"3"}, {"y"}, 0), make("c", {"3"}, {"y"}, 2),
      make("a", {"4"}, {"z"}, 0),           make("d", {"4"}, {}, 0),    make("c", {"9"}, {}, 0)};
  std::vector<const AppendRequest*> pointers;
  for (const AppendRequest& request : requests) pointers.push_back(&request);
  const redis::Request call = AppendCall(pointers, clock_.Now());
  const auto answers = ParseAppended(
      client_->Command(call.key, call.argv, clock_.Steady() + absl::Seconds(20)).value(),
      requests.size());
  const auto expect = [&](size_t i, uint64_t first, uint64_t last, bool repeated) {
    ASSERT_TRUE(answers[i].ok()) << answers[i].status();
    EXPECT_EQ(answers[i]->first, first);
    EXPECT_EQ(answers[i]->last, last);
    EXPECT_EQ(answers[i]->repeated, repeated);
  };
  expect(0, 1, 2, false);
  EXPECT_TRUE(absl::IsAborted(answers[1].status())) << answers[1].status();
  expect(2, 3, 3, false);
  expect(3, 1, 2, true);
  expect(4, 4, 4, false);
  expect(5, 3, 3, true);

  const std::unique_ptr<RedisLog> log = Open();
  std::vector<std::string> facts;
  const std::vector<Entry> entries = log->Read("0127", Stream::kFacts, 0, 100).value();
  for (const Entry& entry : entries) facts.push_back(entry.bytes);
  EXPECT_EQ(facts, (std::vector<std::string>{"1", "2", "3", "4"}));
  EXPECT_EQ(log->SubjectKeys("0127", {"incident:1"}).value().front(),
            "sealed by a;sealed by c;sealed by d;");
  EXPECT_TRUE(absl::IsAborted(AppendAndWait(*log, make("e", {"5"}, {"y"}, 2)).status()));
  EXPECT_FALSE(log->Seen("0127", Stream::kFacts, "b").value().has_value());
  EXPECT_EQ(log->Seen("0127", Stream::kFacts, "d").value()->first, 4U);
}

// Which entry a fact lies in makes no difference to who reads.
TEST_F(RedisLogTest, ReadsFromAndToAnyFactWhateverEntryItLiesIn) {
  const auto log = Open();
  std::vector<std::string> facts;
  const auto append = [&](size_t count) {
    AppendRequest request = Facts("0127", absl::StrCat("k", facts.size()), {});
    for (size_t i = 0; i < count; ++i) {
      request.facts.push_back(absl::StrCat("fact ", facts.size() + i + 1));
    }
    ASSERT_TRUE(AppendAndWait(*log, request).ok());
    facts.insert(facts.end(), request.facts.begin(), request.facts.end());
  };
  append(1);
  append(100);
  // As another program writes them, an entry each.
  for (const char* id : {"102-0", "103-0"}) {
    facts.push_back(id);
    redis_.Do({"XADD", "{0127}:log", id, "f", id, "c", Checksum(id)});
  }
  redis_.Do({"HSET", "{0127}:log:touched", "", "103"});
  append(40);
  EXPECT_EQ(redis_.Do({"XLEN", "{0127}:log"}), "9") << "1, 4 of up to 32, 1, 1, 2";
  EXPECT_EQ(log->Head("0127", Stream::kFacts).value(), 143U);
  for (uint64_t after = 0; after <= facts.size() + 1; ++after) {
    for (const size_t limit : {0U, 1U, 2U, 31U, 32U, 33U, 64U, 142U, 143U, 1000U}) {
      const std::vector<Entry> read = log->Read("0127", Stream::kFacts, after, limit).value();
      const size_t left = facts.size() - std::min<size_t>(after, facts.size());
      ASSERT_EQ(read.size(), std::min(limit, left)) << after << ", " << limit;
      for (size_t i = 0; i < read.size(); ++i) {
        EXPECT_EQ(read[i].seq, after + i + 1);
        EXPECT_EQ(read[i].bytes, facts[after + i]);
        EXPECT_TRUE(read[i].intact);
      }
    }
  }
  EXPECT_TRUE(
      log->Read("0127", Stream::kFacts, std::numeric_limits<uint64_t>::max() / 2, 10)->empty());
  EXPECT_EQ(log->Read("0127", Stream::kFacts, 0, std::numeric_limits<size_t>::max())->size(), 143U);
}

TEST_F(RedisLogTest, AnswersWhatComesAfterAHoleHoweverWide) {
  const auto log = Open();
  for (const char* id : {"5-0", "500-0", "501-0"}) {
    redis_.Do({"XADD", "{0127}:log", id, "f", "x", "c", Checksum("x")});
  }
  const auto read = [&](uint64_t after, size_t limit) {
    std::vector<uint64_t> numbers;
    const std::vector<Entry> entries = log->Read("0127", Stream::kFacts, after, limit).value();
    for (const Entry& entry : entries) numbers.push_back(entry.seq);
    return numbers;
  };
  EXPECT_EQ(read(0, 10), (std::vector<uint64_t>{5, 500}));
  EXPECT_EQ(read(5, 10), (std::vector<uint64_t>{500}));
  EXPECT_EQ(read(0, 1000), (std::vector<uint64_t>{5, 500, 501}));
  EXPECT_EQ(read(499, 1), (std::vector<uint64_t>{500}));
  EXPECT_TRUE(read(501, 10).empty());
}

}  // namespace
}  // namespace vaka::log
