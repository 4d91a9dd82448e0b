#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/support/vaka_process/vaka_process.h"

namespace vaka::fault {

class History;

// What the kernel says a process uses.
struct Usage {
  uint64_t rss_kib = 0;
  uint64_t pss_kib = 0;  // shared pages counted by their share
  uint64_t files = 0;    // open descriptors
  uint64_t threads = 0;
};

// One place of a house in which a `vaka run` lives, dies and lives again, always with the same
// arguments. Thread-safe; calls that change it wait for one another. What it printed in all its
// lives is kept, a line each. Kill, Freeze and Terminate are faults in the history, which end when
// it runs again.
class HouseProcess final {
 public:
  struct Plan {
    std::string name;                  // unique in the house; shown in findings
    std::vector<std::string> targets;  // of `--target`
    // Options of `vaka run` beside those that the house gives; one that is named here replaces the
    // house's own.
    std::vector<std::string> arguments = {};
    std::vector<std::string> environment = {};  // NAME=value, added to the test's own
    std::vector<std::string> wrapper = {};  // put before the program: {"ip", "netns", "exec", …}
  };

  struct End {
    int code = 0;  // exit code; 128 + signal where a signal ended it
    absl::Duration took;
  };

  // `arguments`: all of them, without the program. Does not start it. The history outlives it.
  HouseProcess(Plan plan, std::vector<std::string> arguments, History& history);

  const Plan& plan() const { return plan_; }
  const std::string& name() const { return plan_.name; }
  bool Has(const std::string& target) const;

  // Runs it until it says that it is ready; does nothing when it runs. A start that fails is tried
  // again, as a supervisor would, until `within` has passed: then UNAVAILABLE with what it said.
  absl::Status Start(absl::Duration within = absl::Seconds(60));
  // One try, for a first start: UNAVAILABLE with what it said.
  absl::Status StartOnce(absl::Duration within = absl::Seconds(60));
  // kill -9, and gone. Does nothing when it does not run.
  void Kill();
  // Kill and Start.
  absl::Status Restart(absl::Duration within = absl::Seconds(60));
  // SIGTERM. Killed when it has not ended `at_most` later; then the code is 137.
  End Terminate(absl::Duration at_most = absl::Seconds(30));
  // The same at the end of a test: no fault.
  End Close(absl::Duration at_most = absl::Seconds(30));
  // SIGSTOP and SIGCONT.
  void Freeze();
  void Thaw();

  bool running() const;    // false also after it died by itself
  pid_t pid() const;       // 0: does not run
  uint64_t lives() const;  // successful starts
  // As it printed them in its present life; empty where it serves none.
  std::string grpc_address() const { return AddressAfter("gRPC "); }
  std::string http_address() const { return AddressAfter("ready at http://"); }
  std::string metrics_address() const;

  std::vector<std::string> lines() const;
  // Gives those that were not given before to the history.
  void HandLines();
  Usage usage() const;  // zeros when it does not run
  // Value of a metric's sample by its full name with labels ("vaka_log_appends_total"); 0 when it
  // has none or cannot be asked.
  double Metric(const std::string& sample) const;

 private:
  absl::Status TryIt(absl::Duration within) ABSL_EXCLUSIVE_LOCKS_REQUIRED(moving_);
  absl::Status StartIt(absl::Duration within) ABSL_EXCLUSIVE_LOCKS_REQUIRED(moving_);
  End EndIt(absl::Duration at_most) ABSL_EXCLUSIVE_LOCKS_REQUIRED(moving_);
  void KillIt() ABSL_EXCLUSIVE_LOCKS_REQUIRED(moving_);
  void BeginFault(const std::string& kind, bool ends_sender);
  void EndFault();
  std::shared_ptr<VakaProcess> Present() const;
  std::string AddressAfter(const std::string& label) const;
  void KeepLines();

  // Constant after construction.
  const Plan plan_;
  const std::vector<std::string> arguments_;
  History& history_;

  absl::Mutex moving_;  // held by who starts or ends it; before mu_
  mutable absl::Mutex mu_;
  std::shared_ptr<VakaProcess> vaka_ ABSL_GUARDED_BY(mu_);  // shared with a look under way
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mu_);     // of former lives
  std::optional<size_t> fault_ ABSL_GUARDED_BY(mu_);        // under way, in the history
  uint64_t lives_ ABSL_GUARDED_BY(mu_) = 0;
  size_t handed_ ABSL_GUARDED_BY(mu_) = 0;  // lines
};

}  // namespace vaka::fault
