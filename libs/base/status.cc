#include "libs/base/status.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace vaka {
namespace {

constexpr absl::string_view kInfoUrl = "vaka.options.v1.ErrorInfo";

absl::Status Hinted(absl::StatusCode code, absl::string_view what, absl::Duration retry_after) {
  options::v1::ErrorInfo info;
  info.set_retry_after_ms(static_cast<uint32_t>(absl::ToInt64Milliseconds(retry_after)));
  return WithInfo(
      absl::Status(code, absl::StrCat(what, "; retry after ", absl::FormatDuration(retry_after))),
      info);
}

}  // namespace

absl::Status FieldError(absl::string_view field, absl::string_view problem) {
  options::v1::ErrorInfo info;
  info.set_field(std::string(field));
  return WithInfo(absl::InvalidArgumentError(absl::StrCat(field, ": ", problem)), info);
}

absl::Status Overloaded(absl::string_view what, absl::Duration retry_after) {
  return Hinted(absl::StatusCode::kResourceExhausted, what, retry_after);
}

absl::Status Unavailable(absl::string_view what, absl::Duration retry_after) {
  return Hinted(absl::StatusCode::kUnavailable, what, retry_after);
}

std::optional<options::v1::ErrorInfo> InfoOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kInfoUrl);
  options::v1::ErrorInfo info;
  if (!payload.has_value() || !info.ParseFromString(std::string(*payload))) return std::nullopt;
  return info;
}

absl::Status WithInfo(absl::Status status, const options::v1::ErrorInfo& info) {
  status.SetPayload(kInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

}  // namespace vaka
