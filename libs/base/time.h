#pragma once

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace vaka {

// Between absl::Time and the proto's Timestamp; both are absolute. A Timestamp that says no time
// from year 1 to 9999 is taken as the nearest that does, so that every time comes back from a
// snapshot as it went in.
inline absl::Time FromProtoParts(int64_t seconds, int32_t nanos) {
  constexpr int64_t kFirst = -62135596800;
  constexpr int64_t kLast = 253402300799;
  return absl::FromUnixSeconds(std::clamp(seconds, kFirst, kLast)) +
         absl::Nanoseconds(std::clamp(nanos, 0, 999'999'999));
}
inline absl::Time FromProto(const google::protobuf::Timestamp& stamp) {
  return FromProtoParts(stamp.seconds(), stamp.nanos());
}

inline google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp stamp;
  const int64_t seconds = absl::ToUnixSeconds(time);  // rounds towards the past
  stamp.set_seconds(seconds);
  stamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return stamp;
}

}  // namespace vaka
