#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/log/redis_log.h"
#include "tests/support/memory_log/requests.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::log {

// What OnCommitted was told.
class Published {
 public:
  OnCommitted listener() {
    return [this](const std::string& kommun, Stream, uint64_t first,
                  const std::vector<std::string>& facts) {
      absl::MutexLock lock(&mu_);
      for (const std::string& fact : facts) {
        facts_.push_back(absl::StrCat(kommun, " ", first, " ", fact));
      }
    };
  }
  std::vector<std::string> facts() const {
    absl::MutexLock lock(&mu_);
    return facts_;
  }

 private:
  mutable absl::Mutex mu_;
  std::vector<std::string> facts_ ABSL_GUARDED_BY(mu_);
};

// RedisLogs on a Redis of the test's own.
class RedisLogTest : public ::testing::Test {
 protected:
  std::unique_ptr<RedisLog> Open(RedisLogOptions options = {}) {
    options.on_committed = published_.listener();
    return RedisLog::Open(*client_, std::move(options), clock_).value();
  }

  // Appends from many threads, each sending the next when the last is answered, until every one of
  // `total` is acknowledged; refused and unanswered ones are repeated with their key.
  void AppendAll(RedisLog& log, int total) {
    std::atomic<int> next{0};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&] {
        for (int i = next++; i < total; i = next++) {
          const std::string key = absl::StrCat("k", i);
          while (!AppendAndWait(log, Facts("0127", key, {key + "a", key + "b"})).ok()) {
          }
          ++acknowledged_;
        }
      });
    }
  }

  // Every key's two facts, side by side, once; numbers dense.
  void ExpectEachOnce(RedisLog& log, int total) {
    const std::vector<Entry> entries = log.Read("0127", Stream::kFacts, 0, 1'000'000).value();
    ASSERT_EQ(entries.size(), size_t{2} * static_cast<size_t>(total));
    std::set<std::string> keys;
    for (size_t i = 0; i < entries.size(); i += 2) {
      ASSERT_EQ(entries[i].seq, i + 1);
      ASSERT_EQ(entries[i + 1].seq, i + 2);
      const std::string key = entries[i].bytes.substr(0, entries[i].bytes.size() - 1);
      EXPECT_EQ(entries[i + 1].bytes, key + "b");
      keys.insert(key);
    }
    EXPECT_EQ(keys.size(), static_cast<size_t>(total));
  }

  SystemClock clock_;
  redis::TestRedis redis_;
  std::unique_ptr<redis::Client> client_ = redis_.NewClient();
  Published published_;
  std::atomic<int> acknowledged_{0};
};

}  // namespace vaka::log
