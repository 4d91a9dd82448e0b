#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vaka::redis {

// What Redis answered to one command.
struct Reply {
  enum class Type { kNil, kInteger, kString, kStatus, kError, kArray };

  Type type = Type::kNil;
  int64_t integer = 0;
  std::string text;  // of kString, kStatus and kError
  std::vector<Reply> elements;

  bool is_nil() const { return type == Type::kNil; }
  bool is_error() const { return type == Type::kError; }
  // The reply is an error of this kind, i.e. its first word: "MOVED", "LOADING".
  bool IsError(absl::string_view kind) const;
};

// OK unless the reply is an error. UNAVAILABLE, with a retry hint: Redis cannot write or serve now
// (memory, disk, loading, failover); nothing was done. UNAUTHENTICATED: the password. INTERNAL: the
// rest, i.e. a fault of ours. The text is Redis's first line without the command's arguments.
absl::Status ToStatus(const Reply& reply);

// Redis's own words for trouble that passes: LOADING, CLUSTERDOWN, TRYAGAIN, MASTERDOWN, BUSY.
// Nothing was done; the same command may be sent again.
bool IsPassing(const Reply& reply);

}  // namespace vaka::redis
