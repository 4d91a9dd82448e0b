#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/type_resolver.h"
#include "services/gateway/http.h"

namespace vaka::gateway {

// The Connect protocol's own forms; no I/O.

enum class Codec { kJson = 0, kProto = 1 };

struct ContentType {
  Codec codec = Codec::kJson;
  bool stream = false;
};

// "application/json", "application/connect+proto; charset=utf-8", …; nothing: another type.
std::optional<ContentType> ParseContentType(absl::string_view header);
absl::string_view ContentTypeName(ContentType type);

// Connect-Timeout-Ms; empty is InfiniteDuration(). INVALID_ARGUMENT: not 1–10 digits.
absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view header);

// {"code": …, "message": …, "details": [ErrorInfo]}
std::string ErrorJson(const absl::Status& status);
// The whole answer of a failed unary call, with Retry-After where the status has a hint.
HttpResponse ErrorResponse(const absl::Status& status);
// The same with an HTTP status of its own, for what the protocol leaves to HTTP (405, 415, …).
HttpResponse ErrorResponse(const absl::Status& status, int http);

// A stream's message: flags, length, payload.
std::string Envelope(uint8_t flags, absl::string_view payload);
// A stream's last message; it says how the call ended.
std::string EndEnvelope(const absl::Status& status);
// The payloads of a request's body. INVALID_ARGUMENT: cut short, compressed or trailing bytes.
absl::StatusOr<std::vector<std::string>> OpenEnvelopes(absl::string_view body);

// Between the wire's form and protobuf's bytes, for any message of the generated pool. Thread-safe.
class Transcoder {
 public:
  Transcoder();

  // Unknown fields and unknown names of enum values are INVALID_ARGUMENT, never dropped.
  absl::StatusOr<std::string> ToBinary(const google::protobuf::Descriptor* type, Codec codec,
                                       absl::string_view body) const;
  absl::StatusOr<std::string> FromBinary(const google::protobuf::Descriptor* type, Codec codec,
                                         std::string bytes) const;

 private:
  std::unique_ptr<google::protobuf::util::TypeResolver> types_;
};

}  // namespace vaka::gateway
