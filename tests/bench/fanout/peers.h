#pragma once

#include <memory>

#include "tests/bench/fanout/medium.h"
#include "tests/bench/peers/peer.h"

namespace vaka::bench {

// Redis on loopback TCP that keeps nothing and drops no subscriber for being slow.
class PubSubPeer final : public Peer {
 public:
  PubSubPeer() : Peer("redis", "redis-server") {}
  absl::Status Start() override;
  int port() const { return port_; }

 private:
  std::string Settings() const override;
  pid_t pid() const override { return daemon_ == nullptr ? 0 : daemon_->pid(); }

  PeerFolder folder_;
  int port_ = 0;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace vaka::bench
