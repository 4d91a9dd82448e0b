#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace vaka {

// A `vaka` of its own process, with what it printed. Stopped with SIGTERM, and by force when that
// does not end it.
class VakaProcess final {
 public:
  // Starts the program that was built beside the test and waits until it prints that it runs.
  // Crashes the test program when it does not within a minute.
  explicit VakaProcess(std::vector<std::string> arguments);
  ~VakaProcess();
  VakaProcess(const VakaProcess&) = delete;
  VakaProcess& operator=(const VakaProcess&) = delete;

  // The address that stands after `label` in the line that it printed when ready, e.g. "gRPC ".
  std::string AddressAfter(const std::string& label) const;

  // SIGTERM, then the exit code; 128 + signal where a signal ended it.
  int Stop();
  // kill -9.
  void Kill();

  const std::string& output() const { return output_; }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string output_;
};

// Runs the program to its end; what it printed (both streams) goes to `output`. Returns the exit
// code.
int RunVaka(const std::vector<std::string>& arguments, std::string* output);

}  // namespace vaka
