#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace vaka::log {

// The two logs of a municipality: {0127}:log and {0127}:deliveries. Both are numbered densely
// from 1.
enum class Stream : uint8_t { kFacts = 0, kDeliveries = 1 };

// A subject's key, sealed by the vault's master key; stored in {0127}:vault with the append that
// needs it first. When two appends made one for the same subject at the same time, both are kept,
// one after the other, so that nothing sealed is ever lost.
struct SubjectKey {
  std::string subject;
  std::string sealed;
};

struct AppendRequest {
  std::string kommun;
  Stream stream = Stream::kFacts;
  std::string idempotency_key;          // 1–64 bytes; remembered for at least seven days
  std::vector<std::string> facts = {};  // serialized vaka.event.v1.Event without seq; at least one
  std::vector<std::string> rests_on = {};  // aggregates that the decision read, e.g. "shift:s-1"
  uint64_t seen = 0;                       // position of the state that the decision was made on
  std::vector<SubjectKey> keys = {};
};

struct Appended {
  uint64_t first = 0;
  uint64_t last = 0;
  bool repeated = false;  // the key was seen before: these are the first append's numbers
};

struct Entry {
  uint64_t seq = 0;
  std::string bytes;
  bool intact = true;  // false: the stored checksum does not match; `bytes` are what was read
};

// What a log ends with.
struct End {
  uint64_t seq = 0;  // 0: the log is empty
  // CRC32C of the entry's bytes; nothing: it is damaged, or there is none.
  std::optional<uint32_t> checksum = std::nullopt;
};

// What every log ends with at a moment.
struct Ends {
  absl::Time asked = absl::InfinitePast();  // by Clock::Steady: it was so then, or later
  // By municipality, as Municipalities lists them; by stream.
  std::map<std::string, std::array<absl::StatusOr<End>, 2>> of = {};
};

struct Snapshot {
  uint32_t schema = 0;
  uint64_t position = 0;
  std::string bytes;
};

using AppendDone = std::function<void(absl::StatusOr<Appended>)>;

// A municipality's totally ordered log of facts, and what belongs to it by the same hash tag.
// Thread-safe. Two implementations: RedisLog (durable) and MemoryLog (tests).
//
// Append is all or nothing: OK after every fact is on disk, numbered without a hole.
// INVALID_ARGUMENT: see libs/log/request.h. ABORTED: an
// aggregate in `rests_on` was appended to after `seen`; nothing was written. RESOURCE_EXHAUSTED:
// the queue is full; nothing was written. UNAVAILABLE: it is not known whether it was written;
// repeat with the same key. DATA_LOSS: the log has lost its tail; nothing was written.
class Log {
 public:
  virtual ~Log() = default;

  // `done` runs once, on the log's thread, or on the caller's before Append returns (a refusal); it
  // must not block.
  virtual void Append(AppendRequest request, AppendDone done) = 0;

  // The result of an earlier append with this key, if it is remembered.
  virtual absl::StatusOr<std::optional<Appended>> Seen(const std::string& kommun, Stream stream,
                                                       const std::string& idempotency_key) = 0;

  // Entries with seq > `after`, in order, at most `limit`.
  virtual absl::StatusOr<std::vector<Entry>> Read(const std::string& kommun, Stream stream,
                                                  uint64_t after, size_t limit) = 0;

  // Number of the last entry; 0 for an empty log.
  virtual absl::StatusOr<uint64_t> Head(const std::string& kommun, Stream stream) = 0;

  // What all logs end with, asked at `since` (of Clock::Steady) or later: whoever asks for the same
  // moment shares one answer, also that it failed.
  virtual absl::StatusOr<std::shared_ptr<const Ends>> EndsSince(absl::Time since) = 0;

  // Every municipality that has a log, sorted.
  virtual absl::StatusOr<std::vector<std::string>> Municipalities() = 0;

  // The newest snapshot that `fold` saved. DATA_LOSS when its checksum does not match.
  virtual absl::StatusOr<std::optional<Snapshot>> LoadSnapshot(const std::string& kommun,
                                                               const std::string& fold) = 0;
  virtual absl::Status SaveSnapshot(const std::string& kommun, const std::string& fold,
                                    const Snapshot& snapshot) = 0;

  // Puts an entry that could not be decoded or applied aside, with why; {0127}:parked.
  virtual absl::Status Park(const std::string& kommun, Stream stream, const Entry& entry,
                            const std::string& fold, const std::string& reason) = 0;

  // Sealed keys of subjects, in their order; a subject's several keys one after the other; empty
  // string: none (never made, or erased).
  virtual absl::StatusOr<std::vector<std::string>> SubjectKeys(
      const std::string& kommun, const std::vector<std::string>& subjects) = 0;
  // OK also when there was none.
  virtual absl::Status EraseSubjectKey(const std::string& kommun, const std::string& subject) = 0;
};

// Called on the log's thread after facts are durable and before their append's `done`; must not
// block.
using OnCommitted = std::function<void(const std::string& kommun, Stream stream, uint64_t first_seq,
                                       const std::vector<std::string>& facts)>;

}  // namespace vaka::log
