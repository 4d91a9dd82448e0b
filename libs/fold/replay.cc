#include "libs/fold/replay.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/fold/read_ahead.h"

namespace vaka::fold {
namespace {

// Between two snapshots, of the facts in the last one: a fact is written into two or three
// snapshots in its life, and a start after a crash reads at most half as many facts as the snapshot
// holds, or as many when they came without a pause.
constexpr uint64_t kShareBetweenSaves = 2;

}  // namespace

absl::Status LostTail(const std::string& kommun, uint64_t head, uint64_t position) {
  return absl::DataLossError(absl::StrCat(
      "the log of ", kommun, " ends at ", head, ", but ", position,
      " facts were read from it before: it has lost its tail; restore it before going on"));
}

Replay::Replay(const FollowerOptions& options, const Follower::Make& make, log::Log& log,
               Clock& clock)
    : options_(options), make_(make), log_(log), clock_(clock) {}

std::unique_ptr<Track> Replay::NewTrack(const std::string& kommun) const {
  auto track = std::make_unique<Track>(std::make_unique<Followed>(kommun, make_(kommun)));
  PlanSave(*track, 0);
  return track;
}

const event::v1::Event* Decode(uint64_t seq, const std::string& bytes,
                               google::protobuf::Arena& arena) {
  auto* event = google::protobuf::Arena::CreateMessage<event::v1::Event>(&arena);
  if (!event->ParseFromString(bytes)) return nullptr;
  event->set_seq(seq);
  return event;
}

absl::Status Replay::Open(Track& track) {
  VAKA_RETURN_IF_ERROR(Restore(track));
  VAKA_RETURN_IF_ERROR(CatchUp(track));
  track.opened = true;
  // Readers are answered first; SaveWhenDue, called when there is time, saves what was read.
  track.followed->Ready();
  return absl::OkStatus();
}

absl::Status Replay::Restore(Track& track) {
  if (!track.restored) VAKA_RETURN_IF_ERROR(LoadSnapshot(track));
  track.restored = true;
  return absl::OkStatus();
}

absl::Status Replay::LoadSnapshot(Track& track) {
  const std::string& kommun = track.followed->kommun();
  absl::StatusOr<std::optional<log::Snapshot>> loaded = log_.LoadSnapshot(kommun, options_.name);
  if (absl::IsDataLoss(loaded.status())) return Ignore(track, loaded.status().message());
  if (!loaded.ok()) return loaded.status();
  if (!loaded->has_value()) return absl::OkStatus();
  const log::Snapshot& snapshot = **loaded;
  // Asked after the snapshot: another process may append and save meanwhile.
  VAKA_ASSIGN(const uint64_t head, log_.Head(kommun, options_.stream));
  if (head < snapshot.position) return LostTail(kommun, head, snapshot.position);
  if (snapshot.schema != options_.schema) {
    return Ignore(track, absl::StrCat("the snapshot has schema ", snapshot.schema, ", not ",
                                      options_.schema));
  }
  std::unique_ptr<Fold> fold = make_(kommun);
  if (const absl::Status status = fold->Restore(snapshot.bytes); !status.ok()) {
    return Ignore(track, absl::StrCat("the snapshot cannot be used: ", status.message()));
  }
  track.followed->Reset(std::move(fold), snapshot.position);
  track.saved = snapshot.position;
  PlanSave(track, snapshot.position);
  return absl::OkStatus();
}

absl::Status Replay::Ignore(Track& track, absl::string_view why) {
  track.followed->CountIgnoredSnapshot();
  LogWarning(options_.name, track.followed->kommun(), ": ", why,
             "; reading the log from its start instead");
  return absl::OkStatus();
}

absl::Status Replay::CheckLast(const Track& track, absl::Span<const log::Entry> entries) {
  const std::string& kommun = track.followed->kommun();
  const uint64_t position = track.followed->position();
  if (entries.empty()) {
    VAKA_ASSIGN(const uint64_t head, log_.Head(kommun, options_.stream));
    return LostTail(kommun, head, position);
  }
  const log::Entry& last = entries.front();
  if (last.seq != position) {
    return absl::DataLossError(absl::StrCat("the log of ", kommun, " has no entry ", position));
  }
  // A damaged one was parked, or is found by who reads it next.
  if (!last.intact || !track.last.has_value() || Crc32c(last.bytes) == *track.last) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(
      "the log of ", kommun, " has another fact at ", position,
      " than was read from it before: it lost its tail and went on; restore it before going on"));
}

absl::Status Replay::CatchUp(Track& track) {
  Followed& followed = *track.followed;
  if (stop_.stop_requested()) return absl::CancelledError("stopping");
  const uint64_t known = followed.position() > 0 ? 1 : 0;  // read again, to be compared
  VAKA_ASSIGN(const std::vector<log::Entry> entries,
              log_.Read(followed.kommun(), options_.stream, followed.position() - known, kPage));
  VAKA_RETURN_IF_ERROR(TakePage(track, entries));
  if (entries.size() == kPage) VAKA_RETURN_IF_ERROR(CatchUpFar(track));
  followed.SawHead(followed.position(), clock_.Steady());
  return absl::OkStatus();
}

absl::StatusOr<bool> Replay::Confirm(Track& track, const log::Ends& ends) const {
  const auto found = ends.of.find(track.followed->kommun());
  if (found == ends.of.end()) return false;
  VAKA_ASSIGN(const log::End end, found->second[static_cast<size_t>(options_.stream)]);
  if (end.seq != track.followed->position()) return false;
  if (end.checksum.has_value() && track.last.has_value() && *end.checksum != *track.last) {
    return false;
  }
  track.followed->SawHead(end.seq, ends.asked);
  return true;
}

absl::Status Replay::CatchUpFar(Track& track) {
  Followed& followed = *track.followed;
  ReadAhead ahead(log_, followed.kommun(), options_.stream, followed.position() - 1, kPage);
  while (!stop_.stop_requested()) {
    VAKA_ASSIGN(const ReadAhead::Page page, ahead.Next());
    VAKA_RETURN_IF_ERROR(TakePage(track, page.entries));
    if (page.entries.size() < kPage) return absl::OkStatus();
    if (page.head > 0) followed.SawHead(page.head, clock_.Steady());
  }
  return absl::CancelledError("stopping");
}

absl::Status Replay::TakeShared(Track& track, const DecodedPage& page) {
  const uint64_t position = track.followed->position();
  if (page.entries.empty() || page.entries.back().seq <= position) return absl::OkStatus();
  const uint64_t first = page.entries.front().seq;
  const size_t known = first < position ? position - first : 0;
  return TakePage(track, absl::MakeSpan(page.entries).subspan(known),
                  absl::MakeSpan(page.events).subspan(known));
}

absl::Status Replay::TakePage(Track& track, absl::Span<const log::Entry> entries,
                              absl::Span<const event::v1::Event* const> events) {
  Followed& followed = *track.followed;
  size_t taken = 0;
  if (followed.position() > 0) {
    VAKA_RETURN_IF_ERROR(CheckLast(track, entries));
    taken = 1;
  }
  for (; taken < entries.size(); ++taken) {
    const log::Entry& entry = entries[taken];
    const uint64_t next = followed.position() + 1;
    if (entry.seq != next) {
      return absl::DataLossError(
          absl::StrCat("the log of ", followed.kommun(), " has no entry ", next));
    }
    TakeEntry(track, entry.seq, entry.bytes, entry.intact,
              events.empty() ? nullptr : events[taken]);
  }
  // Of the last one alone: the others' are never asked for. (Unless an entry is missing, and then
  // nothing is followed any more.)
  if (!entries.empty()) track.last = Crc32c(entries.back().bytes);
  return absl::OkStatus();
}

void Replay::TakeFact(Track& track, uint64_t seq, const std::string& bytes, bool intact) {
  track.last = Crc32c(bytes);
  TakeEntry(track, seq, bytes, intact);
}

void Replay::TakeEntry(Track& track, uint64_t seq, const std::string& bytes, bool intact,
                       const event::v1::Event* decoded) {
  Followed& followed = *track.followed;
  // Who wants every fact wants it decoded.
  if (intact && applied_.empty() && followed.ApplyEncoded(seq, bytes)) return;
  if (intact && decoded == nullptr) {
    arena_.Reset();
    decoded = Decode(seq, bytes, arena_);
  }
  std::string refused;
  if (!intact) {
    refused = "checksum does not match";
  } else if (decoded == nullptr) {
    refused = "not decodable";
  } else {
    refused = Foreign(track, *decoded);
  }
  if (!refused.empty()) {
    Park(track, seq, bytes, intact, refused);
    return followed.Skip(seq);
  }
  if (const absl::Status status = Apply(track, *decoded); !status.ok()) {
    Park(track, seq, bytes, intact, std::string(status.message()));
  }
}

void Replay::TakeMessage(Track& track, const bus::Message& message) {
  if (message.event == nullptr || !Foreign(track, *message.event).empty()) {
    return TakeFact(track, message.seq, message.bytes, /*intact=*/true);
  }
  track.last = Crc32c(message.bytes);
  if (const absl::Status status = Apply(track, *message.event); !status.ok()) {
    Park(track, message.seq, message.bytes, /*intact=*/true, std::string(status.message()));
  }
}

std::string Replay::Foreign(const Track& track, const event::v1::Event& event) {
  if (event.kommun().empty() || event.kommun() == track.followed->kommun()) return "";
  return absl::StrCat("a fact of municipality ", event.kommun());
}

absl::Status Replay::Apply(Track& track, const event::v1::Event& event) {
  VAKA_RETURN_IF_ERROR(track.followed->Apply(event));
  for (const Follower::Applied& applied : applied_) applied(event);
  return absl::OkStatus();
}

void Replay::Park(Track& track, uint64_t seq, const std::string& bytes, bool intact,
                  const std::string& reason) {
  const std::string& kommun = track.followed->kommun();
  track.followed->CountParked();
  // The reason may quote the fact, so it goes to the store, and only number and cause to the log
  // line.
  LogError(options_.name, kommun, ": fact ", seq, " is parked", intact ? "" : ": damaged");
  const absl::Status parked =
      log_.Park(kommun, options_.stream, {seq, bytes, intact}, options_.name, reason);
  if (!parked.ok()) {
    LogError(options_.name, kommun, ": fact ", seq,
             " could not be put aside and is skipped: ", parked.ToString());
  }
}

// A snapshot writes the whole state, which grows with the log: with as many facts between two as a
// share of all, what is written stays in proportion to what was read.
void Replay::PlanSave(Track& track, uint64_t position) const {
  const uint64_t facts = std::max(options_.snapshot_every, position / kShareBetweenSaves);
  track.save_at = position + facts;
  track.save_by = position + 2 * facts;
}

bool Replay::SaveWhenDue(Track& track, bool quiet) {
  const uint64_t position = track.followed->position();
  if (position < track.save_at) return false;
  if (!quiet && position < track.save_by) return true;
  Save(track).IgnoreError();  // was logged
  return false;
}

absl::Status Replay::Save(Track& track) {
  log::Snapshot snapshot;
  snapshot.schema = options_.schema;
  // Only this thread changes the fold, so readers go on while it is written out.
  snapshot.bytes = track.followed->Serialize(&snapshot.position);
  PlanSave(track, snapshot.position);
  const absl::Status status = log_.SaveSnapshot(track.followed->kommun(), options_.name, snapshot);
  if (status.ok()) {
    track.saved = snapshot.position;
  } else {
    LogWarning(options_.name, track.followed->kommun(), ": snapshot at ", snapshot.position,
               " not saved: ", status.ToString());
  }
  return status;
}

}  // namespace vaka::fold
