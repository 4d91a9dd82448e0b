#include "tests/bench/system/appends.h"

#include <utility>

namespace vaka::bench {
namespace {

constexpr int kUnderWay = 32;

}  // namespace

void Appends::Add(log::AppendRequest request) {
  {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](int* open) { return *open < kUnderWay; }, &open_));
    ++open_;
  }
  log_.Append(std::move(request), [this](const absl::StatusOr<log::Appended>& appended) {
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
