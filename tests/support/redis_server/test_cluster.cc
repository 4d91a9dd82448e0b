#include "tests/support/redis_server/test_cluster.h"

#include <cstdlib>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/log_line.h"
#include "libs/redis/connection.h"
#include "libs/redis/slot.h"
#include "tests/support/eventually/patience.h"
#include "tests/support/redis_server/free_port.h"

namespace vaka::redis {
namespace {

constexpr size_t kMasters = 3;
constexpr absl::Duration kLimit = absl::Seconds(kPatience * 20);

}  // namespace

TestCluster::TestCluster(TestClusterOptions options)
    : options_(options), nodes_(options.replicas ? 2 * kMasters : kMasters) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    bool started = false;
    for (int attempt = 0; attempt < 5 && !started; ++attempt) started = StartNode(i);
    if (!started) std::abort();
  }
  Join();
  if (options_.replicas) AddReplicas();
}

bool TestCluster::StartNode(size_t index) {
  Node& node = nodes_[index];
  node.endpoint.host = "127.0.0.1";
  node.endpoint.port = FreePort();
  node.bus_port = FreePort();
  node.folder = absl::StrCat(folder_.path(), "/", index);
  std::filesystem::remove_all(node.folder);
  std::filesystem::create_directories(node.folder);
  Launch(node);
  return IsUp(index);
}

void TestCluster::Launch(Node& node) {
  const std::vector<std::pair<std::string, std::string>> settings = {
      {"port", absl::StrCat(node.endpoint.port)},
      {"cluster-port", absl::StrCat(node.bus_port)},
      {"bind", "127.0.0.1"},
      {"dir", node.folder},
      {"logfile", "redis.log"},
      {"save", ""},
      {"appendonly", "yes"},
      {"appendfsync", "always"},
      {"cluster-enabled", "yes"},
      {"cluster-config-file", "nodes.conf"},
      {"cluster-node-timeout", absl::StrCat(absl::ToInt64Milliseconds(options_.node_timeout))},
      {"repl-diskless-sync-delay", "0"}};
  Argv argv = {"redis-server"};
  for (const auto& [name, value] : settings) {
    argv.push_back(absl::StrCat("--", name));
    argv.push_back(value);
  }
  auto process = ChildProcess::Start(argv);
  if (!process.ok()) std::abort();
  node.process = *std::move(process);
}

bool TestCluster::IsUp(size_t index) {
  Node& node = nodes_[index];
  // Another test's server may have taken the port: the one that answers has to be this node's.
  const auto answers = [&] {
    const absl::Time deadline = clock_.Steady() + kLimit;
    const auto connection = Connection::Open(node.endpoint, nullptr, clock_, deadline);
    if (!connection.ok()) return false;
    const absl::StatusOr<Reply> folder = (*connection)->Call({"CONFIG", "GET", "dir"}, deadline);
    return folder.ok() && folder->elements.size() == 2 && folder->elements[1].text == node.folder;
  };
  bool up = false;
  return Eventually([&] {
           up = answers();
           return up || node.process->WaitUntilEnded(absl::ZeroDuration());
         }) &&
         up;
}

void TestCluster::Kill(size_t node) {
  nodes_[node].process->Signal(SIGKILL);
  if (!nodes_[node].process->WaitUntilEnded(kLimit)) std::abort();
  nodes_[node].process.reset();
}

void TestCluster::Revive(size_t node) {
  Launch(nodes_[node]);
  if (!IsUp(node)) std::abort();
}

size_t TestCluster::ReplicaOf(size_t master) {
  size_t found = nodes_.size();
  // {"slave", host, port, "connected", offset}
  const bool there = Eventually([&] {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].process == nullptr) continue;
      const Reply role = Do(i, {"ROLE"});
      if (role.elements[0].text != "slave" || role.elements[3].text != "connected" ||
          role.elements[2].integer != nodes_[master].endpoint.port) {
        continue;
      }
      found = i;
      return true;
    }
    return false;
  });
  if (!there) std::abort();
  return found;
}

// The other masters vote on a master's place once in two node timeouts; soon after another change
// of master a request may find no votes, and lapses five seconds later.
void TestCluster::FailOverTo(size_t replica) {
  constexpr int kRequests = 5;
  constexpr absl::Duration kLapsed = absl::Seconds(6);
  const auto is_master = [&] { return Do(replica, {"ROLE"}).elements[0].text == "master"; };
  for (int request = 0; request < kRequests; ++request) {
    Do(replica, {"CLUSTER", "FAILOVER"});
    if (Eventually(is_master, kLapsed)) return;
  }
  std::abort();
}

void TestCluster::Join() {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (i < kMasters) {
      const size_t first = i * kSlots / kMasters;
      const size_t last = (i + 1) * kSlots / kMasters - 1;
      Do(i, {"CLUSTER", "ADDSLOTSRANGE", absl::StrCat(first), absl::StrCat(last)});
    }
    Do(i, {"CLUSTER", "SET-CONFIG-EPOCH", absl::StrCat(i + 1)});
    nodes_[i].id = Do(i, {"CLUSTER", "MYID"}).text;
  }
  for (size_t i = 1; i < nodes_.size(); ++i) {
    Do(0, {"CLUSTER", "MEET", "127.0.0.1", absl::StrCat(nodes_[i].endpoint.port),
           absl::StrCat(nodes_[i].bus_port)});
  }
  AwaitWhole();
}

void TestCluster::AddReplicas() {
  for (size_t i = 0; i < kMasters; ++i) {
    Do(kMasters + i, {"CLUSTER", "REPLICATE", nodes_[i].id});
  }
  for (size_t i = 0; i < kMasters; ++i) ReplicaOf(i);
  AwaitWhole();
}

void TestCluster::AwaitWhole() {
  const bool whole = Eventually([this] {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      const std::string info = Do(i, {"CLUSTER", "INFO"}).text;
      if (!absl::StrContains(info, "cluster_state:ok") ||
          !absl::StrContains(info, "cluster_slots_assigned:16384") ||
          !absl::StrContains(info, absl::StrCat("cluster_known_nodes:", nodes_.size()))) {
        return false;
      }
    }
    return true;
  });
  if (!whole) std::abort();
}

std::string TestCluster::url() const {
  return absl::StrJoin(nodes_, ",", [](std::string* out, const Node& node) {
    absl::StrAppend(out, node.endpoint.ToString());
  });
}

Reply TestCluster::Do(size_t node, const Argv& argv) {
  const absl::Time deadline = clock_.Steady() + kLimit;
  absl::StatusOr<Reply> reply = absl::UnknownError("not asked");
  // While the nodes agree anew on who is there, some answer, also through another, that the cluster
  // is down, or do not know yet who became master.
  const auto asked = [&] {
    auto connection = Connection::Open(nodes_[node].endpoint, nullptr, clock_, deadline);
    reply = connection.ok() ? (*connection)->Call(argv, deadline) : connection.status();
    return !reply.ok() || !reply->is_error() ||
           (!absl::StrContains(reply->text, "CLUSTERDOWN") &&
            !absl::StrContains(reply->text, "Target node is not a master"));
  };
  const bool agreed = Eventually(asked, kLimit);
  if (!agreed || !reply.ok() || reply->is_error()) {
    LogError("test", argv.front(), ": ",
             reply.ok() ? reply->text : std::string(reply.status().message()));
    std::abort();
  }
  return *std::move(reply);
}

size_t TestCluster::OwnerOf(uint16_t slot) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].process == nullptr) continue;
    for (const Reply& range : Do(i, {"CLUSTER", "SLOTS"}).elements) {
      const bool mine = range.elements[2].elements[2].text == nodes_[i].id;
      if (mine && range.elements[0].integer <= slot && slot <= range.elements[1].integer) return i;
    }
  }
  std::abort();
}

void TestCluster::BeginMove(uint16_t slot, size_t from, size_t to) {
  Do(to, {"CLUSTER", "SETSLOT", absl::StrCat(slot), "IMPORTING", nodes_[from].id});
  Do(from, {"CLUSTER", "SETSLOT", absl::StrCat(slot), "MIGRATING", nodes_[to].id});
}

bool TestCluster::MoveOneKey(uint16_t slot, size_t from, size_t to) {
  const Reply keys = Do(from, {"CLUSTER", "GETKEYSINSLOT", absl::StrCat(slot), "1"});
  if (keys.elements.empty()) return false;
  Do(from, {"MIGRATE", "127.0.0.1", absl::StrCat(nodes_[to].endpoint.port), keys.elements[0].text,
            "0", "5000"});
  return true;
}

void TestCluster::EndMove(uint16_t slot, size_t from, size_t to) {
  Do(to, {"CLUSTER", "SETSLOT", absl::StrCat(slot), "NODE", nodes_[to].id});
  Do(from, {"CLUSTER", "SETSLOT", absl::StrCat(slot), "NODE", nodes_[to].id});
}

}  // namespace vaka::redis
