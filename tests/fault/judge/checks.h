#pragma once

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/fault/judge/judge.h"

// The parts of Judge: each looks at one promise and adds what it found. Pure.
namespace vaka::fault {

template <typename... Parts>
void Charged(Verdict& verdict, Charge charge, const Parts&... parts) {
  verdict.findings.push_back({charge, absl::StrCat(parts...)});
}

// Both logs are numbered 1, 2, 3 … up to their heads, every entry intact.
void CheckNumbers(const Municipality& town, Verdict& verdict);

// Commands and facts answer to each other. Returns the numbers of the facts that clients led to.
std::set<uint64_t> CheckCommands(const Municipality& town, const Evidence& evidence,
                                 Verdict& verdict);

// Every other fact after the baseline is one that a service may record of itself, there and then.
void CheckCauses(const Municipality& town, const std::set<uint64_t>& of_clients, Verdict& verdict);

// Plans and hand-overs answer to each other, in all municipalities: a message is nobody's
// otherwise.
void CheckMessages(const Evidence& evidence, Verdict& verdict);

void CheckStates(const Evidence& evidence, Verdict& verdict);
void CheckPersonal(const Evidence& evidence, Verdict& verdict);

}  // namespace vaka::fault
