#include "tests/bench/system/usage.h"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace vaka::bench {

std::vector<pid_t> WithChildren(pid_t pid) {
  std::vector<pid_t> all = {pid};
  for (size_t i = 0; i < all.size(); ++i) {
    std::error_code gone;
    const std::string tasks = absl::StrCat("/proc/", all[i], "/task");
    for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
      std::ifstream children(task.path() / "children");
      for (pid_t child = 0; children >> child;) all.push_back(child);
    }
  }
  return all;
}

uint64_t PssBytes(const std::vector<pid_t>& processes) {
  uint64_t kib = 0;
  for (const pid_t pid : processes) {
    std::ifstream rollup(absl::StrCat("/proc/", pid, "/smaps_rollup"));
    for (std::string word; rollup >> word;) {
      if (word != "Pss:") continue;
      uint64_t value = 0;
      rollup >> value;
      kib += value;
      break;
    }
  }
  return kib * 1024;
}

absl::Duration ProcessorTime(const std::vector<pid_t>& processes) {
  absl::Duration sum;
  for (const pid_t pid : processes) {
    clockid_t clock = 0;
    timespec used{};
    // /proc/<pid>/stat counts hundredths of a second, this nanoseconds.
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) continue;
    sum += absl::DurationFromTimespec(used);
  }
  return sum;
}

void AwaitQuiet(const std::vector<pid_t>& processes, Clock& clock) {
  constexpr absl::Duration kLook = absl::Seconds(1);
  constexpr int kMostLooks = 120;
  for (int look = 0; look < kMostLooks; ++look) {
    const absl::Duration before = ProcessorTime(processes);
    clock.SleepFor(kLook, std::stop_token());
    if (ProcessorTime(processes) - before < kLook / 20) return;
  }
}

}  // namespace vaka::bench
