#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace vaka::est {

// Texts that differ from each other, numbered 0, 1, 2 … in the order in which they came, and found
// again by what they say. A municipality's incidents are a million ids. Views that are given back
// live as long as this object, also when it is moved. Not thread-safe.
class Texts final {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  Texts();

  // The text's number, or kNone.
  uint32_t Find(absl::string_view text) const;

  // A text that will be added soon: its place in memory is on its way meanwhile, which is most of
  // what adding to a large table takes. Lives as long as the text.
  struct Sought {
    absl::string_view text;
    uint32_t hash = 0;
  };
  Sought Seek(absl::string_view text) const;
  // The text's number; whether it is new.
  std::pair<uint32_t, bool> Add(const Sought& sought);
  std::pair<uint32_t, bool> Add(absl::string_view text) { return Add(Seek(text)); }
  void Reserve(size_t texts);

  absl::string_view operator[](uint32_t number) const { return kept_->texts[number]; }
  uint32_t size() const { return static_cast<uint32_t>(kept_->texts.size()); }

 private:
  // The hash is kept, so that growing reads no texts and a stranger is passed without reading his.
  struct Place {
    uint32_t hash = 0;
    uint32_t number = 0;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Place& place) const { return place.hash; }
    size_t operator()(const Sought& sought) const { return sought.hash; }
  };
  struct Kept {
    std::pmr::monotonic_buffer_resource bytes;
    std::vector<absl::string_view> texts;  // into bytes
  };
  struct Equal {
    using is_transparent = void;
    const Kept* kept;
    bool operator()(const Place& a, const Place& b) const { return a.number == b.number; }
    bool operator()(const Place& a, const Sought& b) const {
      return a.hash == b.hash && kept->texts[a.number] == b.text;
    }
  };

  std::unique_ptr<Kept> kept_;  // stays where it is when this is moved
  absl::flat_hash_set<Place, Hash, Equal> places_;
};

}  // namespace vaka::est
