#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "vaka/options/v1/options.pb.h"

// `VAKA_ASSIGN(lhs, expr)`: evaluates a StatusOr; returns its status from the enclosing function
// unless OK.
#define VAKA_CONCAT_(a, b) a##b
#define VAKA_CONCAT(a, b) VAKA_CONCAT_(a, b)
#define VAKA_ASSIGN(lhs, expr) VAKA_ASSIGN_(VAKA_CONCAT(status_or_, __LINE__), lhs, expr)
#define VAKA_ASSIGN_(tmp, lhs, expr)             \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = *std::move(tmp)

// `VAKA_RETURN_IF_ERROR(expr)`: evaluates a Status; returns it from the enclosing function unless
// OK.
#define VAKA_RETURN_IF_ERROR(expr)                                    \
  do {                                                                \
    if (absl::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

namespace vaka {

// INVALID_ARGUMENT "field: problem", with an ErrorInfo that names the field.
absl::Status FieldError(absl::string_view field, absl::string_view problem);

// RESOURCE_EXHAUSTED or UNAVAILABLE with a hint when to come back.
absl::Status Overloaded(absl::string_view what, absl::Duration retry_after);
absl::Status Unavailable(absl::string_view what, absl::Duration retry_after);

// The ErrorInfo that travels with a status, if any.
std::optional<options::v1::ErrorInfo> InfoOf(const absl::Status& status);
absl::Status WithInfo(absl::Status status, const options::v1::ErrorInfo& info);

}  // namespace vaka
