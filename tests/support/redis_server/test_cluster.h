#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/redis/child_process.h"
#include "libs/redis/client.h"
#include "libs/redis/endpoint.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::redis {

struct TestClusterOptions {
  bool replicas = false;  // one for each master: nodes 3, 4 and 5 at first follow 0, 1 and 2
  // How long a node may be silent before it counts as away.
  absl::Duration node_timeout = absl::Seconds(5);
};

// A Redis Cluster of three masters on free loopback ports, every slot served. Belongs to one
// thread. Crashes the test program when it cannot be started.
class TestCluster final {
 public:
  explicit TestCluster(TestClusterOptions options = {});

  size_t size() const { return nodes_.size(); }
  // Addresses of the nodes, as seeds.
  std::string url() const;
  std::string url(size_t node) const { return nodes_[node].endpoint.ToString(); }

  // The node that serves the slot by its own account.
  size_t OwnerOf(uint16_t slot);

  // A slot's move in the three steps that an operator's tool takes. Between them clients meet ASK
  // and TRYAGAIN, after them MOVED.
  void BeginMove(uint16_t slot, size_t from, size_t to);
  // Moves one of the slot's keys; false: none is left.
  bool MoveOneKey(uint16_t slot, size_t from, size_t to);
  void EndMove(uint16_t slot, size_t from, size_t to);

  // kill -9, and gone until Revive, which starts it with its data.
  void Kill(size_t node);
  void Revive(size_t node);
  // Stops answering, and goes on.
  void Freeze(size_t node) { nodes_[node].process->Signal(SIGSTOP); }
  void Thaw(size_t node) { nodes_[node].process->Signal(SIGCONT); }
  // A node that follows `master` by its own account, and has all that it wrote; waits for one.
  size_t ReplicaOf(size_t master);
  // A replica takes over from its master in order.
  void FailOverTo(size_t replica);

  // One command to one node, again while the cluster is down. Crashes when it fails.
  Reply Do(size_t node, const Argv& argv);

 private:
  struct Node {
    Endpoint endpoint;
    int bus_port = 0;
    std::string folder;
    std::string id;
    std::unique_ptr<ChildProcess> process;  // null: killed
  };

  bool StartNode(size_t index);
  void Launch(Node& node);
  bool IsUp(size_t index);
  void Join();
  void AddReplicas();
  void AwaitWhole();

  const TestClusterOptions options_;
  SystemClock clock_;
  TempFolder folder_;
  std::vector<Node> nodes_;
};

}  // namespace vaka::redis
