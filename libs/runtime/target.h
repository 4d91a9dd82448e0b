#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/bus/bus.h"
#include "libs/log/log.h"
#include "libs/rpc/gate.h"
#include "libs/vault/vault.h"

namespace grpc {
class Service;
}
namespace prometheus {
class Registry;
}
namespace vaka::redis {
class Client;
}
namespace vaka::fold {
class Follower;
}

namespace vaka::runtime {

// What the process gives every service. All outlive the services.
struct Host {
  log::Log& log;
  redis::Client& redis;
  std::function<std::unique_ptr<bus::Source>()>
      subscribe;  // a new source of all municipalities' facts
  const vault::Vault& vault;
  const rpc::Tokens& tokens;
  rpc::Gate& gate;
  Clock& clock;
  prometheus::Registry& metrics;
  std::string public_url;  // "http://127.0.0.1:8080", for links in messages
  // For facts that a service appends by a Redis Function of its own: puts them on the bus.
  log::OnCommitted publish = {};
};

// One service of the process. Start and Stop are called once each, by one thread.
class Target {
 public:
  virtual ~Target() = default;
  virtual absl::string_view name() const = 0;
  virtual absl::Status Start() = 0;
  // After Stop no thread of the target runs. Bounded: two seconds.
  virtual void Stop() = 0;
  // Registered with the process's gRPC server before Start; lives as long as the target. Null:
  // serves no rpc.
  virtual grpc::Service* service() = 0;
  // Its folds: opened together with those of the other targets before Start, and in the metrics.
  virtual std::vector<fold::Follower*> followers() { return {}; }
};

}  // namespace vaka::runtime
