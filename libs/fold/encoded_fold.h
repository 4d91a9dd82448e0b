#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace vaka::fold {

// What a Fold may be besides, when it reads its commonest facts faster from their bytes than a
// whole fact is decoded; a long log is mostly those.
class EncodedFold {
 public:
  virtual ~EncodedFold() = default;

  // Takes in the fact with this number from the log of `kommun`. True: the state is what Apply of
  // the decoded fact would have made of it, without an error. False: nothing has changed; decode
  // it. Bytes that cannot be decoded are always false.
  virtual bool ApplyEncoded(absl::string_view kommun, uint64_t seq, absl::string_view bytes) = 0;
};

}  // namespace vaka::fold
