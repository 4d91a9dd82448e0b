#pragma once

#include <memory>

namespace zmq {
class context_t;
}

namespace vaka::bus {

// ZeroMQ's own thread and the in-process addresses; one for the process. Thread-safe. Outlives
// every publisher, subscriber and forwarder made with it.
class Context final {
 public:
  Context();
  ~Context();

  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Ends every wait on a socket; afterwards nothing is sent or received. For an end in a hurry: an
  // orderly one destroys the sockets first.
  void Shutdown();

  zmq::context_t& zmq() { return *context_; }  // for libs/bus alone

 private:
  std::unique_ptr<zmq::context_t> context_;
};

}  // namespace vaka::bus
