// Any body and headers of a Connect call. JSON that is taken gives protobuf's bytes, which written
// as JSON and read again are the same; every refusal is the caller's fault.
#include "services/gateway/connect_codec.h"
#include "tests/fuzz/tape.h"
#include "vaka/intake/v1/intake_service.pb.h"
#include "vaka/notifications/v1/events.pb.h"
#include "vaka/registry/v1/registry_service.pb.h"

namespace vaka::fuzz {
namespace {

using google::protobuf::Descriptor;

std::vector<const Descriptor*> RequestTypes() {
  std::vector<const Descriptor*> types;
  for (const auto* file : {registry::v1::Area::descriptor()->file(),
                           registry::v1::ListAreasRequest::descriptor()->file(),
                           intake::v1::Submission::descriptor()->file(),
                           notifications::v1::AlertRaised::descriptor()->file(),
                           event::v1::Event::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) types.push_back(file->message_type(i));
  }
  return types;
}

void TranscodeJson(const gateway::Transcoder& transcoder, const Descriptor* type,
                   absl::string_view body) {
  const auto bytes = transcoder.ToBinary(type, gateway::Codec::kJson, body);
  if (!bytes.ok()) {
    Require(absl::IsInvalidArgument(bytes.status()), "a bad body is the caller's fault");
    gateway::ErrorJson(bytes.status());
    return;
  }
  const auto json = transcoder.FromBinary(type, gateway::Codec::kJson, *bytes);
  if (!json.ok()) return;  // a time out of range is read but not written
  Require(transcoder.ToBinary(type, gateway::Codec::kJson, *json).ok(), "own JSON is read again");
}

}  // namespace
}  // namespace vaka::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vaka;
  static const auto* const transcoder = new gateway::Transcoder;
  static const auto* const types =
      new std::vector<const google::protobuf::Descriptor*>(fuzz::RequestTypes());
  if (size == 0) return 0;
  const absl::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (const auto type = gateway::ParseContentType(body); type.has_value()) {
    fuzz::Require(gateway::ParseContentType(gateway::ContentTypeName(*type)).has_value(),
                  "a content type's name is read again");
  }
  gateway::ParseTimeout(body).IgnoreError();
  if (const auto payloads = gateway::OpenEnvelopes(body); payloads.ok()) {
    std::string again;
    for (const std::string& payload : *payloads) again += gateway::Envelope(0, payload);
    fuzz::Require(again == body, "opened envelopes, closed again, are the body");
  }
  fuzz::TranscodeJson(*transcoder, (*types)[data[0] % types->size()], body);
  transcoder
      ->FromBinary((*types)[data[0] % types->size()], gateway::Codec::kJson, std::string(body))
      .IgnoreError();
  return 0;
}
