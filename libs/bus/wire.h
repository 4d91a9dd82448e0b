#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "libs/bus/bus.h"

namespace vaka::bus {

// A message as it travels: three frames. Pure.
//   topic   "<kommun>.<fact>", e.g. "0127.incident_reported"; what subscribers filter by
//   header  17 bytes, little-endian: version 1 (1), stream (1), reserved (3), seq (8), CRC32C (4)
//           over topic, the header before it, and the fact
//   fact    serialized vaka.event.v1.Event
struct Frames {
  std::string topic;
  std::string header;
};

// The frames before the fact, whose bytes stay where they are.
Frames Frame(absl::string_view kommun, log::Stream stream, uint64_t seq, absl::string_view fact);

// Nothing when the frames are damaged or of another version.
std::optional<Message> Unframe(absl::string_view topic, absl::string_view header,
                               absl::string_view fact);

// What a subscriber of one municipality filters by.
std::string TopicPrefix(absl::string_view kommun);

}  // namespace vaka::bus
