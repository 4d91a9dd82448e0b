#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/message_lite.h"
#include "google/protobuf/wire_format_lite.h"

namespace vaka::fold {

// Writes a state's message piece by piece, straight into its bytes, so that a large state is not
// copied into a message first. With the fields in the order of their numbers the bytes are those
// that the whole message would give. Equal pieces give equal bytes.
class StateWriter final {
 public:
  // `about`: how many bytes it will be, so that it need not be moved while it grows.
  explicit StateWriter(size_t about = 0) : bytes_(WithRoom(about)) {
    coded_.SetSerializationDeterministic(true);
  }

  // The fields that are set in `part`, a message of the state's own type.
  void Add(const google::protobuf::MessageLite& part) { part.SerializeToCodedStream(&coded_); }

  // One element of the repeated field `number`.
  void AddElement(int number, const google::protobuf::MessageLite& element) {
    using google::protobuf::internal::WireFormatLite;
    coded_.WriteTag(WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
    coded_.WriteVarint32(static_cast<uint32_t>(element.ByteSizeLong()));
    element.SerializeWithCachedSizes(&coded_);
  }

  // REQUIRES: nothing is added afterwards.
  std::string Finish() {
    coded_.Trim();
    return std::move(bytes_);
  }

 private:
  static std::string WithRoom(size_t about) {
    std::string bytes;
    bytes.reserve(about);
    return bytes;
  }

  std::string bytes_;  // the streams below hold on to where it is
  google::protobuf::io::StringOutputStream stream_{&bytes_};
  google::protobuf::io::CodedOutputStream coded_{&stream_};
};

}  // namespace vaka::fold
