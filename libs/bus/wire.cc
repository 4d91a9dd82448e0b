#include "libs/bus/wire.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "libs/base/ids.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::bus {
namespace {

using google::protobuf::internal::WireFormatLite;

constexpr char kVersion = 2;
constexpr size_t kSummed = 13;  // bytes of the header before the sum
constexpr size_t kHeader = kSummed + 4;
constexpr size_t kLength = 4;  // bytes of a fact's length
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

// The body's own sum stands for the body, so that it need not be copied behind the rest.
uint32_t Sum(absl::string_view topic, absl::string_view summed, absl::string_view body) {
  std::string all = absl::StrCat(topic, "\n", summed);
  AppendLittle(Crc32c(body), &all);
  return Crc32c(all);
}

void Seal(log::Stream stream, uint64_t first_seq, Frames* frames) {
  std::string& header = frames->header;
  header.push_back(kVersion);
  header.push_back(static_cast<char>(stream));
  header.append(3, '\0');
  AppendLittle(first_seq, &header);
  AppendLittle(Sum(frames->topic, header, frames->body), &header);
}

bool Fits(const Frames& frames, absl::string_view fact) {
  return frames.facts < kMostFacts && frames.body.size() + kLength + fact.size() <= kMostBytes;
}

}  // namespace

std::vector<Frames> FrameAll(absl::string_view kommun, log::Stream stream, uint64_t first_seq,
                             absl::Span<const std::string> facts) {
  std::vector<Frames> all;
  absl::string_view name;  // of the last one's facts
  for (size_t i = 0; i < facts.size(); ++i) {
    const absl::string_view next = FactName(facts[i]);
    if (all.empty() || next != name || !Fits(all.back(), facts[i])) {
      if (!all.empty()) Seal(stream, first_seq + i - all.back().facts, &all.back());
      all.emplace_back().topic = absl::StrCat(kommun, ".", next);
      name = next;
    }
    Frames& frames = all.back();
    AppendLittle(static_cast<uint32_t>(facts[i].size()), &frames.body);
    frames.body.append(facts[i]);
    ++frames.facts;
  }
  if (!all.empty()) Seal(stream, first_seq + facts.size() - all.back().facts, &all.back());
  return all;
}

std::vector<Message> Unframe(absl::string_view topic, absl::string_view header,
                             absl::string_view body) {
  if (header.size() != kHeader || header[0] != kVersion) return {};
  const absl::string_view summed = header.substr(0, kSummed);
  if (ReadLittle<uint32_t>(header.substr(kSummed)) != Sum(topic, summed, body)) return {};
  const auto stream = static_cast<log::Stream>(header[1]);
  if (stream != log::Stream::kFacts && stream != log::Stream::kDeliveries) return {};
  const size_t dot = topic.find('.');
  if (dot == absl::string_view::npos) return {};
  std::vector<Message> messages;
  for (uint64_t seq = ReadLittle<uint64_t>(header.substr(5)); !body.empty(); ++seq) {
    if (body.size() < kLength) return {};
    const size_t length = ReadLittle<uint32_t>(body);
    body.remove_prefix(kLength);
    if (body.size() < length) return {};
    messages.push_back(
        {std::string(topic.substr(0, dot)), stream, seq, std::string(body.substr(0, length))});
    body.remove_prefix(length);
  }
  return messages;
}

std::string TopicPrefix(absl::string_view kommun) { return absl::StrCat(kommun, "."); }

}  // namespace vaka::bus
