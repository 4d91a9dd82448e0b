#include "libs/fold/read_ahead.h"

#include <utility>

#include "libs/base/status.h"

namespace vaka::fold {

ReadAhead::ReadAhead(log::Log& log, std::string kommun, log::Stream stream, uint64_t after,
                     size_t size)
    : log_(log), kommun_(std::move(kommun)), stream_(stream), size_(size), thread_([this, after] {
        Run(after);
      }) {}

ReadAhead::~ReadAhead() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  thread_.join();
}

absl::StatusOr<ReadAhead::Page> ReadAhead::Next() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](std::optional<absl::StatusOr<Page>>* next) { return next->has_value(); }, &next_));
  absl::StatusOr<Page> page = *std::move(next_);
  next_.reset();
  return page;
}

void ReadAhead::Run(uint64_t after) {
  for (bool last = false; !last;) {
    absl::StatusOr<Page> page = Read(after);
    last = !page.ok() || page->entries.size() < size_;
    if (!last) after = page->entries.back().seq - 1;
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](ReadAhead* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mu_) {
          return self->stopping_ || !self->next_.has_value();
        },
        this));
    if (stopping_) return;
    next_ = std::move(page);
  }
}

absl::StatusOr<ReadAhead::Page> ReadAhead::Read(uint64_t after) {
  Page page;
  VAKA_ASSIGN(page.entries, log_.Read(kommun_, stream_, after, size_));
  if (page.entries.size() < size_) return page;
  // Far behind: how far is worth asking. If it cannot be, nor can the next page, which says so.
  page.head = log_.Head(kommun_, stream_).value_or(0);
  return page;
}

}  // namespace vaka::fold
