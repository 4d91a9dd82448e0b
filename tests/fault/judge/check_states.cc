#include <map>
#include <tuple>

#include "tests/fault/judge/checks.h"

namespace vaka::fault {

void CheckStates(const Evidence& evidence, Verdict& verdict) {
  std::map<std::tuple<std::string, std::string, uint64_t>, std::string> refold;
  for (const StateHash& state : evidence.refold) {
    refold[{state.kommun, state.fold, state.position}] = state.hash;
  }
  for (const StateHash& state : evidence.states) {
    const std::string what =
        absl::StrCat(state.kommun, ": ", state.fold, " at ", state.position, " of ", state.who);
    const auto anew = refold.find({state.kommun, state.fold, state.position});
    ++verdict.counts.states;
    if (anew == refold.end()) {
      Charged(verdict, Charge::kDiverged, what, ": the log does not reach that far");
    } else if (anew->second != state.hash) {
      Charged(verdict, Charge::kDiverged, what, " is ", state.hash.substr(0, 12),
              ", the log folded anew ", anew->second.substr(0, 12));
    }
  }
}

}  // namespace vaka::fault
