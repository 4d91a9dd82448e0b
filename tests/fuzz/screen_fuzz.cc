// Any text: the hits are in order, apart from one another and within the text; a text without hits
// is let through, one with hits is refused and not quoted. None of up to 64 KB takes long.
#include "libs/screen/screen.h"
#include "tests/fuzz/tape.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vaka;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<options::v1::TextSpan> hits;
  fuzz::RequireQuick([&] { hits = screen::FindPersonalData(text); });
  uint64_t end = 0;
  for (const auto& hit : hits) {
    fuzz::Require(hit.begin() >= end, "hits are in order and apart");
    fuzz::Require(hit.end() > hit.begin(), "a hit holds something");
    fuzz::Require(hit.end() <= size, "a hit lies within the text");
    fuzz::Require(!hit.kind().empty(), "a hit has a kind");
    end = hit.end();
  }
  const absl::Status status = screen::ScreenText("text", text);
  fuzz::Require(status.ok() == hits.empty(), "a text is refused exactly for its hits");
  return 0;
}
