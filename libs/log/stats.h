#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace vaka::log {

// Upper bounds of the batch sizes that are counted apart; larger ones go into one more.
inline constexpr std::array<uint64_t, 8> kBatchBounds = {1, 2, 5, 10, 25, 100, 250, 1000};

// What a RedisLog has done since it was opened; for metrics.
struct Stats {
  uint64_t appends = 0;       // that were written, this log being their first answer
  uint64_t facts = 0;         // in them
  uint64_t repeated = 0;      // answered with an earlier append's numbers
  uint64_t aborted = 0;       // an aggregate had changed
  uint64_t refused = 0;       // the queue was full
  uint64_t failed = 0;        // UNAVAILABLE and other errors
  uint64_t resent = 0;        // sent again because no answer came
  uint64_t reconnects = 0;    // connections that were lost in use
  uint64_t damaged = 0;       // entries and snapshots read whose checksum does not match
  uint64_t queued = 0;        // appends not answered yet
  uint64_t queued_bytes = 0;  // of them
  std::array<uint64_t, kBatchBounds.size() + 1> batches = {};  // by size, not cumulative
  uint64_t batched = 0;                                        // appends in all batches
};

// The counters behind Stats, shared by the log's threads.
struct Counters {
  std::atomic<uint64_t> appends{0};
  std::atomic<uint64_t> facts{0};
  std::atomic<uint64_t> repeated{0};
  std::atomic<uint64_t> aborted{0};
  std::atomic<uint64_t> refused{0};
  std::atomic<uint64_t> failed{0};
  std::atomic<uint64_t> resent{0};
  std::atomic<uint64_t> damaged{0};
  std::atomic<uint64_t> queued{0};
  std::atomic<uint64_t> queued_bytes{0};
  std::array<std::atomic<uint64_t>, kBatchBounds.size() + 1> batches = {};
  std::atomic<uint64_t> batched{0};
};

}  // namespace vaka::log
