#include "libs/fold/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/time.h"
#include "tests/support/eventually/eventually.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"
#include "tests/support/toy_fold/toy_fold.h"

namespace vaka::fold {
namespace {

using log::MemoryLog;
using log::Stream;

class CommandsTest : public testing::Test {
 protected:
  CommandsTest()
      : clock_(absl::FromUnixSeconds(1'800'000'000)),
        log_(bus_.publisher()),
        follower_(
            {.name = "toy"}, [](const std::string&) { return std::make_unique<ToyFold>(); }, log_,
            bus_.Subscribe(), clock_),
        commands_(std::make_unique<Commands>(follower_, log_, clock_)) {
    EXPECT_EQ(follower_.Start(), absl::OkStatus());
    follower_.Adopt("0127");
  }

  ~CommandsTest() override {
    follower_.Stop();
    commands_.reset();
  }

  Command Asked(const std::string& key) {
    Command command;
    command.kommun = "0127";
    command.key = key;
    command.actor.set_agency("police");
    command.trace = "t-1";
    command.deadline = clock_.Now() + absl::Seconds(10);
    return command;
  }

  // Reports an incident; refused when there is one with this id.
  static Commands::Decide Report(const std::string& id) {
    return [id](const Fold& fold, absl::Time) -> absl::StatusOr<Decision> {
      if (static_cast<const ToyFold&>(fold).Has(id)) {
        return absl::AlreadyExistsError(absl::StrCat(id, " exists"));
      }
      return Decision{.facts = {Reported(id)}, .rests_on = {"incident:" + id}};
    };
  }

  // Adds one to an incident's severity; refused when there is none.
  static Commands::Decide Raise(const std::string& id, std::atomic<int>* decided = nullptr) {
    return [id, decided](const Fold& fold, absl::Time) -> absl::StatusOr<Decision> {
      if (decided != nullptr) ++*decided;
      const uint64_t severity = static_cast<const ToyFold&>(fold).SeverityOf(id);
      if (severity == 0) return absl::NotFoundError(absl::StrCat("no ", id));
      // 9 is refused by the fold.
      const auto raised = static_cast<uint32_t>(severity + 1 == 9 ? 10 : severity + 1);
      return Decision{.facts = {Corrected(id, raised)}, .rests_on = {"incident:" + id}};
    };
  }

  // Another process's fact, of which this one does not hear.
  void AppendUnheard(const event::v1::Event& event, const std::string& aggregate) {
    bus_.LoseAll(true);
    ASSERT_TRUE(log_.AppendNow({.kommun = "0127",
                                .idempotency_key = RandomId("k"),
                                .facts = {event.SerializeAsString()},
                                .rests_on = {aggregate},
                                .seen = std::numeric_limits<uint64_t>::max()})
                    .ok());
    bus_.LoseAll(false);
  }

  uint64_t SeverityOf(const std::string& id) {
    uint64_t severity = 0;
    EXPECT_EQ(
        follower_.Read("0127", log_.Head("0127", Stream::kFacts).value(), absl::InfiniteFuture(),
                       [&](const Fold& fold, uint64_t) {
                         severity = static_cast<const ToyFold&>(fold).SeverityOf(id);
                       }),
        absl::OkStatus());
    return severity;
  }

  FakeClock clock_;
  bus::MemoryBus bus_;
  MemoryLog log_;
  Follower follower_;
  std::unique_ptr<Commands> commands_;
};

TEST_F(CommandsTest, AppendsTheFactsInTheirEnvelope) {
  const absl::Time earlier = clock_.Now() - absl::Hours(1);
  const auto outcome = commands_->ExecuteAndWait(
      Asked("k1"), [&](const Fold&, absl::Time) -> absl::StatusOr<Decision> {
        event::v1::Event second = Reported("b");
        *second.mutable_occurred_at() = ToProto(earlier);
        second.set_causation(7);
        return Decision{.facts = {Reported("a"), second}};
      });
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->seq, 2);
  EXPECT_FALSE(outcome->repeated);
  const auto entries = log_.Read("0127", Stream::kFacts, 0, 10).value();
  ASSERT_EQ(entries.size(), 2);
  event::v1::Event first;
  event::v1::Event second;
  ASSERT_TRUE(first.ParseFromString(entries[0].bytes) && second.ParseFromString(entries[1].bytes));
  EXPECT_EQ(first.kommun(), "0127");
  EXPECT_EQ(first.seq(), 0);
  EXPECT_EQ(first.id(), DeriveId("f", "0127", "k1", 0));
  EXPECT_EQ(second.id(), DeriveId("f", "0127", "k1", 1));
  EXPECT_EQ(FromProto(first.recorded_at()), clock_.Now());
  EXPECT_EQ(FromProto(first.occurred_at()), clock_.Now());
  EXPECT_EQ(FromProto(second.occurred_at()), earlier);
  EXPECT_EQ(second.causation(), 7);
  EXPECT_EQ(first.actor().agency(), "police");
  EXPECT_EQ(first.trace(), "t-1");
}

TEST_F(CommandsTest, DecidesAnewWhenAnothersFactCameBetween) {
  ASSERT_TRUE(commands_->ExecuteAndWait(Asked("k1"), Report("a")).ok());
  ASSERT_EQ(SeverityOf("a"), 3);
  AppendUnheard(Corrected("a", 5), "incident:a");
  std::atomic<int> decided = 0;
  const auto outcome = commands_->ExecuteAndWait(Asked("k2"), Raise("a", &decided));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(decided, 2);
  EXPECT_EQ(SeverityOf("a"), 6);
}

TEST_F(CommandsTest, GivesUpWhenOthersKeepComingBetween) {
  ASSERT_TRUE(commands_->ExecuteAndWait(Asked("k1"), Report("a")).ok());
  ASSERT_EQ(SeverityOf("a"), 3);
  int decided = 0;
  const auto outcome = commands_->ExecuteAndWait(
      Asked("k2"), [&](const Fold&, absl::Time) -> absl::StatusOr<Decision> {
        ++decided;
        AppendUnheard(Corrected("a", 5), "incident:a");
        return Decision{.facts = {Corrected("a", 1)}, .rests_on = {"incident:a"}};
      });
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(decided, 5);
}

TEST_F(CommandsTest, RepeatedKeyAnswersTheFirstResultWhereDecidingAgainWouldFail) {
  const auto first = commands_->ExecuteAndWait(Asked("k1"), Report("a"));
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(SeverityOf("a"), 3);
  ASSERT_TRUE(commands_->ExecuteAndWait(Asked("k2"), Report("b")).ok());
  const auto again = commands_->ExecuteAndWait(Asked("k1"), Report("a"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->seq, first->seq);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(commands_->ExecuteAndWait(Asked("k3"), Report("a")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(log_.appends(), 2);
}

TEST_F(CommandsTest, RepeatedKeyAnswersTheFirstResultWhereThereIsNothingMoreToDo) {
  const auto first = commands_->ExecuteAndWait(Asked("k1"), Report("a"));
  ASSERT_TRUE(first.ok());
  const auto nothing = [](const Fold&, absl::Time) -> absl::StatusOr<Decision> {
    return Decision{};
  };
  const auto again = commands_->ExecuteAndWait(Asked("k1"), nothing);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->seq, first->seq);
  EXPECT_TRUE(again->repeated);
  const auto other = commands_->ExecuteAndWait(Asked("k2"), nothing);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->seq, 0);
  EXPECT_FALSE(other->repeated);
}

TEST_F(CommandsTest, RefusesOnlyOnAStateThatHoldsEveryFact) {
  AppendUnheard(Reported("a"), "incident:a");
  const auto outcome = commands_->ExecuteAndWait(Asked("k1"), Raise("a"));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(SeverityOf("a"), 4);
  EXPECT_EQ(commands_->ExecuteAndWait(Asked("k2"), Raise("b")).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(CommandsTest, ConcurrentIncrementsAreNotLost) {
  constexpr int kThreads = 6;
  constexpr int kEach = 20;
  ASSERT_TRUE(commands_->ExecuteAndWait(Asked("k0"), Report("a")).ok());
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const Command command = Asked(absl::StrCat("k", thread, "-", i));
        absl::StatusOr<Outcome> outcome = commands_->ExecuteAndWait(command, Raise("a"));
        while (absl::IsAborted(outcome.status())) {
          outcome = commands_->ExecuteAndWait(command, Raise("a"));
        }
        EXPECT_TRUE(outcome.ok()) << outcome.status();
      }
    });
  }
  threads.clear();
  // From 3, one step over 9.
  EXPECT_EQ(SeverityOf("a"), 3 + kThreads * kEach + 1);
}

TEST_F(CommandsTest, RepeatAfterAnUnknownOutcomeDoesNotDoItTwice) {
  log_.FailNextAppend(MemoryLog::Fault::kLostAfterWrite);
  EXPECT_EQ(commands_->ExecuteAndWait(Asked("k1"), Report("a")).status().code(),
            absl::StatusCode::kUnavailable);
  const auto again = commands_->ExecuteAndWait(Asked("k1"), Report("a"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->seq, 1);
  EXPECT_EQ(log_.Head("0127", Stream::kFacts).value(), 1);
}

TEST_F(CommandsTest, PassesOnThatTheQueueIsFull) {
  log_.FailNextAppend(MemoryLog::Fault::kQueueFull);
  EXPECT_EQ(commands_->ExecuteAndWait(Asked("k1"), Report("a")).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(CommandsTest, UnknownMunicipalityAndPassedDeadlineAreRefused) {
  Command command = Asked("k1");
  command.kommun = "9999";
  EXPECT_EQ(commands_->ExecuteAndWait(command, Report("a")).status().code(),
            absl::StatusCode::kNotFound);
  command = Asked("k1");
  command.deadline = clock_.Now();
  EXPECT_EQ(commands_->ExecuteAndWait(command, Report("a")).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(log_.appends(), 0);
}

TEST_F(CommandsTest, StoppingAnswersACommandThatWaits) {
  log_.FailReads(true);  // so that the new municipality is known, but its log not read
  ASSERT_TRUE(log_.AppendNow({.kommun = "0180", .idempotency_key = "k0", .facts = {"x"}}).ok());
  ASSERT_TRUE(Eventually([&] { return follower_.Municipalities().size() == 2; }));
  std::atomic<bool> answered = false;
  Command command = Asked("k1");
  command.kommun = "0180";
  commands_->Execute(command, Report("a"), [&](const absl::StatusOr<Outcome>& outcome) {
    EXPECT_EQ(outcome.status().code(), absl::StatusCode::kUnavailable);
    answered = true;
  });
  EXPECT_FALSE(answered);
  follower_.Stop();
  commands_.reset();
  EXPECT_TRUE(answered);
}

TEST_F(CommandsTest, ARefusalNeedsTheLog) {
  log_.FailReads(true);
  EXPECT_EQ(commands_->ExecuteAndWait(Asked("k1"), Raise("a")).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace vaka::fold
