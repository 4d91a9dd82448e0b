#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/fold/fold.h"
#include "libs/log/log.h"

namespace vaka {

// One kind of state that some service keeps of every municipality.
struct FoldKind {
  std::string name;  // as its follower files snapshots
  uint32_t schema = 0;
  log::Stream stream = log::Stream::kFacts;
  std::function<std::unique_ptr<fold::Fold>()> make;
};

// Every kind there is.
std::vector<FoldKind> AllFolds();

}  // namespace vaka
