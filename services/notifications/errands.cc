#include "services/notifications/errands.h"

#include <utility>

#include "libs/base/status.h"

namespace vaka::notifications {

Errands::Errands(int threads, size_t most_waiting) : most_waiting_(most_waiting) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Errands::~Errands() { Stop(); }

absl::Status Errands::Post(std::function<void()> errand) {
  absl::MutexLock lock(&mu_);
  if (stopping_) return Unavailable("notifications: stopping", absl::Seconds(1));
  if (waiting_.size() >= most_waiting_) {
    return Overloaded("notifications: too many calls wait", absl::Seconds(1));
  }
  waiting_.push_back(std::move(errand));
  return absl::OkStatus();
}

void Errands::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Errands::Work() {
  for (;;) {
    std::function<void()> errand;
    {
      absl::MutexLock lock(&mu_);
      const auto something = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return stopping_ || !waiting_.empty();
      };
      mu_.Await(absl::Condition(&something));
      if (waiting_.empty()) return;
      errand = std::move(waiting_.front());
      waiting_.pop_front();
    }
    errand();
  }
}

}  // namespace vaka::notifications
