#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "libs/bus/bus.h"

namespace vaka::bus {

// A message as it travels: one fact or several, numbered on from the first, in three frames. Pure.
//   topic   "<kommun>.<fact>", e.g. "0127.incident_reported": the kind that all of them are, and
//   what
//           subscribers filter by
//   header  17 bytes, little-endian: version 2 (1), stream (1), reserved (3), seq of the first (8),
//           CRC32C (4) over topic, the header before it, and the body
//   body    each fact as its length (4) and a serialized vaka.event.v1.Event
struct Frames {
  std::string topic;
  std::string header;
  std::string body;
  size_t facts = 0;
};

// What a queue of messages can hold is bounded by these; a longer fact goes alone.
inline constexpr size_t kMostFacts = 32;
inline constexpr size_t kMostBytes = 8192;

// The facts numbered from `first_seq`, in as few messages as carry them in their order.
std::vector<Frames> FrameAll(absl::string_view kommun, log::Stream stream, uint64_t first_seq,
                             absl::Span<const std::string> facts);

// The facts of a message; empty when the frames are damaged or of another version.
std::vector<Message> Unframe(absl::string_view topic, absl::string_view header,
                             absl::string_view body);

// What a subscriber of one municipality filters by.
std::string TopicPrefix(absl::string_view kommun);

}  // namespace vaka::bus
