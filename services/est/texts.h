#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace vaka::est {

// Texts that differ from each other, numbered 0, 1, 2 … in the order in which they came, and found
// again by what they say. A municipality's incidents are a million ids: a text costs its bytes, a
// view and a slot of eight bytes, and adding or finding it touches memory about twice. Views that
// are given back live as long as this object, also when it is moved. Not thread-safe.
class Texts final {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  // The text's number, or kNone.
  uint32_t Find(absl::string_view text) const;
  // The text's number; whether it is new.
  std::pair<uint32_t, bool> Add(absl::string_view text) { return Add(Want(text)); }

  // A text that will be added soon: its place in memory is on its way meanwhile, which is most of
  // what adding to a large table takes. Lives as long as the text.
  class Wanted {
   private:
    friend class Texts;
    absl::string_view text;
    uint32_t hash = 0;
  };
  Wanted Want(absl::string_view text) const;
  std::pair<uint32_t, bool> Add(const Wanted& wanted);
  void Reserve(size_t texts);

  absl::string_view operator[](uint32_t number) const { return texts_[number]; }
  uint32_t size() const { return static_cast<uint32_t>(texts_.size()); }

 private:
  // Open addressing with linear steps. The hash is kept, so that growing reads no texts and a step
  // over a stranger reads nothing else.
  struct Slot {
    uint32_t hash = 0;
    uint32_t after = 0;  // the number plus one; 0: free
  };

  // Where the text is, or would be. REQUIRES: there is a free slot.
  size_t Place(absl::string_view text, uint32_t hash) const;
  void Grow(size_t slots);  // a power of two
  absl::string_view Keep(absl::string_view text);

  std::vector<absl::string_view> texts_;  // into blocks_
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;  // of the newest block
  size_t left_ = 0;
};

}  // namespace vaka::est
