#include "tests/fault/judge/judge.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <ostream>

#include "tests/fault/judge/checks.h"

namespace vaka::fault {
namespace {

constexpr uint64_t kMostListed = 10;  // findings of one kind

std::string Shortened(const std::string& text) {
  constexpr size_t kLongest = 300;
  return text.size() <= kLongest ? text : absl::StrCat(text.substr(0, kLongest), "…");
}

}  // namespace

const char* NameOf(Charge charge) {
  switch (charge) {
    case Charge::kLost:
      return "lost";
    case Charge::kDoubled:
      return "doubled";
    case Charge::kForeign:
      return "foreign";
    case Charge::kRefusedDone:
      return "refused and done";
    case Charge::kHole:
      return "hole";
    case Charge::kDamaged:
      return "damaged";
    case Charge::kNotPlanned:
      return "not planned";
    case Charge::kNotSent:
      return "not sent";
    case Charge::kNeverHanded:
      return "never handed over";
    case Charge::kRepeated:
      return "repeated";
    case Charge::kUnknownMessage:
      return "unknown message";
    case Charge::kDiverged:
      return "diverged";
    case Charge::kPersonal:
      return "personal";
  }
  return "?";
}

uint64_t Verdict::Of(Charge charge) const {
  return static_cast<uint64_t>(
      std::count_if(findings.begin(), findings.end(),
                    [charge](const Finding& finding) { return finding.charge == charge; }));
}

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  const Counts& n = verdict.counts;
  out << n.faults << " faults; " << n.commands << " commands in " << n.calls
      << " calls: " << n.acknowledged << " acknowledged, " << n.refused << " refused, " << n.unknown
      << " unknown (" << n.unknown_done << " of them done); " << n.facts << " facts, "
      << n.own_facts << " of them of services; lost " << n.lost << ", doubled " << n.doubled << "\n"
      << n.alerts << " alerts, " << n.messages << " messages: " << n.handed_over << " handed over ("
      << n.repeated_with_excuse << " again, with reason), " << n.not_sent_with_reason
      << " not, with reason; " << n.states << " states compared\n";
  std::map<Charge, uint64_t> listed;
  for (const Finding& finding : verdict.findings) {
    if (++listed[finding.charge] > kMostListed) continue;
    out << "  " << NameOf(finding.charge) << ": " << Shortened(finding.text) << "\n";
  }
  for (const auto& [charge, count] : listed) {
    if (count > kMostListed) {
      out << "  " << NameOf(charge) << ": " << count - kMostListed << " more\n";
    }
  }
  return out;
}

Verdict Judge(const Evidence& evidence) {
  Verdict verdict;
  verdict.counts.calls = evidence.operations.size();
  verdict.counts.faults = evidence.faults.size();
  for (const Municipality& town : evidence.municipalities) {
    CheckNumbers(town, verdict);
    CheckCauses(town, CheckCommands(town, evidence, verdict), verdict);
  }
  CheckMessages(evidence, verdict);
  CheckStates(evidence, verdict);
  CheckPersonal(evidence, verdict);
  verdict.counts.lost = verdict.Of(Charge::kLost) + verdict.Of(Charge::kNotSent) +
                        verdict.Of(Charge::kNotPlanned) + verdict.Of(Charge::kNeverHanded);
  verdict.counts.doubled = verdict.Of(Charge::kDoubled) + verdict.Of(Charge::kRepeated);
  return verdict;
}

}  // namespace vaka::fault
