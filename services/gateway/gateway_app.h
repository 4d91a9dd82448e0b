#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/runtime/target.h"
#include "services/gateway/connect_handler.h"
#include "services/gateway/front.h"
#include "services/gateway/http_server.h"
#include "services/gateway/live_hub.h"
#include "services/gateway/upstream.h"
#include "vaka/gateway/v1/gateway_service.pb.h"

namespace vaka::gateway {

struct Options {
  HttpOptions http{};             // address, sizes, times, connections
  std::string static_dir{};       // the dashboard's files; empty: none
  Upstream::Channels channels{};  // by service name, e.g. "vaka.intake.v1.IntakeService"
  std::vector<v1::DemoRole> demo_roles{};
  std::function<v1::PhonesResponse()> phones{};  // unset: no demo
  FrontLimits limits{};
  ConnectHandler::Timeouts timeouts{};
  LiveHub::Limits live{};
  absl::Duration beat = absl::Seconds(5);
};

// The gateway: HTTP for browsers and systems in front of every service's gRPC, sign-in, and the
// live stream. `service()` is null: it has several, see `services()`.
class App final : public runtime::Target {
 public:
  // `host` and everything in it outlive the app; the host's tokens can sign.
  App(runtime::Host& host, Options options);
  ~App() override;

  absl::string_view name() const override { return "gateway"; }
  absl::Status Start() override;
  void Stop() override;
  grpc::Service* service() override { return nullptr; }
  std::vector<fold::Follower*> followers() override;
  // SessionService, LiveService, DemoService: registered with the process's gRPC server, whose
  // channel `options.channels` gives for their names.
  std::vector<grpc::Service*> services();

  // "127.0.0.1:8080" as bound. REQUIRES: started.
  const std::string& http_address() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::gateway
