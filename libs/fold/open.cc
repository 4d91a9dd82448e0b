// How the followers of a process come to the heads of long logs together.
#include <algorithm>
#include <array>
#include <barrier>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/status.h"
#include "libs/fold/follower_impl.h"
#include "libs/fold/read_ahead.h"

namespace vaka::fold {
namespace {

// Calls `each` with 0, 1 … n - 1, each on a thread of its own; the first error of them.
absl::Status Together(size_t n, const std::function<absl::Status(size_t)>& each) {
  std::vector<absl::Status> results(n);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < n; ++i) threads.emplace_back([&, i] { results[i] = each(i); });
  }
  for (absl::Status& result : results) VAKA_RETURN_IF_ERROR(std::move(result));
  return absl::OkStatus();
}

struct Turn {
  DecodedPage page;
  google::protobuf::Arena arena;  // of the page's events
  bool last = false;
};

// Reads and decodes the next page of `ahead`. An error makes it the last, without entries.
absl::Status Fill(Turn& turn, ReadAhead& ahead) {
  turn.page = {};
  turn.arena.Reset();
  turn.last = true;
  VAKA_ASSIGN(ReadAhead::Page read, ahead.Next());
  turn.last = read.entries.size() < kPage;
  turn.page.entries = std::move(read.entries);
  turn.page.events.reserve(turn.page.entries.size());
  for (const log::Entry& entry : turn.page.entries) {
    turn.page.events.push_back(entry.intact ? Decode(entry.seq, entry.bytes, turn.arena) : nullptr);
  }
  return absl::OkStatus();
}

// Gives every page of `ahead` to each of `n` takers, on threads of their own. While they take one,
// the next is read and decoded; nobody is more than a page ahead of anybody.
absl::Status Share(ReadAhead& ahead, size_t n,
                   const std::function<absl::Status(size_t, const DecodedPage&)>& take) {
  std::array<Turn, 2> turns;
  std::barrier next(static_cast<std::ptrdiff_t>(n) + 1);
  absl::Status read;
  std::jthread reader([&] {
    for (size_t i = 0;; ++i) {
      Turn& turn = turns[i % 2];
      read = Fill(turn, ahead);
      next.arrive_and_wait();
      if (turn.last) return;
    }
  });
  const absl::Status taken = Together(n, [&](size_t taker) {
    absl::Status status;
    for (size_t i = 0;; ++i) {
      next.arrive_and_wait();
      const Turn& turn = turns[i % 2];
      if (status.ok()) status = take(taker, turn.page);
      if (turn.last) return status;  // `turn` stays as it is
    }
  });
  reader.join();
  VAKA_RETURN_IF_ERROR(read);
  return taken;
}

}  // namespace

absl::Status Follower::Open(absl::Span<Follower* const> followers) {
  std::vector<Impl*> all;
  for (Follower* follower : followers) all.push_back(follower->impl_.get());
  VAKA_RETURN_IF_ERROR(Together(all.size(), [&](size_t i) { return all[i]->Restore(); }));
  for (const log::Stream stream : {log::Stream::kFacts, log::Stream::kDeliveries}) {
    std::vector<Impl*> of;
    for (Impl* impl : all) {
      if (impl->stream() == stream) of.push_back(impl);
    }
    if (of.empty()) continue;
    log::Log& log = of.front()->log();
    VAKA_ASSIGN(const std::vector<std::string> kommuns, log.Municipalities());
    for (const std::string& kommun : kommuns) {
      VAKA_ASSIGN(const uint64_t head, log.Head(kommun, stream));
      std::vector<Impl*> behind;
      uint64_t first = head;
      for (Impl* impl : of) {
        const uint64_t position = impl->PositionOf(kommun);
        if (position + kPage > head) continue;
        behind.push_back(impl);
        first = std::min(first, position);
      }
      if (behind.size() < 2) continue;
      ReadAhead ahead(log, kommun, stream, first > 0 ? first - 1 : 0, kPage);
      VAKA_RETURN_IF_ERROR(Share(ahead, behind.size(), [&](size_t i, const DecodedPage& page) {
        return behind[i]->TakeShared(kommun, page);
      }));
    }
  }
  return absl::OkStatus();
}

}  // namespace vaka::fold
