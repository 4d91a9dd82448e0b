#include "services/est/texts.h"

#include <algorithm>

#include "absl/hash/hash.h"

namespace vaka::est {

Texts::Texts() : kept_(std::make_unique<Kept>()), places_(0, Hash(), Equal{kept_.get()}) {}

Texts::Sought Texts::Seek(absl::string_view text) const {
  const Sought sought{text, static_cast<uint32_t>(absl::HashOf(text))};
  places_.prefetch(sought);
  return sought;
}

uint32_t Texts::Find(absl::string_view text) const {
  const auto found = places_.find(Seek(text));
  return found == places_.end() ? kNone : found->number;
}

std::pair<uint32_t, bool> Texts::Add(const Sought& sought) {
  const uint32_t next = size();
  bool added = false;
  const auto place = places_.lazy_emplace(sought, [&](const auto& make) {
    char* const bytes = static_cast<char*>(kept_->bytes.allocate(sought.text.size(), 1));
    std::copy(sought.text.begin(), sought.text.end(), bytes);
    kept_->texts.emplace_back(bytes, sought.text.size());
    make(Place{sought.hash, next});
    added = true;
  });
  // A new one's place was only written: to read it would wait for memory.
  if (added) return {next, true};
  return {place->number, false};
}

void Texts::Reserve(size_t texts) {
  kept_->texts.reserve(texts);
  places_.reserve(texts);
}

}  // namespace vaka::est
