// Any piece of text, repeated to the longest text there is: the screen takes no longer than it
// promises. Coverage leads the search into the matchers; the repetition makes what is dear at one
// place dear everywhere.
#include <algorithm>
#include <string>

#include "libs/screen/screen.h"
#include "tests/fuzz/tape.h"

namespace {
constexpr size_t kLongest = 64 << 10;
constexpr size_t kLongestPiece = 512;
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string piece(reinterpret_cast<const char*>(data), std::min(size, kLongestPiece));
  std::string text;
  text.reserve(kLongest + piece.size());
  while (text.size() < kLongest) text += piece;
  text.resize(kLongest);
  vaka::fuzz::RequireQuick([&text] { vaka::screen::FindPersonalData(text); });
  return 0;
}
