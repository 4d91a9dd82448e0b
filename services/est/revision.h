#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "vaka/est/v1/types.pb.h"

namespace vaka::est {

// Why a cell may differ from what was published; bits, since several can be true.
enum Reason : uint32_t {
  kLateReport = 1,
  kCorrected = 2,
  kWithdrawn = 4,
  kLinked = 8,
  kContribution = 16,
  kJudgement = 32,
};

// "late report, withdrawn"; "recomputed" for none: the cell's own facts are as they were, but what
// it is compared with has changed.
std::string ReasonText(uint32_t reasons);

struct Touched {
  uint32_t reasons = 0;
  uint64_t seq = 0;  // of the last fact
};
using CellPlace = std::pair<std::string, std::string>;  // district, category
using TouchedCells = std::map<CellPlace, Touched>;

// What differs from `before` to `after`, sorted by district, category: a count, a judgement, or a
// flag that is or was an alarm (UNUSUAL or CLEAR). Smaller steps of a flag come and go with the
// baseline and are no news.
std::vector<v1::CellChange> DifferencesOf(const v1::Picture& before, const v1::Picture& after,
                                          const TouchedCells& touched);

}  // namespace vaka::est
