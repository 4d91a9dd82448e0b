#include <algorithm>
#include <map>
#include <vector>

#include "libs/base/ids.h"
#include "tests/fault/judge/checks.h"

namespace vaka::fault {
namespace {

void CheckStream(const std::string& name, const std::vector<StoredFact>& facts, uint64_t head,
                 Verdict& verdict) {
  uint64_t last = 0;
  for (const StoredFact& fact : facts) {
    if (fact.seq != last + 1) {
      Charged(verdict, Charge::kHole, name, ": after ", last, " comes ", fact.seq);
    }
    last = fact.seq;
    if (!fact.intact) Charged(verdict, Charge::kDamaged, name, ": ", fact.seq);
  }
  if (last != head) {
    Charged(verdict, Charge::kHole, name, " ends at ", last, ", its head is said to be ", head);
  }
}

// All calls with one key.
struct CommandCalls {
  std::vector<const Operation*> calls;
  bool unknown = false;
  bool refused = false;
  const Operation* acknowledged = nullptr;  // with a number, if there is such a one

  void Add(const Operation& call) {
    calls.push_back(&call);
    switch (call.outcome) {
      case Outcome::kAcknowledged:
        if (acknowledged == nullptr || call.seq > 0) acknowledged = &call;
        break;
      case Outcome::kRefused:
        refused = true;
        break;
      case Outcome::kPending:
      case Outcome::kUnknown:
        unknown = true;
        break;
    }
  }
};

std::string Describe(const Operation& call) {
  return absl::StrCat(call.client, " ", call.rpc.substr(call.rpc.rfind('.') + 1), " ", call.key);
}

class CommandCheck {
 public:
  CommandCheck(const Municipality& town, Verdict& verdict) : town_(town), verdict_(verdict) {
    for (const StoredFact& fact : town.facts) {
      if (fact.intact) places_[fact.event.id()].push_back(fact.seq);
    }
    for (const auto& [id, seqs] : places_) {
      if (seqs.size() > 1) {
        Charged(verdict, Charge::kDoubled, town.kommun, ": fact ", id, " is there ", seqs.size(),
                " times, at ", seqs[0], " and ", seqs[1]);
      }
    }
  }

  void Check(const std::string& command, const CommandCalls& all) {
    const uint64_t last = Claim(command);
    Count(all, last);
    if (all.acknowledged != nullptr) return CheckAcknowledged(all, last);
    if (last != 0 && !all.unknown) {
      Charged(verdict_, Charge::kRefusedDone, town_.kommun, ": ", Describe(*all.calls.back()),
              " was refused (", all.calls.back()->error, "), and is in the log at ", last);
    }
  }

  std::set<uint64_t> claimed() { return std::move(claimed_); }

 private:
  // Marks the facts of a command, which follow each other; the last one's number, 0: none.
  uint64_t Claim(const std::string& command) {
    uint64_t last = 0;
    for (int place = 0;; ++place) {
      const auto at = places_.find(DeriveId("f", town_.kommun, command, place));
      if (at == places_.end()) return last;
      claimed_.insert(at->second.begin(), at->second.end());
      const uint64_t seq = at->second.front();
      if (last != 0 && seq != last + 1) {
        Charged(verdict_, Charge::kHole, town_.kommun, ": fact ", place, " of command ", command,
                " is at ", seq, ", the one before it at ", last);
      }
      last = seq;
    }
  }

  void Count(const CommandCalls& all, uint64_t last) {
    Counts& counts = verdict_.counts;
    ++counts.commands;
    if (all.acknowledged != nullptr) {
      ++counts.acknowledged;
    } else if (all.unknown) {
      ++counts.unknown;
      if (last != 0) ++counts.unknown_done;
    } else {
      ++counts.refused;
    }
  }

  // An answer without a number says that nothing had to change; an earlier call of unknown outcome
  // may have changed it.
  void CheckAcknowledged(const CommandCalls& all, uint64_t last) {
    const Operation& answer = *all.acknowledged;
    if (answer.seq == 0) return;
    if (last == 0) {
      Charged(verdict_, Charge::kLost, town_.kommun, ": ", Describe(answer),
              " was acknowledged as ", answer.seq, " and is not in the log");
      return;
    }
    for (const Operation* call : all.calls) {
      if (call->outcome != Outcome::kAcknowledged || call->seq == 0 || call->seq == last) continue;
      Charged(verdict_, Charge::kLost, town_.kommun, ": ", Describe(*call), " was acknowledged as ",
              call->seq, " and is in the log at ", last);
    }
  }

  const Municipality& town_;
  Verdict& verdict_;
  std::map<std::string, std::vector<uint64_t>> places_;  // fact id to numbers
  std::set<uint64_t> claimed_;
};

}  // namespace

void CheckNumbers(const Municipality& town, Verdict& verdict) {
  verdict.counts.facts += town.facts.size();
  verdict.counts.deliveries += town.deliveries.size();
  CheckStream(absl::StrCat(town.kommun, " log"), town.facts, town.facts_head, verdict);
  CheckStream(absl::StrCat(town.kommun, " deliveries"), town.deliveries, town.deliveries_head,
              verdict);
}

std::set<uint64_t> CheckCommands(const Municipality& town, const Evidence& evidence,
                                 Verdict& verdict) {
  std::map<std::string, CommandCalls> commands;
  for (const Operation& call : evidence.operations) {
    if (call.kommun == town.kommun && !call.command.empty()) commands[call.command].Add(call);
  }
  CommandCheck check(town, verdict);
  for (const auto& [command, all] : commands) check.Check(command, all);
  return check.claimed();
}

}  // namespace vaka::fault
