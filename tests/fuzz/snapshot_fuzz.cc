// Any bytes as a snapshot: refused or taken, but never a crash; what was taken can be kept again.
#include "services/vaka/folds.h"
#include "tests/fuzz/tape.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const kinds = new std::vector<vaka::FoldKind>(vaka::AllFolds());
  if (size == 0) return 0;
  const vaka::FoldKind& kind = (*kinds)[data[0] % kinds->size()];
  const auto fold = kind.make();
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!fold->Restore(bytes).ok()) return 0;
  const std::string kept = fold->Serialize();
  const auto again = kind.make();
  vaka::fuzz::Require(again->Restore(kept).ok(), "a fold restores its own snapshot");
  vaka::fuzz::Require(again->Serialize() == kept, "a restored state gives the same bytes");
  return 0;
}
