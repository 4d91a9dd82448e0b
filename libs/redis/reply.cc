#include "libs/redis/reply.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace vaka::redis {
namespace {

constexpr std::array<absl::string_view, 5> kPassing = {"LOADING", "CLUSTERDOWN", "TRYAGAIN",
                                                       "MASTERDOWN", "BUSY"};
// Redis refuses writes until somebody helps it.
constexpr std::array<absl::string_view, 5> kRefusing = {"OOM", "MISCONF", "READONLY", "NOREPLICAS",
                                                        "NOGOODSLAVE"};
constexpr std::array<absl::string_view, 3> kPassword = {"NOAUTH", "WRONGPASS", "NOPERM"};

template <size_t N>
bool IsOneOf(const Reply& reply, const std::array<absl::string_view, N>& kinds) {
  return std::any_of(kinds.begin(), kinds.end(),
                     [&reply](absl::string_view kind) { return reply.IsError(kind); });
}

// An unknown command is quoted with its arguments, which may hold what must not be logged.
std::string WithoutArguments(const std::string& text) {
  std::string line = text.substr(0, text.find_first_of("\r\n"));
  const size_t arguments = std::min(line.find(", with args"), line.find("`"));
  return line.substr(0, std::min<size_t>(arguments, 200));
}

}  // namespace

bool Reply::IsError(absl::string_view kind) const {
  if (type != Type::kError || !absl::StartsWith(text, kind)) return false;
  return text.size() == kind.size() || text[kind.size()] == ' ';
}

bool IsPassing(const Reply& reply) { return IsOneOf(reply, kPassing); }

absl::Status ToStatus(const Reply& reply) {
  if (!reply.is_error()) return absl::OkStatus();
  const std::string said = absl::StrCat("redis: ", WithoutArguments(reply.text));
  if (IsPassing(reply)) return Unavailable(said, absl::Milliseconds(200));
  if (IsOneOf(reply, kRefusing)) return Unavailable(said, absl::Seconds(5));
  if (IsOneOf(reply, kPassword)) return absl::UnauthenticatedError(said);
  return absl::InternalError(said);
}

}  // namespace vaka::redis
