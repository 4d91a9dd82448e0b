// run_planted CASE: runs the planted program that VAKA_BINARY names as a test runs `vaka`, to see
// that a sanitizer's report in a child fails the test (see CMakeLists.txt).
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "tests/support/vaka_process/vaka_process.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  // ctest takes no program that ends by a signal, whatever it printed.
  std::signal(SIGABRT, [](int) { _exit(0); });
  std::string output;
  const int code = vaka::RunVaka({argv[1]}, &output);
  std::printf("not seen: exit %d\n%s", code, output.c_str());
  return 0;
}
