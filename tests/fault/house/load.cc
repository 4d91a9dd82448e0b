#include "tests/fault/house/load.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/fault/house/load_work.h"

namespace vaka::fault {

class Load::Impl {
 public:
  Impl(House& house, LoadOptions options) : house_(house), options_(std::move(options)) {}
  ~Impl() { Stop(absl::ZeroDuration()); }

  void Start() {
    const auto give_up = [this] { return house_.clock().Now() >= GiveUpAt(); };
    uint64_t seed = options_.seed;
    const auto name = [&](const char* kind, int number) {
      return absl::StrCat(options_.name, "-", kind, "-", number);
    };
    for (int i = 0; i < options_.reporters; ++i)
      Run(MakeReporter(house_, desk_, tally_, name("reporter", i), options_, ++seed, give_up));
    for (int i = 0; i < options_.answerers; ++i)
      Run(MakeAnswerer(house_, desk_, tally_, name("answerer", i), ++seed, give_up));
    for (int i = 0; i < options_.patrols; ++i)
      Run(MakePatrol(house_, desk_, tally_, name("patrol", i), i, ++seed, give_up));
    for (int i = 0; i < options_.readers; ++i)
      Run(MakeReader(house_, desk_, tally_, name("reader", i), ++seed, give_up));
  }

  void Pause() {
    absl::MutexLock lock(&mu_);
    paused_ = true;
    const auto idle = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return at_work_ == 0; };
    mu_.Await(absl::Condition(&idle));
  }

  void Resume() {
    absl::MutexLock lock(&mu_);
    paused_ = false;
  }

  void Stop(absl::Duration at_most) {
    {
      absl::MutexLock lock(&mu_);
      stopping_ = true;
      give_up_at_ = std::min(give_up_at_, house_.clock().Now() + at_most);
    }
    for (std::jthread& thread : threads_) thread.request_stop();
    threads_.clear();
  }

  const Tally& tally() const { return tally_; }
  Tally& tally() { return tally_; }
  Clock& clock() { return house_.clock(); }

 private:
  void Run(std::unique_ptr<Worker> worker) {
    threads_.emplace_back([this, worker = std::move(worker)](std::stop_token stop) {
      while (Begin()) {
        worker->Step();
        End();
        if (options_.pause > absl::ZeroDuration()) house_.clock().SleepFor(options_.pause, stop);
      }
    });
  }

  // Waits while paused; false: stopping.
  bool Begin() {
    absl::MutexLock lock(&mu_);
    const auto go = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return !paused_ || stopping_; };
    mu_.Await(absl::Condition(&go));
    if (stopping_) return false;
    ++at_work_;
    return true;
  }

  void End() {
    absl::MutexLock lock(&mu_);
    --at_work_;
  }

  absl::Time GiveUpAt() const {
    absl::MutexLock lock(&mu_);
    return give_up_at_;
  }

  House& house_;
  const LoadOptions options_;
  Desk desk_;
  Tally tally_;

  mutable absl::Mutex mu_;
  bool paused_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  int at_work_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time give_up_at_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();

  std::vector<std::jthread> threads_;  // last: what they use stands above
};

Load::Load(House& house, LoadOptions options)
    : impl_(std::make_unique<Impl>(house, std::move(options))) {}
Load::~Load() = default;

void Load::Start() { impl_->Start(); }
void Load::Pause() { impl_->Pause(); }
void Load::Resume() { impl_->Resume(); }
void Load::Stop(absl::Duration at_most) { impl_->Stop(at_most); }
LoadCounts Load::counts() const { return impl_->tally().counts(); }
void Load::ResetTimes() { impl_->tally().ResetTimes(); }

bool Load::AwaitAcknowledged(uint64_t more, absl::Duration at_most) {
  const uint64_t goal = counts().acknowledged + more;
  return redis::Eventually([&] { return counts().acknowledged >= goal; }, at_most);
}

}  // namespace vaka::fault
