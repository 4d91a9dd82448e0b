#include "absl/synchronization/mutex.h"
#include "services/vaka/cli.h"

int main(int argc, char** argv) {
  // Debian builds abseil with its search for deadlocks on, which makes all locks of the process
  // meet in one. The tests leave it on.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return vaka::RunCli(argc, argv);
}
