#pragma once

#include <array>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "google/protobuf/arena.h"
#include "libs/base/clock.h"
#include "libs/bus/bus.h"
#include "libs/fold/followed.h"
#include "libs/fold/follower.h"
#include "libs/log/log.h"

namespace vaka::fold {

// One municipality, and what the follower's thread alone knows of it.
struct Track {
  explicit Track(std::unique_ptr<Followed> f) : followed(std::move(f)) {}

  const std::unique_ptr<Followed> followed;
  bool restored = false;  // from the newest snapshot, or there is none that can be used
  bool opened = false;    // snapshot and log were read
  uint64_t saved = 0;     // position of the newest snapshot
  uint64_t save_at = 0;   // where the next is due
  uint64_t save_by = 0;   // where it does not wait any longer for a quiet moment
  // Checksum of the fact at the position; nothing right after a snapshot.
  std::optional<uint32_t> last = std::nullopt;
};

// Facts read from the log at a time.
inline constexpr size_t kPage = 2000;

// What the bytes of the fact `seq` decode as, in `arena`; null: nothing.
const event::v1::Event* Decode(uint64_t seq, const std::string& bytes,
                               google::protobuf::Arena& arena);

// A page of a log, decoded for all who take it.
struct DecodedPage {
  std::vector<log::Entry> entries;
  std::vector<const event::v1::Event*> events;  // by Decode, as many as entries; null: damaged
};

// Brings folds to the head of their logs, parks what cannot be taken in, and files snapshots.
// Belongs to one thread.
class Replay final {
 public:
  // All outlive this object.
  Replay(const FollowerOptions& options, const Follower::Make& make, log::Log& log, Clock& clock);

  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  void OnApplied(Follower::Applied applied) { applied_.push_back(std::move(applied)); }

  // From now on CatchUp gives up with CANCELLED when `stop` is requested.
  void StopOn(std::stop_token stop) { stop_ = std::move(stop); }

  std::unique_ptr<Track> NewTrack(const std::string& kommun) const;

  // Newest snapshot, then the log to its head; then readers are answered. Saves nothing. Repeated
  // after a failure it goes on where it stood. DATA_LOSS: the head lies below the snapshot. A
  // snapshot that is damaged, of another schema or not restorable is ignored.
  absl::Status Open(Track& track);

  // The first half of Open, once.
  absl::Status Restore(Track& track);

  // Takes what is new of a page that may begin before the position. DATA_LOSS as CatchUp.
  absl::Status TakeShared(Track& track, const DecodedPage& page);

  // Reads the log to its head, a long one ahead of what is folded. DATA_LOSS: an entry is missing;
  // or the one at the position is gone, or is another than was taken in there: what was appended
  // behind it rests on another past.
  absl::Status CatchUp(Track& track);

  // Whether the log ends where the fold stands, with the fact that was taken in there: then there
  // is nothing to catch up with. UNAVAILABLE and the like: it could not be asked.
  absl::StatusOr<bool> Confirm(Track& track, const log::Ends& ends) const;

  // Takes in the fact after the position, or parks it.
  void TakeFact(Track& track, uint64_t seq, const std::string& bytes, bool intact);
  void TakeMessage(Track& track, const bus::Message& message);

  // Saves a snapshot when enough is new and nothing else is to be done, or twice as much is new.
  // True: one is due, and waits for that. Failure is logged, and tried again that much later.
  bool SaveWhenDue(Track& track, bool quiet);
  absl::Status Save(Track& track);

 private:
  absl::Status LoadSnapshot(Track& track);
  // When the next snapshot is to be saved, with the last at `position`.
  void PlanSave(Track& track, uint64_t position) const;
  // CatchUp after a full page.
  absl::Status CatchUpFar(Track& track);
  // Takes in what comes after the position. The first entry is the one at the position, unless that
  // is 0. `events`: what the entries decode as, or empty.
  absl::Status TakePage(Track& track, absl::Span<const log::Entry> entries,
                        absl::Span<const event::v1::Event* const> events = {});
  // TakeFact, without minding its checksum. `decoded`: what the bytes decode as, if known.
  void TakeEntry(Track& track, uint64_t seq, const std::string& bytes, bool intact,
                 const event::v1::Event* decoded = nullptr);
  // The log's entry at the position, or nothing, against what was taken in there.
  absl::Status CheckLast(const Track& track, absl::Span<const log::Entry> entries);
  // Goes on without the snapshot.
  absl::Status Ignore(Track& track, absl::string_view why);
  // Why a decoded fact does not belong to this log, or nothing.
  static std::string Foreign(const Track& track, const event::v1::Event& event);
  // The fold's word; the position has moved.
  absl::Status Apply(Track& track, const event::v1::Event& event);
  void Park(Track& track, uint64_t seq, const std::string& bytes, bool intact,
            const std::string& reason);

  // Constant after the follower's start.
  const FollowerOptions& options_;
  const Follower::Make& make_;
  log::Log& log_;
  Clock& clock_;
  std::vector<Follower::Applied> applied_;

  std::stop_token stop_;
  // Facts are parsed into one reused block: allocation would cost more than parsing.
  std::array<char, 64 * 1024> arena_block_;
  google::protobuf::Arena arena_{arena_block_.data(), arena_block_.size()};
};

// DATA_LOSS: the log of `kommun` ends before what was read from it.
absl::Status LostTail(const std::string& kommun, uint64_t head, uint64_t position);

}  // namespace vaka::fold
