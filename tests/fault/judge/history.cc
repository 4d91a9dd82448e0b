#include "tests/fault/judge/history.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/rpc/gate.h"
#include "libs/rpc/method_table.h"

namespace vaka::fault {
namespace {

// A mistake of the test itself.
[[noreturn]] void Crash(const std::string& why) {
  std::cerr << "history: " << why << std::endl;
  std::abort();
}

// A service's full name and the method's, as the table of all methods has it.
const rpc::Method* MethodOf(absl::string_view full_name) {
  static const rpc::MethodTable& table = *new rpc::MethodTable;  // never destroyed
  const size_t dot = full_name.rfind('.');
  if (dot == absl::string_view::npos) return nullptr;
  return table.ByPath(absl::StrCat("/", full_name.substr(0, dot), "/", full_name.substr(dot + 1)));
}

}  // namespace

Outcome OutcomeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return Outcome::kAcknowledged;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
      return Outcome::kUnknown;
    default:
      return Outcome::kRefused;
  }
}

std::string CommandKey(absl::string_view rpc, absl::string_view kommun, absl::string_view person,
                       absl::string_view agency, absl::string_view key) {
  const rpc::Method* method = MethodOf(rpc);
  if (method == nullptr) Crash(absl::StrCat(rpc, ": no such method"));
  rpc::Call call;
  call.method = method->descriptor;
  call.kommun = std::string(kommun);
  call.caller.set_person(std::string(person));
  call.caller.set_agency(std::string(agency));
  return call.CommandOf(std::string(key)).key;
}

std::string LinkCommandKey(absl::string_view what, absl::string_view kommun,
                           absl::string_view alert, absl::string_view person,
                           absl::string_view key) {
  return DeriveId(what, kommun, absl::StrCat(alert, "/", person, "/", key));
}

size_t History::Sent(Operation operation) {
  operation.sent = clock_.Steady();
  absl::MutexLock lock(&mu_);
  operations_.push_back(std::move(operation));
  return operations_.size() - 1;
}

void History::Answered(size_t operation, const absl::Status& status, uint64_t seq) {
  const absl::Time now = clock_.Steady();
  absl::MutexLock lock(&mu_);
  Operation& answered = operations_.at(operation);
  answered.answered = now;
  answered.outcome = OutcomeOf(status);
  answered.code = status.code();
  answered.error = std::string(status.message());
  answered.seq = seq;
  if (answered.outcome == Outcome::kAcknowledged) ++acknowledged_;
}

void History::HandedOver(HandOver hand_over) {
  hand_over.at = clock_.Steady();
  absl::MutexLock lock(&mu_);
  if (hand_over.accepted) ++accepted_[hand_over.message];
  hand_overs_.push_back(std::move(hand_over));
}

size_t History::FaultBegins(absl::string_view kind, absl::string_view target, bool ends_sender) {
  Fault fault;
  fault.kind = std::string(kind);
  fault.target = std::string(target);
  fault.from = clock_.Steady();
  fault.ends_sender = ends_sender;
  absl::MutexLock lock(&mu_);
  faults_.push_back(std::move(fault));
  return faults_.size() - 1;
}

void History::FaultEnds(size_t fault) {
  const absl::Time now = clock_.Steady();
  absl::MutexLock lock(&mu_);
  faults_.at(fault).to = now;
}

void History::Secret(std::string secret) {
  if (secret.size() < 4) Crash("a secret of less than four bytes would be found in anything");
  absl::MutexLock lock(&mu_);
  secrets_.push_back(std::move(secret));
}

void History::Wrote(absl::string_view who, absl::string_view line) {
  absl::MutexLock lock(&mu_);
  lines_.push_back({std::string(who), std::string(line)});
}

std::vector<Operation> History::operations() const {
  absl::MutexLock lock(&mu_);
  return operations_;
}

std::vector<HandOver> History::hand_overs() const {
  absl::MutexLock lock(&mu_);
  return hand_overs_;
}

std::vector<Fault> History::faults() const {
  absl::MutexLock lock(&mu_);
  return faults_;
}

std::vector<std::string> History::secrets() const {
  absl::MutexLock lock(&mu_);
  return secrets_;
}

std::vector<Line> History::lines() const {
  absl::MutexLock lock(&mu_);
  return lines_;
}

size_t History::acknowledged() const {
  absl::MutexLock lock(&mu_);
  return acknowledged_;
}

size_t History::accepted_messages() const {
  absl::MutexLock lock(&mu_);
  return accepted_.size();
}

}  // namespace vaka::fault
