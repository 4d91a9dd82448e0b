#include "services/vaka/inspect.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "services/vaka/fact_text.h"
#include "services/vaka/folds.h"
#include "services/vaka/keys.h"
#include "services/vaka/peers.h"
#include "services/vaka/store.h"

namespace vaka {
namespace {

constexpr size_t kBatch = 1000;

log::Stream StreamOf(const InspectOptions& options) {
  return options.deliveries ? log::Stream::kDeliveries : log::Stream::kFacts;
}

std::string HashOf(absl::string_view bytes) { return Hex(Hash256(bytes)); }

// One log read from its start, with the folds that live on it. Prints a line a finding.
class LogCheck {
 public:
  // `peers` were asked before: the log holds all that they hold.
  LogCheck(log::Log& log, std::string kommun, log::Stream stream,
           const std::vector<PeerState>& peers)
      : log_(log), kommun_(std::move(kommun)), stream_(stream) {
    for (FoldKind& kind : AllFolds()) {
      if (kind.stream != stream) continue;
      Checked& fold = folds_.emplace_back();
      fold.fold = kind.make();
      fold.kind = std::move(kind);
      for (const PeerState& peer : peers) {
        if (peer.fold != fold.kind.name) continue;
        fold.others.push_back({peer.peer, peer.schema, peer.position, peer.hash});
      }
    }
  }

  absl::Status Run() {
    for (Checked& fold : folds_) LoadSnapshot(fold);
    // After the snapshots: what is appended and saved meanwhile is no lost tail.
    VAKA_ASSIGN(const uint64_t head, log_.Head(kommun_, stream_));
    for (Checked& fold : folds_) {
      LookAtOthers(fold, head);
      CompareHere(fold);
    }
    while (position_ < head) {
      VAKA_ASSIGN(const std::vector<log::Entry> entries,
                  log_.Read(kommun_, stream_, position_, kBatch));
      if (entries.empty()) {
        Finding(absl::StrCat("the log ends at ", position_, ", but its head is said to be ", head));
        break;
      }
      for (const log::Entry& entry : entries) Take(entry);
    }
    Report();
    return absl::OkStatus();
  }

  uint64_t findings() const { return findings_; }

 private:
  // The same fold's state as somebody else holds it.
  struct Other {
    std::string who;
    uint32_t schema = 0;
    uint64_t position = 0;
    std::string hash;
  };
  struct Checked {
    FoldKind kind;
    std::unique_ptr<fold::Fold> fold;
    std::vector<Other> others;
    std::vector<std::string> agreed;  // who, and where
  };

  void Finding(const std::string& text) {
    ++findings_;
    std::cout << Name() << ": " << text << "\n";
  }

  std::string Name() const {
    return absl::StrCat(kommun_, stream_ == log::Stream::kFacts ? " log" : " deliveries");
  }

  void LoadSnapshot(Checked& fold) {
    absl::StatusOr<std::optional<log::Snapshot>> snapshot =
        log_.LoadSnapshot(kommun_, fold.kind.name);
    if (!snapshot.ok()) {
      return Finding(absl::StrCat(fold.kind.name, ": its snapshot: ", snapshot.status().message()));
    }
    if (!snapshot->has_value()) return;
    fold.others.push_back(
        {"its snapshot", (*snapshot)->schema, (*snapshot)->position, HashOf((*snapshot)->bytes)});
  }

  void LookAtOthers(const Checked& fold, uint64_t head) {
    for (const Other& other : fold.others) {
      if (other.schema != fold.kind.schema) {
        std::cout << Name() << ": " << fold.kind.name << ": " << other.who << " has schema "
                  << other.schema << ", this program " << fold.kind.schema << "; not compared\n";
      } else if (other.position > head) {
        Finding(absl::StrCat(fold.kind.name, ": ", other.who, " is at ", other.position,
                             ", the log ends at ", head, ": the log's tail was lost"));
      }
    }
  }

  void Take(const log::Entry& entry) {
    if (entry.seq != position_ + 1)
      Finding(absl::StrCat("after ", position_, " comes ", entry.seq));
    position_ = entry.seq;
    event::v1::Event event;
    if (!entry.intact) {
      Finding(absl::StrCat(entry.seq, " is damaged: its checksum does not match"));
    } else if (!event.ParseFromString(entry.bytes)) {
      Finding(absl::StrCat(entry.seq, " does not decode"));
    } else if (!event.kommun().empty() && event.kommun() != kommun_) {
      // Every follower puts it aside, so no state here may hold it either.
      Finding(absl::StrCat(entry.seq, " is a fact of municipality ", event.kommun()));
    } else if (FactName(event).empty()) {
      Finding(absl::StrCat(entry.seq, " is of a kind that this program does not know"));
    } else {
      event.set_seq(entry.seq);
      for (Checked& fold : folds_) Apply(fold, event);
    }
    for (Checked& fold : folds_) CompareHere(fold);
  }

  void Apply(Checked& fold, const event::v1::Event& event) {
    if (const absl::Status status = fold.fold->Apply(event); !status.ok()) {
      Finding(absl::StrCat(event.seq(), " is not taken in by ", fold.kind.name, ": ",
                           status.message()));
    }
  }

  // What services that ran against the same log hold at this position, and the log folded anew.
  void CompareHere(Checked& fold) {
    std::string own;
    for (const Other& other : fold.others) {
      if (other.position != position_ || other.schema != fold.kind.schema) continue;
      if (own.empty()) own = HashOf(fold.fold->Serialize());
      if (other.hash == own) {
        fold.agreed.push_back(absl::StrCat(other.who, " at ", position_));
      } else {
        Finding(absl::StrCat(fold.kind.name, ": ", other.who, " at ", position_,
                             " differs from the log folded anew"));
      }
    }
  }

  void Report() const {
    std::cout << Name() << ": " << position_ << " facts";
    for (const Checked& fold : folds_) {
      std::cout << ", " << fold.kind.name << " " << HashOf(fold.fold->Serialize()).substr(0, 12);
      if (!fold.agreed.empty())
        std::cout << " (agrees with " << absl::StrJoin(fold.agreed, ", ") << ")";
    }
    std::cout << "\n";
  }

  log::Log& log_;
  const std::string kommun_;
  const log::Stream stream_;
  std::vector<Checked> folds_;
  uint64_t position_ = 0;
  uint64_t findings_ = 0;
};

void Print(const log::Entry& entry, const InspectOptions& options) {
  event::v1::Event event;
  if (!entry.intact || !event.ParseFromString(entry.bytes)) {
    std::cout << entry.seq << "  (damaged)\n";
    return;
  }
  event.set_seq(entry.seq);
  std::cout << (options.json ? FactJson(event) : FactLine(event)) << "\n";
}

// Prints what lies after `position` up to `to`; moves the position.
absl::Status PrintAfter(log::Log& log, const std::string& kommun, const InspectOptions& options,
                        uint64_t to, uint64_t& position) {
  while (position < to) {
    VAKA_ASSIGN(
        const std::vector<log::Entry> entries,
        log.Read(kommun, StreamOf(options), position, std::min<uint64_t>(kBatch, to - position)));
    if (entries.empty()) break;
    for (const log::Entry& entry : entries) Print(entry, options);
    position = entries.back().seq;
  }
  std::cout << std::flush;
  return absl::OkStatus();
}

// What every peer holds of the municipality. One that says that the log lost what it had read is a
// finding.
absl::StatusOr<std::vector<PeerState>> AskAll(const StoreOptions& store,
                                              const std::vector<std::string>& peers,
                                              const std::string& kommun, uint64_t& findings) {
  std::vector<PeerState> all;
  if (peers.empty()) return all;
  VAKA_ASSIGN(const rpc::Tokens tokens, LoadTokens(store.KeysFolder()));
  for (const std::string& peer : peers) {
    const absl::StatusOr<std::vector<PeerState>> states =
        AskStates(peer, kommun, tokens, store.KeysFolder());
    if (absl::IsDataLoss(states.status())) {
      ++findings;
      std::cout << kommun << " log: " << states.status().message() << "\n";
      continue;
    }
    VAKA_RETURN_IF_ERROR(states.status());
    all.insert(all.end(), states->begin(), states->end());
  }
  return all;
}

}  // namespace

absl::Status Check(const StoreOptions& store_options, const InspectOptions& options) {
  SystemClock clock;
  VAKA_ASSIGN(const std::unique_ptr<Store> store, OpenStore(store_options, clock));
  VAKA_ASSIGN(std::vector<std::string> kommuns, store->log->Municipalities());
  if (!options.kommun.empty()) {
    VAKA_ASSIGN(const std::string kommun, ChooseKommun(*store->log, options.kommun));
    kommuns = {kommun};
  }
  uint64_t findings = 0;
  for (const std::string& kommun : kommuns) {
    VAKA_ASSIGN(const std::vector<PeerState> peers,
                AskAll(store_options, options.peers, kommun, findings));
    for (const log::Stream stream : {log::Stream::kFacts, log::Stream::kDeliveries}) {
      LogCheck check(*store->log, kommun, stream, peers);
      VAKA_RETURN_IF_ERROR(check.Run());
      findings += check.findings();
    }
  }
  std::cout << kommuns.size() << " municipalities, " << findings << " findings\n";
  return findings == 0
             ? absl::OkStatus()
             : absl::DataLossError("the log is not as it should be; see the findings above");
}

absl::Status ShowLog(const StoreOptions& store_options, const InspectOptions& options) {
  SystemClock clock;
  VAKA_ASSIGN(const std::unique_ptr<Store> store, OpenStore(store_options, clock));
  VAKA_ASSIGN(const std::string kommun, ChooseKommun(*store->log, options.kommun));
  VAKA_ASSIGN(const uint64_t head, store->log->Head(kommun, StreamOf(options)));
  uint64_t position = options.from == 0 ? 0 : options.from - 1;
  return PrintAfter(*store->log, kommun, options,
                    options.to == 0 ? head : std::min(options.to, head), position);
}

absl::Status TailLog(const StoreOptions& store_options, const InspectOptions& options) {
  SystemClock clock;
  VAKA_ASSIGN(const std::unique_ptr<Store> store, OpenStore(store_options, clock));
  VAKA_ASSIGN(const std::string kommun, ChooseKommun(*store->log, options.kommun));
  VAKA_ASSIGN(uint64_t head, store->log->Head(kommun, StreamOf(options)));
  uint64_t position = head > options.last ? head - options.last : 0;
  std::stop_source never;
  do {
    VAKA_RETURN_IF_ERROR(PrintAfter(*store->log, kommun, options, head, position));
    clock.SleepFor(absl::Milliseconds(300), never.get_token());
    VAKA_ASSIGN(head, store->log->Head(kommun, StreamOf(options)));
  } while (true);
}

}  // namespace vaka
