#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/redis/client.h"
#include "libs/sink/smtp_sink.h"
#include "tests/bench/system/system.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::bench {

// What came of one alert to everybody.
struct PlannedAlert {
  double per_second = 0;    // recipients, from the report's acknowledgement to the last one planned
  absl::Duration first;     // from the acknowledgement until the first message was handed over
  absl::Duration complete;  // until the last was planned
  uint64_t handed = 0;      // messages handed over until then
  double grown_mib = 0;     // resident memory of the process, at most, less that before the report
};

// `vaka run` with one area and many contact persons, each told by e-mail, and a mail server that
// takes everything. Its data are kept, so that each alert finds them as if it were the first. Used
// by one thread.
class Crowd final {
 public:
  Crowd();
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // Registers them; see FillPeople.
  absl::Status Fill(uint64_t recipients);
  // Starts the system on the kept data, reports something critical, and waits until everybody is in
  // the outbox; then ends it. DEADLINE_EXCEEDED: they are not within `limit`.
  absl::StatusOr<PlannedAlert> Alert(absl::Duration limit);

 private:
  absl::Status Report(uint64_t* seq);
  // Until the outbox has had everybody; watches memory.
  absl::Status AwaitPlanned(absl::Duration limit, uint64_t* most_memory);
  absl::StatusOr<uint64_t> EverInOutbox(redis::Client& client);
  void Caught();

  SystemClock clock_;
  const redis::TempFolder kept_;
  sink::SmtpSink mail_;
  std::unique_ptr<System> system_;
  uint64_t recipients_ = 0;
  std::atomic<uint64_t> handed_{0};

  absl::Mutex mu_;
  absl::Time first_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::bench
