#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace vaka::fold {

// What StateWriter wrote, piece by piece, so that a large state is not copied into a message first.
// Calls `element` with the bytes of each element of the repeated message field `number`, in their
// order, and gives the other fields' bytes, for the state's message to parse. Nothing: `bytes` are
// no message, or `element` returned false.
inline std::optional<std::string> ReadElements(
    absl::string_view bytes, int number,
    const std::function<bool(absl::string_view element)>& element) {
  using google::protobuf::internal::WireFormatLite;
  const uint32_t wanted =
      WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  google::protobuf::io::CodedInputStream coded(reinterpret_cast<const uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  std::string others;
  for (;;) {
    const auto begin = static_cast<size_t>(coded.CurrentPosition());
    const uint32_t tag = coded.ReadTag();
    if (tag == 0) break;
    if (tag == wanted) {
      uint32_t length = 0;
      if (!coded.ReadVarint32(&length)) return std::nullopt;
      const auto at = static_cast<size_t>(coded.CurrentPosition());
      if (!coded.Skip(static_cast<int>(length)) || !element(bytes.substr(at, length)))
        return std::nullopt;
    } else {
      if (!WireFormatLite::SkipField(&coded, tag)) return std::nullopt;
      const auto end = static_cast<size_t>(coded.CurrentPosition());
      others.append(bytes.data() + begin, end - begin);
    }
  }
  if (!coded.ConsumedEntireMessage()) return std::nullopt;
  return others;
}

}  // namespace vaka::fold
