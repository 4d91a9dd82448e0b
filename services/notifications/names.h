#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace vaka::notifications {

// Texts one behind the other, each found by the four bytes that Add gives: a million of them take
// little more than their letters. Views live as long as this object. REQUIRES: they come to less
// than 4 GiB. Not thread-safe.
class Names final {
 public:
  Names() = default;
  Names(const Names&) = delete;  // views point into it
  Names& operator=(const Names&) = delete;

  uint32_t Add(absl::string_view text) {
    const size_t room = text.size() + 1 + sizeof(uint32_t);
    if (blocks_.empty() || blocks_.back().size() + room > blocks_.back().capacity()) {
      // Blocks never move; the first are small, for most municipalities are.
      const size_t usual = std::min(kBlock, kFirst << std::min<size_t>(blocks_.size(), 8));
      blocks_.emplace_back().reserve(std::max(usual, room));
    }
    std::string& block = blocks_.back();
    const auto place = static_cast<uint32_t>((blocks_.size() - 1) * kBlock + block.size());
    if (text.size() < kLong) {
      block.push_back(static_cast<char>(text.size()));
    } else {
      const auto size = static_cast<uint32_t>(text.size());
      block.push_back(static_cast<char>(kLong));
      block.append(reinterpret_cast<const char*>(&size), sizeof size);
    }
    block.append(text.data(), text.size());
    return place;
  }

  absl::string_view operator[](uint32_t place) const {
    const char* at = blocks_[place / kBlock].data() + place % kBlock;
    uint32_t size = static_cast<unsigned char>(*at++);
    if (size == kLong) {
      std::memcpy(&size, at, sizeof size);
      at += sizeof size;
    }
    return {at, size};
  }

 private:
  static constexpr size_t kBlock = size_t{1} << 16;
  static constexpr size_t kFirst = 256;
  static constexpr unsigned char kLong = 255;  // the size follows in four bytes

  std::vector<std::string> blocks_;
};

}  // namespace vaka::notifications
