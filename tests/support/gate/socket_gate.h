#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace vaka {

// Stands between clients and one server, TCP or unix socket, and passes every byte on until it is
// told to fail as a network does. What a call asks for holds when it returns: not a byte passes
// after Stall. Thread-safe; one thread of its own. Crashes the test program when it cannot listen.
//
// The server is connected to when a client is, so it may start later, and at the same address
// again.
class SocketGate final {
 public:
  // "127.0.0.1:4711" or "unix:///path"; the gate listens on a free loopback port, or at a path.
  explicit SocketGate(std::string server, std::string listen = "127.0.0.1:0");
  ~SocketGate();  // resets every connection
  SocketGate(const SocketGate&) = delete;
  SocketGate& operator=(const SocketGate&) = delete;

  // "127.0.0.1:4712" or "unix:///path": what clients use instead of the server's address.
  const std::string& address() const { return address_; }
  int port() const { return port_; }  // 0: a unix socket

  // Everything goes through, as at first; what was held back first.
  void Pass();
  // Connections stand and new ones are taken, but nothing arrives: a cable pulled, a hung machine.
  void Stall();
  // One direction alone.
  void StallRequests();
  void StallReplies();
  // Every connection is reset, and each new one at once: nothing listens there. Until Pass.
  void Refuse();
  // Every connection is reset now; new ones go through.
  void Cut();
  // Once: so many more bytes of the server go through, counted over all connections; the connection
  // that would carry the next one is reset instead. The server has done what it was asked.
  void CutReplyAfter(uint64_t bytes);

  uint64_t connections() const;  // taken so far
  uint64_t cuts() const;         // connections reset on purpose
  uint64_t request_bytes() const;
  uint64_t reply_bytes() const;

 private:
  // One direction of one connection.
  struct Pipe {
    int from = -1;
    int to = -1;
    std::string held = {};  // read and not yet written
    bool ended = false;     // nothing more comes
    bool shut = false;      // and the other side was told
  };
  struct Link {
    Pipe requests;
    Pipe replies;
    bool broken = false;
  };

  void Run(std::stop_token stop);
  void Listen(const std::string& address);
  void AcceptAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void PumpAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // True: something moved.
  bool Pump(Pipe& pipe, bool replies, Link& link) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Read(Pipe& pipe, Link& link) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ResetAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Set(bool stall_requests, bool stall_replies, bool refuse) ABSL_LOCKS_EXCLUDED(mu_);
  void Wake() const;

  // Constant after construction.
  const std::string server_;
  std::string address_;
  int port_ = 0;
  int listener_ = -1;
  int wake_ = -1;

  mutable absl::Mutex mu_;
  std::list<Link> links_ ABSL_GUARDED_BY(mu_);
  bool stall_requests_ ABSL_GUARDED_BY(mu_) = false;
  bool stall_replies_ ABSL_GUARDED_BY(mu_) = false;
  bool refuse_ ABSL_GUARDED_BY(mu_) = false;
  bool cutting_ ABSL_GUARDED_BY(mu_) = false;  // CutReplyAfter was asked for
  uint64_t until_cut_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t connections_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t cuts_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t request_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t reply_bytes_ ABSL_GUARDED_BY(mu_) = 0;

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace vaka
