// Any history, applied to any fold: nothing crashes, a refused fact leaves no trace, a state
// restored from its snapshot is the same and goes on the same, and a fact taken in from its bytes
// is the decoded one.
#include <memory>

#include "libs/fold/encoded_fold.h"
#include "services/vaka/folds.h"
#include "tests/fuzz/tape.h"

namespace vaka::fuzz {
namespace {

constexpr size_t kMostFacts = 40;

std::vector<event::v1::Event> HistoryFrom(Tape& tape, bool wire) {
  if (wire) return FactsOnWire(tape);
  std::vector<event::v1::Event> facts;
  while (!tape.AtEnd() && facts.size() < kMostFacts) {
    facts.push_back(FactFrom(tape, facts.size() + 1));
  }
  return facts;
}

// `bytes` are the fold's before and after.
void ApplyTo(fold::Fold& fold, const event::v1::Event& fact, std::string& bytes) {
  const bool taken = fold.Apply(fact).ok();
  std::string after = fold.Serialize();
  Require(taken || after == bytes, "a refused fact leaves the state as it was");
  bytes = std::move(after);
}

// As a follower does: from the bytes, where the fold can.
void ApplyEncoded(fold::Fold& fold, const event::v1::Event& fact) {
  auto* const encoded = dynamic_cast<fold::EncodedFold*>(&fold);
  const bool taken = encoded != nullptr &&
                     encoded->ApplyEncoded(fact.kommun(), fact.seq(), fact.SerializeAsString());
  if (!taken) fold.Apply(fact).IgnoreError();
}

std::unique_ptr<fold::Fold> RestoredFrom(const FoldKind& kind, const std::string& bytes) {
  auto fold = kind.make();
  Require(fold->Restore(bytes).ok(), "a fold restores its own snapshot");
  Require(fold->Serialize() == bytes, "a restored state gives the bytes it was restored from");
  return fold;
}

}  // namespace
}  // namespace vaka::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vaka::fuzz;
  static const auto* const kinds = new std::vector<vaka::FoldKind>(vaka::AllFolds());
  if (size < 2) return 0;
  Tape tape(data, size);
  const uint8_t choice = tape.Byte();
  const vaka::FoldKind& kind = (*kinds)[choice % kinds->size()];
  const size_t snapshot_after = tape.Byte() % 16;
  const auto facts = HistoryFrom(tape, choice >= 192);

  const auto whole = kind.make();
  std::string bytes = whole->Serialize();
  auto restarted = kind.make();
  for (size_t i = 0; i < facts.size(); ++i) {
    ApplyTo(*whole, facts[i], bytes);
    ApplyEncoded(*restarted, facts[i]);
    if (i == snapshot_after) restarted = RestoredFrom(kind, restarted->Serialize());
  }
  Require(restarted->Serialize() == bytes,
          "a fold that was restored on the way, or reads bytes, ends in the same state");
  RestoredFrom(kind, bytes);
  return 0;
}
