#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace vaka::vault {

// The secret in the file at `path`; when there is no such file, `bytes` random ones are made and
// written to it, on disk before this returns, readable by the owner only. Two processes that start
// at once get the same secret. FAILED_PRECONDITION: the file has another length, can be read by
// others, or cannot be made; an existing file is never changed.
absl::StatusOr<std::string> LoadOrCreateKeyFile(const std::string& path, size_t bytes);

}  // namespace vaka::vault
