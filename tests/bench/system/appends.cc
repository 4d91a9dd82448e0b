#include "tests/bench/system/appends.h"

#include <utility>

namespace vaka::bench {
namespace {

constexpr int kUnderWay = 32;
constexpr int kTries = 10;

}  // namespace

void Appends::Add(log::AppendRequest request) {
  {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](int* open) { return *open < kUnderWay; }, &open_));
    ++open_;
  }
  Send(std::move(request), kTries);
}

void Appends::Send(log::AppendRequest request, int tries) {
  log::AppendRequest again = request;
  log_.Append(std::move(request), [this, again = std::move(again),
                                   tries](const absl::StatusOr<log::Appended>& appended) mutable {
    if (absl::IsUnavailable(appended.status()) && tries > 1)
      return Send(std::move(again), tries - 1);
    absl::MutexLock lock(&mu_);
    --open_;
    if (!appended.ok()) failed_ = appended.status();
  });
}

absl::Status Appends::AwaitAll() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](int* open) { return *open == 0; }, &open_));
  return failed_;
}

}  // namespace vaka::bench
