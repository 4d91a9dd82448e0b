#include "libs/log/request.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace vaka::log {

absl::Status Check(const AppendRequest& request) {
  const std::string& kommun = request.kommun;
  const bool named = !kommun.empty() && kommun.size() <= 32 &&
                     std::all_of(kommun.begin(), kommun.end(), [](char c) {
                       return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
                     });
  if (!named) return FieldError("kommun", "must be 1-32 letters, digits or dashes");
  const size_t key = request.idempotency_key.size();
  if (key == 0 || key > kMaxKeyBytes) {
    return FieldError("idempotency_key", absl::StrCat("has ", key, " bytes; 1-64 are allowed"));
  }
  if (request.facts.empty() || request.facts.size() > kMaxFactsPerAppend) {
    return FieldError("facts",
                      absl::StrCat("has ", request.facts.size(), " facts; 1-1000 are allowed"));
  }
  for (const std::string& fact : request.facts) {
    if (fact.empty()) return FieldError("facts", "holds an empty fact");
  }
  if (request.rests_on.size() > kMaxFactsPerAppend) {
    return FieldError("rests_on", "has more than 1000 aggregates");
  }
  if (request.keys.size() > kMaxFactsPerAppend) {
    return FieldError("keys", "has more than 1000 subject keys");
  }
  return absl::OkStatus();
}

}  // namespace vaka::log
