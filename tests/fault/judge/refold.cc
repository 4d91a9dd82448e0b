#include "tests/fault/judge/refold.h"

#include <memory>
#include <set>

#include "libs/base/ids.h"
#include "services/vaka/folds.h"

namespace vaka::fault {
namespace {

void RefoldOne(const Municipality& town, const FoldKind& kind, const std::set<uint64_t>& positions,
               std::vector<StateHash>& out) {
  const std::unique_ptr<fold::Fold> fold = kind.make();
  const auto note = [&](uint64_t position) {
    if (!positions.contains(position)) return;
    out.push_back({"refold", town.kommun, kind.name, position, Hex(Hash256(fold->Serialize()))});
  };
  note(0);
  for (const StoredFact& fact : kind.stream == log::Stream::kFacts ? town.facts : town.deliveries) {
    const bool elsewhere = !fact.event.kommun().empty() && fact.event.kommun() != town.kommun;
    // What is refused or of another municipality is parked by followers.
    if (fact.intact && !elsewhere) (void)fold->Apply(fact.event);
    note(fact.seq);
  }
}

}  // namespace

std::vector<StateHash> Refold(const Municipality& town, const std::vector<StateHash>& wanted) {
  std::vector<StateHash> hashes;
  for (const FoldKind& kind : AllFolds()) {
    const std::vector<StoredFact>& facts =
        kind.stream == log::Stream::kFacts ? town.facts : town.deliveries;
    std::set<uint64_t> positions = {facts.empty() ? 0 : facts.back().seq};
    for (const StateHash& state : wanted) {
      if (state.kommun == town.kommun && state.fold == kind.name) positions.insert(state.position);
    }
    RefoldOne(town, kind, positions, hashes);
  }
  return hashes;
}

}  // namespace vaka::fault
