#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/redis/connection.h"
#include "libs/redis/endpoint.h"
#include "libs/redis/reply.h"
#include "libs/redis/topology.h"

namespace vaka::redis {

struct ClientOptions {
  std::string urls = {};     // see ParseEndpoints; seeds of a cluster, or one server
  std::string ca_file = {};  // for rediss://; empty: the machine's authorities
  // Allows redis:// to an address that is not loopback.
  bool plain_remote = false;
  absl::Duration connect_timeout = absl::Seconds(2);
  size_t idle_connections = 8;  // kept a node
};

// One command and the key that says which node serves it. Every key of the command has the same
// hash tag.
struct Request {
  std::string key;
  Argv argv;
};

struct BatchOptions {
  // Wait out TRYAGAIN, CLUSTERDOWN and LOADING until the deadline, rather than answer with them.
  bool patient = true;
  // After each node's commands: wait until so many replicas have them. Unmet: the error NOREPLICAS.
  int replicas = 0;
};

struct ClientStats {
  uint64_t connects = 0;
  uint64_t losses = 0;     // connections that failed in use
  uint64_t redirects = 0;  // MOVED and ASK followed
  uint64_t map_refreshes = 0;
};

// Commands to a Redis server, or to a Redis Cluster that it finds out about by itself: commands go
// to the master of their key's slot, and redirections are followed. Thread-safe; a call holds a
// connection of its own from a pool while it runs.
//
// Deadlines are of Clock::Steady. A command is sent once. When its connection is lost the answer is
// UNAVAILABLE, and it is not known whether it was carried out; the next call connects anew. No
// error text holds a password or a command's arguments.
class Client final {
 public:
  // Does not connect. INVALID_ARGUMENT: an address is malformed, or plain and not loopback.
  static absl::StatusOr<std::unique_ptr<Client>> Make(ClientOptions options, Clock& clock);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // One command. An error reply becomes a status as ToStatus says.
  absl::StatusOr<Reply> Command(absl::string_view key, Argv argv, absl::Time deadline);

  // Many commands of one hash tag in one write, in order, each with its own answer. They are not a
  // transaction.
  std::vector<absl::StatusOr<Reply>> Pipeline(absl::string_view key, const std::vector<Argv>& argvs,
                                              absl::Time deadline);

  // Many commands of any keys: one write and one read a node. Commands of the same hash tag keep
  // their order. A status means that the command was not answered; error replies are replies.
  std::vector<absl::StatusOr<Reply>> Batch(const std::vector<Request>& requests,
                                           const BatchOptions& options, absl::Time deadline);

  // The same command to every master; the first failure is the answer.
  absl::StatusOr<std::vector<Reply>> EachMaster(const Argv& argv, absl::Time deadline);

  // A library of Redis Functions, loaded (FUNCTION LOAD REPLACE) on every master now, and again
  // wherever a node says that it does not know a function: a new or failed-over master.
  absl::Status UseLibrary(std::string source, absl::Time deadline);

  // The name of the node that serves the key now; for grouping work by node. "" when not known.
  std::string NodeOf(absl::string_view key);

  absl::Status Ping(absl::Time deadline);
  ClientStats stats() const;

 private:
  using Map = std::shared_ptr<const Topology>;  // shared with the calls under way when replaced
  struct Pending;
  struct Flight;
  struct Round;

  Client(ClientOptions options, std::vector<Endpoint> seeds, std::unique_ptr<Tls> tls,
         Clock& clock);

  // The topology, asked for anew when there is none or it proved stale.
  absl::StatusOr<Map> CurrentMap(absl::Time deadline) ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<Topology> AskTopology(const Endpoint& seed, bool* passing, absl::Time deadline);
  void MarkStale(const Map& used) ABSL_LOCKS_EXCLUDED(mu_);

  absl::StatusOr<std::unique_ptr<Connection>> Take(const Endpoint& endpoint, absl::Time deadline)
      ABSL_LOCKS_EXCLUDED(mu_);
  void GiveBack(const Endpoint& endpoint, std::unique_ptr<Connection> connection)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<Reply> CallOn(const Endpoint& endpoint, const Argv& argv, absl::Time deadline);

  void RunRound(Round& round);
  void Send(Flight& flight, const Round& round);
  void Receive(Flight& flight, const Round& round);
  void Judge(Pending& pending, Round& round);
  bool Redirect(Pending& pending, const Reply& reply);
  absl::Status LoadLibraries(const Endpoint& endpoint, absl::Time deadline);

  // Constant after construction.
  const ClientOptions options_;
  const std::vector<Endpoint> seeds_;
  const std::unique_ptr<Tls> tls_;
  Clock& clock_;

  std::atomic<uint64_t> connects_{0};
  std::atomic<uint64_t> losses_{0};
  std::atomic<uint64_t> redirects_{0};
  std::atomic<uint64_t> refreshes_{0};

  absl::Mutex mu_;
  Map map_ ABSL_GUARDED_BY(mu_);  // null until it was asked for
  bool stale_ ABSL_GUARDED_BY(mu_) = true;
  absl::flat_hash_map<std::string, std::vector<std::unique_ptr<Connection>>> idle_
      ABSL_GUARDED_BY(mu_);
  std::vector<std::string> libraries_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::redis
