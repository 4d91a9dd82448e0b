#include "tests/fault/gateway/honest.h"

#include <algorithm>

#include "vaka/intake/v1/intake_service.pb.h"

namespace vaka::fault {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(40);

}  // namespace

absl::Duration Median(std::vector<absl::Duration> times) {
  if (times.empty()) return absl::ZeroDuration();
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

absl::Duration P99(std::vector<absl::Duration> times) {
  if (times.empty()) return absl::ZeroDuration();
  std::sort(times.begin(), times.end());
  return times[times.size() * 99 / 100];
}

Honest::Honest(House& house)
    : house_(house), thread_([this](const std::stop_token& stop) {
        Caller caller(house_, "honest", [stop] { return stop.stop_requested(); });
        uint64_t round = 0;
        do {
          Work(caller, ++round);
        } while (house_.clock().SleepFor(kPause, stop));
      }) {}

void Honest::Work(Caller& caller, uint64_t round) {
  if (round % 4 == 0) {
    intake::v1::ReportRequest request;
    *request.mutable_submission() = house_.town().ReportIn(0, 1, round);
    intake::v1::ReportResponse response;
    const absl::Status status = caller.Do(request, &response, Police(), Caller::Way::kHttp);
    absl::MutexLock lock(&mu_);
    status.ok() ? void(++counts_.reports) : counts_.failures.push_back(status.ToString());
    return;
  }
  intake::v1::ListRequest request;
  request.set_limit(10);
  intake::v1::ListResponse response;
  const absl::Time sent = house_.clock().Steady();
  const absl::Status status = caller.Ask(request, &response, Police(), Caller::Way::kHttp);
  const absl::Duration took = house_.clock().Steady() - sent;
  absl::MutexLock lock(&mu_);
  status.ok() ? counts_.reads.push_back(took) : counts_.failures.push_back(status.ToString());
}

Honest::Counts Honest::Take() {
  absl::MutexLock lock(&mu_);
  return std::exchange(counts_, {});
}

bool Honest::AwaitReads(size_t more, absl::Duration at_most) {
  absl::MutexLock lock(&mu_);
  const size_t wanted = counts_.reads.size() + more;
  const auto enough = [this, wanted] {
    mu_.AssertHeld();
    return counts_.reads.size() >= wanted;
  };
  return mu_.AwaitWithTimeout(absl::Condition(&enough), at_most);
}

}  // namespace vaka::fault
