#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/redis/child_process.h"
#include "libs/redis/client.h"
#include "libs/redis/endpoint.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::redis {

// A Redis Cluster of three masters on free loopback ports, every slot served. Belongs to one
// thread. Crashes the test program when it cannot be started.
class TestCluster final {
 public:
  TestCluster();

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

  // One command to one node. Crashes when it fails.
  Reply Do(size_t node, const Argv& argv);

 private:
  struct Node {
    Endpoint endpoint;
    std::string id;
    std::unique_ptr<ChildProcess> process;
  };

  bool StartNode(size_t index);
  void Join();

  SystemClock clock_;
  TempFolder folder_;
  std::vector<Node> nodes_;
};

}  // namespace vaka::redis
