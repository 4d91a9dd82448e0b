#include "libs/bus/wire.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "libs/base/ids.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::bus {
namespace {

using google::protobuf::internal::WireFormatLite;

constexpr char kVersion = 1;
constexpr size_t kSummed = 13;  // bytes of the header before the sum
constexpr size_t kHeader = kSummed + 4;
constexpr char kUnknown[] = "unknown";

// The name of the fact in the envelope's oneof. Only the envelope's own tags are read: the log's
// thread does this for every fact.
absl::string_view FactName(absl::string_view fact) {
  static const auto* const facts = event::v1::Event::descriptor()->FindOneofByName("fact");
  absl::string_view name = kUnknown;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(fact.data()),
                                            static_cast<int>(fact.size()));
  while (const uint32_t tag = in.ReadTag()) {
    const auto* field =
        facts->containing_type()->FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (field != nullptr && field->containing_oneof() == facts) name = field->name();
    if (!WireFormatLite::SkipField(&in, tag)) return kUnknown;
  }
  return in.ConsumedEntireMessage() ? name : kUnknown;
}

template <typename Number>
void AppendLittle(Number number, std::string* out) {
  for (size_t i = 0; i < sizeof(Number); ++i) {
    out->push_back(static_cast<char>((number >> (8 * i)) & 0xff));
  }
}

template <typename Number>
Number ReadLittle(absl::string_view bytes) {
  Number number = 0;
  for (size_t i = sizeof(Number); i-- > 0;) {
    number = static_cast<Number>((number << 8) | static_cast<unsigned char>(bytes[i]));
  }
  return number;
}

// The fact's own sum stands for the fact, so that it need not be copied behind the rest.
uint32_t Sum(absl::string_view topic, absl::string_view summed, absl::string_view fact) {
  std::string all = absl::StrCat(topic, "\n", summed);
  AppendLittle(Crc32c(fact), &all);
  return Crc32c(all);
}

}  // namespace

Frames Frame(absl::string_view kommun, log::Stream stream, uint64_t seq, absl::string_view fact) {
  Frames frames;
  frames.topic = absl::StrCat(kommun, ".", FactName(fact));
  frames.header.push_back(kVersion);
  frames.header.push_back(static_cast<char>(stream));
  frames.header.append(3, '\0');
  AppendLittle(seq, &frames.header);
  AppendLittle(Sum(frames.topic, frames.header, fact), &frames.header);
  return frames;
}

std::optional<Message> Unframe(absl::string_view topic, absl::string_view header,
                               absl::string_view fact) {
  if (header.size() != kHeader || header[0] != kVersion) return std::nullopt;
  const absl::string_view summed = header.substr(0, kSummed);
  if (ReadLittle<uint32_t>(header.substr(kSummed)) != Sum(topic, summed, fact)) {
    return std::nullopt;
  }
  const auto stream = static_cast<log::Stream>(header[1]);
  if (stream != log::Stream::kFacts && stream != log::Stream::kDeliveries) return std::nullopt;
  const size_t dot = topic.find('.');
  if (dot == absl::string_view::npos) return std::nullopt;
  return Message{std::string(topic.substr(0, dot)), stream, ReadLittle<uint64_t>(header.substr(5)),
                 std::string(fact)};
}

std::string TopicPrefix(absl::string_view kommun) { return absl::StrCat(kommun, "."); }

}  // namespace vaka::bus
