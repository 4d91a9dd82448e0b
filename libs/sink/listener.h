#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace vaka::sink {

// One accepted connection. Belongs to the thread that serves it.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}

  // False: the peer, or the listener's Stop, has closed the connection, or sends nonsense (a line
  // over 64 KiB). The line comes without its CRLF.
  bool ReadLine(std::string* line);
  bool ReadBytes(size_t count, std::string* bytes);
  bool Write(absl::string_view bytes);

  // Returns when the peer or Stop closes the connection.
  void AwaitClose();

 private:
  bool Fill();

  const int fd_;
  std::string buffer_;
};

// Accepts TCP connections on loopback and serves each on a thread of its own: for a few peers, in
// demo and tests. Stop closes all and joins. Start and Stop by one thread.
class Listener {
 public:
  explicit Listener(std::function<void(Connection&)> serve);
  ~Listener();

  // Port 0: a free one. UNAVAILABLE: the port is taken.
  absl::Status Start(uint16_t port);
  void Stop();

  uint16_t port() const { return port_; }

 private:
  struct Peer {
    int fd = -1;
    bool done = false;
    std::thread thread;
  };

  void AcceptAll();
  void Serve(Peer& peer);
  void Reap() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::function<void(Connection&)> serve_;
  int fd_ = -1;
  uint16_t port_ = 0;
  std::thread acceptor_;

  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::list<Peer> peers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::sink
