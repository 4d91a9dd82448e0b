#include "services/gateway/connect_codec.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/type_resolver_util.h"
#include "libs/base/status.h"
#include "services/gateway/http_status.h"

namespace vaka::gateway {
namespace {

constexpr char kUrlPrefix[] = "type.googleapis.com";
constexpr size_t kEnvelopeHeader = 5;
constexpr uint8_t kEndOfStream = 2;

// Protobuf's parser writes its messages over several lines.
std::string OneLine(absl::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); }, ' ');
  absl::RemoveExtraAsciiWhitespace(&line);
  return line;
}

std::string TypeUrl(const google::protobuf::Descriptor* type) {
  return absl::StrCat(kUrlPrefix, "/", type->full_name());
}

nlohmann::json ErrorObject(const absl::Status& status) {
  nlohmann::json error = {{"code", ToWire(status.code()).name},
                          {"message", std::string(status.message())}};
  if (const auto info = InfoOf(status); info.has_value()) {
    std::string value = absl::Base64Escape(info->SerializeAsString());
    while (!value.empty() && value.back() == '=') value.pop_back();
    error["details"] = {{{"type", info->GetTypeName()}, {"value", value}}};
  }
  return error;
}

std::string Dump(const nlohmann::json& json) {
  // Text from outside may not be UTF-8: replaced, not thrown.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::optional<ContentType> ParseContentType(absl::string_view header) {
  const std::string type =
      absl::AsciiStrToLower(absl::StripAsciiWhitespace(header.substr(0, header.find(';'))));
  if (type == "application/json") return ContentType{Codec::kJson, false};
  if (type == "application/proto") return ContentType{Codec::kProto, false};
  if (type == "application/connect+json") return ContentType{Codec::kJson, true};
  if (type == "application/connect+proto") return ContentType{Codec::kProto, true};
  return std::nullopt;
}

absl::string_view ContentTypeName(ContentType type) {
  if (type.stream) {
    return type.codec == Codec::kJson ? "application/connect+json" : "application/connect+proto";
  }
  return type.codec == Codec::kJson ? "application/json" : "application/proto";
}

absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view header) {
  if (header.empty()) return absl::InfiniteDuration();
  int64_t milliseconds = 0;
  const bool digits = header.size() <= 10 &&
                      std::all_of(header.begin(), header.end(), absl::ascii_isdigit) &&
                      absl::SimpleAtoi(header, &milliseconds);
  if (!digits) return absl::InvalidArgumentError("Connect-Timeout-Ms: must be 1 to 10 digits");
  return absl::Milliseconds(milliseconds);
}

std::string ErrorJson(const absl::Status& status) { return Dump(ErrorObject(status)); }

HttpResponse ErrorResponse(const absl::Status& status) {
  return ErrorResponse(status, ToWire(status.code()).http);
}

HttpResponse ErrorResponse(const absl::Status& status, int http) {
  HttpResponse response;
  response.status = http;
  response.headers = {{"Content-Type", "application/json"}};
  const auto info = InfoOf(status);
  if (info.has_value() && info->retry_after_ms() > 0) {
    response.headers.emplace_back("Retry-After",
                                  absl::StrCat((info->retry_after_ms() + 999) / 1000));
  }
  response.body = std::make_shared<const std::string>(ErrorJson(status));
  return response;
}

std::string Envelope(uint8_t flags, absl::string_view payload) {
  std::string frame(kEnvelopeHeader, static_cast<char>(flags));
  for (size_t i = 0; i < 4; ++i) {
    frame[1 + i] = static_cast<char>(payload.size() >> (24 - 8 * i) & 0xff);
  }
  absl::StrAppend(&frame, payload);
  return frame;
}

std::string EndEnvelope(const absl::Status& status) {
  nlohmann::json end = nlohmann::json::object();
  if (!status.ok()) end["error"] = ErrorObject(status);
  return Envelope(kEndOfStream, Dump(end));
}

absl::StatusOr<std::vector<std::string>> OpenEnvelopes(absl::string_view body) {
  std::vector<std::string> payloads;
  while (!body.empty()) {
    if (body.size() < kEnvelopeHeader) {
      return absl::InvalidArgumentError("body: cut short within an envelope's header");
    }
    size_t size = 0;
    for (size_t i = 1; i < kEnvelopeHeader; ++i) size = size << 8 | static_cast<uint8_t>(body[i]);
    if (body[0] != 0) {
      return absl::InvalidArgumentError("body: an envelope with flags; compression is not offered");
    }
    body.remove_prefix(kEnvelopeHeader);
    if (body.size() < size) {
      return absl::InvalidArgumentError(absl::StrCat("body: an envelope announces ", size,
                                                     " bytes, ", body.size(), " are there"));
    }
    payloads.emplace_back(body.substr(0, size));
    body.remove_prefix(size);
  }
  return payloads;
}

Transcoder::Transcoder()
    : types_(google::protobuf::util::NewTypeResolverForDescriptorPool(
          kUrlPrefix, google::protobuf::DescriptorPool::generated_pool())) {}

absl::StatusOr<std::string> Transcoder::ToBinary(const google::protobuf::Descriptor* type,
                                                 Codec codec, absl::string_view body) const {
  if (codec == Codec::kProto) return std::string(body);
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  std::string bytes;
  const auto status = google::protobuf::util::JsonToBinaryString(
      types_.get(), TypeUrl(type), google::protobuf::StringPiece(body.data(), body.size()), &bytes,
      options);
  if (status.ok()) return bytes;
  return absl::InvalidArgumentError(
      absl::StrCat("body: ", OneLine({status.message().data(), status.message().size()})));
}

absl::StatusOr<std::string> Transcoder::FromBinary(const google::protobuf::Descriptor* type,
                                                   Codec codec, std::string bytes) const {
  if (codec == Codec::kProto) return bytes;
  std::string json;
  const auto status =
      google::protobuf::util::BinaryToJsonString(types_.get(), TypeUrl(type), bytes, &json);
  if (status.ok()) return json;
  return absl::InternalError(
      absl::StrCat(type->full_name(), ": cannot be written as JSON: ",
                   OneLine({status.message().data(), status.message().size()})));
}

}  // namespace vaka::gateway
