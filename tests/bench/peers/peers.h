#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tests/bench/peers/peer.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::bench {

// Redis with appendfsync always, as the product's own, on a unix socket.
class RedisPeer final : public Peer {
 public:
  RedisPeer() : Peer("redis", "redis-server") {}
  absl::Status Start() override;

  // REQUIRES: it was started.
  std::string url() const { return redis_->url(); }
  std::unique_ptr<redis::Client> NewClient() { return redis_->NewClient(); }

 private:
  std::string Settings() const override;
  pid_t pid() const override;

  std::optional<redis::TestRedis> redis_;
};

// NATS, with JetStream when a folder of its own is to hold streams.
class NatsPeer final : public Peer {
 public:
  enum class Keeps {
    kNothing,     // core only
    kWithin2Min,  // JetStream as it comes: it answers before a message is on disk
    kOnDisk,      // JetStream on a folder whose every write is synchronous
  };
  explicit NatsPeer(Keeps keeps = Keeps::kNothing) : Peer("nats", "nats-server"), keeps_(keeps) {}
  absl::Status Start() override;

  std::string url() const;  // "nats://127.0.0.1:…"

 private:
  std::string Settings() const override;
  pid_t pid() const override { return daemon_ == nullptr ? 0 : daemon_->pid(); }

  const Keeps keeps_;
  PeerFolder folder_;
  int port_ = 0;
  std::unique_ptr<Daemon> daemon_;
};

// Mosquitto for anonymous clients of this machine, without persistence, with no bound on what waits
// for a client.
class MosquittoPeer final : public Peer {
 public:
  MosquittoPeer() : Peer("mosquitto", "mosquitto") {}
  absl::Status Start() override;

  int port() const { return port_; }

 private:
  std::string Settings() const override;
  pid_t pid() const override { return daemon_ == nullptr ? 0 : daemon_->pid(); }

  PeerFolder folder_;
  int port_ = 0;
  std::unique_ptr<Daemon> daemon_;
};

// RabbitMQ without plugins, a node of its own with an epmd of its own. User and password are
// "guest". A quorum queue is one that its client declares so.
class RabbitPeer final : public Peer {
 public:
  RabbitPeer() : Peer("rabbitmq", "rabbitmq-server") {}
  absl::Status Start() override;

  int port() const { return port_; }

 private:
  std::string Settings() const override;
  pid_t pid() const override { return daemon_ == nullptr ? 0 : daemon_->pid(); }

  PeerFolder folder_;
  int port_ = 0;
  std::unique_ptr<Daemon> epmd_;
  std::unique_ptr<Daemon> daemon_;
};

// PostgreSQL on a unix socket, durable as it comes (fsync and synchronous_commit on), with the
// settings a small server of its own would be given. The database "postgres" of the user
// "postgres".
class PostgresPeer final : public Peer {
 public:
  PostgresPeer() : Peer("postgresql", "postgresql-15") {}
  absl::Status Start() override;

  std::string conninfo() const;  // for PQconnectdb

 private:
  std::string Settings() const override;
  pid_t pid() const override { return daemon_ == nullptr ? 0 : daemon_->pid(); }

  PeerFolder folder_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace vaka::bench
