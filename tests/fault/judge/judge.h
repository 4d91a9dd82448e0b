#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "tests/fault/judge/evidence.h"

namespace vaka::fault {

enum class Charge {
  kLost,            // acknowledged, and not in the log as answered
  kDoubled,         // a fact, a delivery or its record is there twice
  kForeign,         // a fact that neither a client nor a lawful cause explains
  kRefusedDone,     // refused, and in the log all the same
  kHole,            // numbers are not dense, or the head is elsewhere
  kDamaged,         // an entry does not match its checksum or does not decode
  kNotPlanned,      // an alert that one of those whom it concerns has no plan of
  kNotSent,         // planned, and neither handed over nor a named reason why not
  kNeverHanded,     // recorded as sent, and no provider has it
  kRepeated,        // handed over more than once without an excuse
  kUnknownMessage,  // handed over under an id that nobody planned
  kDiverged,        // a fold differs from the log folded anew
  kPersonal,        // personal data in the log or in a line
};
const char* NameOf(Charge charge);

struct Finding {
  Charge charge = Charge::kLost;
  std::string text;
};

struct Counts {
  uint64_t calls = 0;
  uint64_t commands = 0;      // different ones
  uint64_t acknowledged = 0;  // commands
  uint64_t refused = 0;
  uint64_t unknown = 0;
  uint64_t unknown_done = 0;  // of the unknown: those in the log
  uint64_t facts = 0;
  uint64_t own_facts = 0;  // of services, with a lawful cause
  uint64_t deliveries = 0;
  uint64_t alerts = 0;    // versions
  uint64_t messages = 0;  // planned
  uint64_t handed_over = 0;
  uint64_t not_sent_with_reason = 0;
  uint64_t repeated_with_excuse = 0;
  uint64_t states = 0;  // compared
  uint64_t faults = 0;
  uint64_t lost = 0;
  uint64_t doubled = 0;
};

struct Verdict {
  Counts counts;
  std::vector<Finding> findings;

  bool ok() const { return findings.empty(); }
  uint64_t Of(Charge charge) const;  // how many findings of a kind
};

// The counts, then a line a finding; the most of a kind are counted, not listed.
std::ostream& operator<<(std::ostream& out, const Verdict& verdict);

// States, of a system at rest:
// - every acknowledged command is in the log exactly once, at the numbers answered; a refused one
//   is not; one of unknown outcome may be in or out, never twice;
// - nothing else is in the log but what services record of themselves, each with a lawful cause;
// - numbers are dense, every entry intact;
// - every alert was planned for each whom it concerns, and each plan ends handed over or with a
//   named reason; handed over twice only where a sender died or an answer was lost in between;
// - every fold at every position equals the log folded anew;
// - nothing personal is in the log or in a line.
// Pure.
Verdict Judge(const Evidence& evidence);

}  // namespace vaka::fault
