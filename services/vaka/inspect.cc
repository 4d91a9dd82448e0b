#include "services/vaka/inspect.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <stop_token>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "services/vaka/fact_text.h"
#include "services/vaka/folds.h"
#include "services/vaka/store.h"

namespace vaka {
namespace {

constexpr size_t kBatch = 1000;

log::Stream StreamOf(const InspectOptions& options) {
  return options.deliveries ? log::Stream::kDeliveries : log::Stream::kFacts;
}

// One log read from its start, with the folds that live on it. Prints a line a finding.
class LogCheck {
 public:
  LogCheck(log::Log& log, std::string kommun, log::Stream stream)
      : log_(log), kommun_(std::move(kommun)), stream_(stream) {
    for (FoldKind& kind : AllFolds()) {
      if (kind.stream == stream) folds_.push_back({kind, kind.make(), std::nullopt, false});
    }
  }

  absl::Status Run() {
    VAKA_ASSIGN(const uint64_t head, log_.Head(kommun_, stream_));
    for (Checked& fold : folds_) LoadSnapshot(fold, head);
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
  struct Checked {
    FoldKind kind;
    std::unique_ptr<fold::Fold> fold;
    std::optional<log::Snapshot> snapshot;
    bool compared = false;
  };

  void Finding(const std::string& text) {
    ++findings_;
    std::cout << Name() << ": " << text << "\n";
  }

  std::string Name() const {
    return absl::StrCat(kommun_, stream_ == log::Stream::kFacts ? " log" : " deliveries");
  }

  void LoadSnapshot(Checked& fold, uint64_t head) {
    absl::StatusOr<std::optional<log::Snapshot>> snapshot =
        log_.LoadSnapshot(kommun_, fold.kind.name);
    if (!snapshot.ok())
      return Finding(
          absl::StrCat("snapshot of ", fold.kind.name, ": ", snapshot.status().message()));
    if (!snapshot->has_value() || (*snapshot)->schema != fold.kind.schema) return;
    fold.snapshot = **snapshot;
    if (fold.snapshot->position > head) {
      Finding(absl::StrCat("snapshot of ", fold.kind.name, " is at ", fold.snapshot->position,
                           ", the log ends at ", head, ": its tail was lost"));
    }
    if (fold.snapshot->position == 0) Compare(fold);
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
    } else if (FactName(event).empty()) {
      Finding(absl::StrCat(entry.seq, " is of a kind that this program does not know"));
    } else {
      event.set_seq(entry.seq);
      for (Checked& fold : folds_) Apply(fold, event);
    }
    for (Checked& fold : folds_) {
      if (fold.snapshot.has_value() && fold.snapshot->position == position_) Compare(fold);
    }
  }

  void Apply(Checked& fold, const event::v1::Event& event) {
    if (const absl::Status status = fold.fold->Apply(event); !status.ok()) {
      Finding(absl::StrCat(event.seq(), " is not taken in by ", fold.kind.name, ": ",
                           status.message()));
    }
  }

  // The snapshot of a service that ran against the same log, folded anew.
  void Compare(Checked& fold) {
    fold.compared = true;
    if (fold.fold->Serialize() != fold.snapshot->bytes) {
      Finding(absl::StrCat("snapshot of ", fold.kind.name, " at ", position_,
                           " differs from the log folded anew"));
    }
  }

  void Report() const {
    std::cout << Name() << ": " << position_ << " facts";
    for (const Checked& fold : folds_) {
      std::cout << ", " << fold.kind.name << " "
                << Hex(Hash256(fold.fold->Serialize())).substr(0, 12);
      if (fold.compared)
        std::cout << " (agrees with its snapshot at " << fold.snapshot->position << ")";
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
    for (const log::Stream stream : {log::Stream::kFacts, log::Stream::kDeliveries}) {
      LogCheck check(*store->log, kommun, stream);
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
