#include "services/est/texts.h"

#include <algorithm>
#include <cstring>

#include "absl/hash/hash.h"

namespace vaka::est {
namespace {

constexpr size_t kFewestSlots = 16;
constexpr size_t kSmallestBlock = 256;
constexpr size_t kLargestBlock = 64 * 1024;

uint32_t HashOf(absl::string_view text) { return static_cast<uint32_t>(absl::HashOf(text)); }

// At most half of the slots are taken.
size_t SlotsFor(size_t texts) {
  size_t slots = kFewestSlots;
  while (slots < 2 * texts) slots *= 2;
  return slots;
}

}  // namespace

uint32_t Texts::Find(absl::string_view text) const {
  if (slots_.empty()) return kNone;
  return slots_[Place(text, HashOf(text))].after - 1;  // a free slot's 0 becomes kNone
}

Texts::Wanted Texts::Want(absl::string_view text) const {
  Wanted wanted;
  wanted.text = text;
  wanted.hash = HashOf(text);
  if (!slots_.empty()) __builtin_prefetch(&slots_[wanted.hash & (slots_.size() - 1)], 1);
  return wanted;
}

std::pair<uint32_t, bool> Texts::Add(const Wanted& wanted) {
  if (slots_.size() < 2 * (texts_.size() + 1)) Grow(SlotsFor(texts_.size() + 1));
  Slot& slot = slots_[Place(wanted.text, wanted.hash)];
  if (slot.after != 0) return {slot.after - 1, false};
  texts_.push_back(Keep(wanted.text));
  slot = {wanted.hash, static_cast<uint32_t>(texts_.size())};
  return {slot.after - 1, true};
}

void Texts::Reserve(size_t texts) {
  texts_.reserve(texts);
  if (slots_.size() < 2 * texts) Grow(SlotsFor(texts));
}

size_t Texts::Place(absl::string_view text, uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at].after != 0 &&
         (slots_[at].hash != hash || texts_[slots_[at].after - 1] != text)) {
    at = (at + 1) & mask;
  }
  return at;
}

void Texts::Grow(size_t slots) {
  std::vector<Slot> old(slots);
  old.swap(slots_);
  const size_t mask = slots - 1;
  for (const Slot& slot : old) {
    if (slot.after == 0) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].after != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

absl::string_view Texts::Keep(absl::string_view text) {
  if (text.size() > left_) {
    // Twice the last one, so that a handful of names stays small.
    const size_t next = kSmallestBlock << std::min<size_t>(blocks_.size(), 8);
    left_ = std::max(text.size(), std::min(next, kLargestBlock));
    blocks_.push_back(std::make_unique<char[]>(left_));
    free_ = blocks_.back().get();
  }
  if (text.empty()) return {};
  std::memcpy(free_, text.data(), text.size());
  const absl::string_view kept(free_, text.size());
  free_ += text.size();
  left_ -= text.size();
  return kept;
}

}  // namespace vaka::est
