#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/bus/context.h"
#include "libs/bus/publisher.h"
#include "libs/bus/receiver.h"
#include "libs/fold/follower.h"
#include "libs/log/redis_log.h"
#include "libs/redis/client.h"
#include "tests/fault/bus/staleness.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/support/redis_server/test_redis.h"
#include "tests/support/toy_fold/toy_fold.h"

namespace vaka::fault {

// The libraries as a process wires them, around a bus of the test's: a Redis, its log, a publisher,
// and followers that each listen for themselves. Steady appends run beside what the test does.
class BusFaultTest : public testing::Test {
 protected:
  static constexpr char kKommun[] = "0127";
  // The promise.
  static constexpr absl::Duration kStalest = absl::Seconds(2);

  // Connects the publisher to `in`; followers will listen at `out`.
  void Wire(const std::string& in, const std::string& out);

  // A follower that hears through a queue of `queue` messages and takes `slow` over each fact.
  fold::Follower& Follow(const std::string& name, int queue = 20000,
                         absl::Duration slow = absl::ZeroDuration());

  // Appends on a thread of its own until Rest: `facts` an append, `pause` between two.
  void Append(int facts, absl::Duration pause);
  // Until so many more facts stand.
  bool AwaitFacts(uint64_t more);
  // Nothing more is appended; every follower reaches the head.
  void Rest();

  // Every follower knew what stood within the promise, and all are equal to a fresh refold. Writes
  // the counts.
  void ExpectPromiseKept(std::map<std::string, uint64_t> counts);

  fold::Progress ProgressOf(const std::string& name) const;
  uint64_t head() const { return head_; }

  void TearDown() override;

  SystemClock clock_;
  redis::TestRedis redis_;
  bus::Context context_;
  bus::Counters counters_;
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<bus::Publisher> publisher_;
  std::unique_ptr<log::RedisLog> log_;
  std::unique_ptr<redis::Client> witness_client_;
  std::unique_ptr<log::RedisLog> witness_log_;
  std::unique_ptr<Witness> witness_;
  std::unique_ptr<Staleness> staleness_;

 private:
  struct Listener {
    std::unique_ptr<bus::Receiver> receiver;
    std::unique_ptr<fold::Follower> follower;
  };

  std::string out_;
  std::map<std::string, Listener> listeners_;
  std::atomic<uint64_t> head_ = 0;
  std::jthread appending_;
};

}  // namespace vaka::fault
