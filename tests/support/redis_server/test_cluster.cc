#include "tests/support/redis_server/test_cluster.h"

#include <cstdlib>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/log_line.h"
#include "libs/redis/connection.h"
#include "libs/redis/slot.h"
#include "tests/support/redis_server/free_port.h"

namespace vaka::redis {
namespace {

constexpr size_t kNodes = 3;
constexpr absl::Duration kLimit = absl::Seconds(20);

}  // namespace

TestCluster::TestCluster() : nodes_(kNodes) {
  for (size_t i = 0; i < kNodes; ++i) {
    bool started = false;
    for (int attempt = 0; attempt < 5 && !started; ++attempt) started = StartNode(i);
    if (!started) std::abort();
  }
  Join();
}

bool TestCluster::StartNode(size_t index) {
  Node& node = nodes_[index];
  node.endpoint.host = "127.0.0.1";
  node.endpoint.port = FreePort();
  const std::string folder = absl::StrCat(folder_.path(), "/", index);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  auto process = ChildProcess::Start({"redis-server",
                                      "--port",
                                      absl::StrCat(node.endpoint.port),
                                      "--cluster-port",
                                      absl::StrCat(FreePort()),
                                      "--bind",
                                      "127.0.0.1",
                                      "--dir",
                                      folder,
                                      "--logfile",
                                      "redis.log",
                                      "--save",
                                      "",
                                      "--appendonly",
                                      "yes",
                                      "--appendfsync",
                                      "always",
                                      "--cluster-enabled",
                                      "yes",
                                      "--cluster-config-file",
                                      "nodes.conf",
                                      "--cluster-node-timeout",
                                      "5000"});
  if (!process.ok()) std::abort();
  node.process = *std::move(process);
  return Eventually([&] {
           if (node.process->WaitUntilEnded(absl::ZeroDuration())) return true;
           return Connection::Open(node.endpoint, nullptr, clock_, clock_.Now() + kLimit).ok();
         }) &&
         !node.process->WaitUntilEnded(absl::ZeroDuration());
}

void TestCluster::Join() {
  for (size_t i = 0; i < kNodes; ++i) {
    const size_t first = i * kSlots / kNodes;
    const size_t last = (i + 1) * kSlots / kNodes - 1;
    Do(i, {"CLUSTER", "ADDSLOTSRANGE", absl::StrCat(first), absl::StrCat(last)});
    Do(i, {"CLUSTER", "SET-CONFIG-EPOCH", absl::StrCat(i + 1)});
    nodes_[i].id = Do(i, {"CLUSTER", "MYID"}).text;
  }
  for (size_t i = 1; i < kNodes; ++i) {
    const std::string info = Do(i, {"CLUSTER", "NODES"}).text;
    // "<id> 127.0.0.1:port@busport …": its bus port is not the usual port + 10000.
    const size_t at = info.find('@');
    const std::string bus = info.substr(at + 1, info.find_first_of(" ,", at) - at - 1);
    Do(0, {"CLUSTER", "MEET", "127.0.0.1", absl::StrCat(nodes_[i].endpoint.port), bus});
  }
  const bool joined = Eventually([this] {
    for (size_t i = 0; i < kNodes; ++i) {
      const std::string info = Do(i, {"CLUSTER", "INFO"}).text;
      if (!absl::StrContains(info, "cluster_state:ok") ||
          !absl::StrContains(info, "cluster_slots_assigned:16384") ||
          !absl::StrContains(info, "cluster_known_nodes:3")) {
        return false;
      }
    }
    return true;
  });
  if (!joined) std::abort();
}

std::string TestCluster::url() const {
  return absl::StrJoin(nodes_, ",", [](std::string* out, const Node& node) {
    absl::StrAppend(out, node.endpoint.ToString());
  });
}

Reply TestCluster::Do(size_t node, const Argv& argv) {
  const absl::Time deadline = clock_.Now() + kLimit;
  auto connection = Connection::Open(nodes_[node].endpoint, nullptr, clock_, deadline);
  auto reply = connection.ok() ? (*connection)->Call(argv, deadline) : connection.status();
  if (!reply.ok() || reply->is_error()) {
    LogError("test", argv.front(), ": ",
             reply.ok() ? reply->text : std::string(reply.status().message()));
    std::abort();
  }
  return *std::move(reply);
}

size_t TestCluster::OwnerOf(uint16_t slot) {
  for (size_t i = 0; i < kNodes; ++i) {
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
