#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/support/eventually/patience.h"

namespace vaka {

// A `vaka` of its own process, with what it printed. Its output is read all the time, so that it
// never waits for us. Ends with this object: with SIGTERM, and by force when that does not end it;
// also when the test program dies. Crashes the test program when a sanitizer reported in the child.
// Thread-safe.
class VakaProcess final {
 public:
  struct Options {
    std::vector<std::string> arguments;
    std::vector<std::string> environment = {};  // NAME=value, in place of and beside our own
    std::vector<std::string> wrapper = {};      // what is put before the program; must exec it
    absl::Duration ready_within = absl::Minutes(kPatience);
  };

  // The program that was built beside the test (or the one that VAKA_BINARY names), once it has
  // printed that it runs. UNAVAILABLE: it ended or was not ready in time, with what it printed;
  // nothing runs any more.
  static absl::StatusOr<std::unique_ptr<VakaProcess>> Start(const Options& options);

  // As Start; crashes the test program when that fails.
  explicit VakaProcess(std::vector<std::string> arguments);
  ~VakaProcess();
  VakaProcess(const VakaProcess&) = delete;
  VakaProcess& operator=(const VakaProcess&) = delete;

  // The address that stands after `label` in the line that it printed when ready, e.g. "gRPC ".
  std::string AddressAfter(const std::string& label) const;

  // SIGTERM, then the exit code; 128 + signal where a signal ended it. By force `at_most` later.
  int Stop(absl::Duration at_most = absl::Seconds(15));
  // kill -9, and waits until it is gone.
  void Kill();
  // Does nothing when it has ended.
  void Signal(int number);

  bool running() const;
  pid_t pid() const;           // 0: it has ended
  std::string output() const;  // both streams, so far

 private:
  struct Unready {};
  VakaProcess(Unready, const Options& options);

  absl::Status AwaitReady(absl::Duration within);
  bool AwaitEnd(absl::Duration at_most);
  // On the thread that starts the child and stays as long as it lives, for the kernel ends the
  // child together with that thread.
  void Keep(const Options& options);
  void ReadUntilEnded(pid_t pid, int pid_fd, int out);
  void Ended(int code);

  mutable absl::Mutex mu_;
  pid_t pid_ ABSL_GUARDED_BY(mu_) = 0;
  int pid_fd_ ABSL_GUARDED_BY(mu_) = -1;
  std::string output_ ABSL_GUARDED_BY(mu_);
  std::optional<int> code_ ABSL_GUARDED_BY(mu_);  // once it has ended
  std::thread keeper_;
};

// Runs the program to its end; what it printed (both streams) goes to `output`. Returns the exit
// code. Crashes the test program when a sanitizer reported in the child.
int RunVaka(const std::vector<std::string>& arguments, std::string* output);

}  // namespace vaka
