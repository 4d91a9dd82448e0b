#pragma once

namespace vaka::runtime {

// SIGINT and SIGTERM as something to wait for. The first asks for an orderly stop; the second ends
// the process at once with 128 + signal, also when the orderly stop hangs. At most one exists at a
// time, because signal handlers belong to the process; the former handlers return with the
// destructor. SIGPIPE is ignored while it exists: a peer that hangs up is an error of the write.
class Signals final {
 public:
  Signals();
  ~Signals();

  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Waits for the first signal and returns its number; 0 when Request came first.
  int Wait();

  // Ends Wait as a signal would; for a part that cannot go on. Thread-safe.
  void Request();
};

}  // namespace vaka::runtime
