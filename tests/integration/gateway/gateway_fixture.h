#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "libs/redis/client.h"
#include "libs/rpc/server.h"
#include "libs/rpc/unary.h"
#include "services/gateway/gateway_app.h"
#include "tests/support/http_client/http_client.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"
#include "vaka/gateway/v1/gateway_service.pb.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/notifications/v1/notifications_service.grpc.pb.h"

namespace vaka::gateway {

// Intake as far as the gateway's tests need it: answers Check, fails as `fails_with` says, and
// keeps List waiting until it is cancelled.
class ToyIntake final : public intake::v1::IntakeService::CallbackService {
 public:
  explicit ToyIntake(rpc::Gate& gate) : gate_(gate) {}

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const intake::v1::CheckRequest* request,
                                  intake::v1::CheckResponse* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext*, const intake::v1::ListRequest*,
                                 intake::v1::ListResponse*) override;

  absl::Status fails_with;
  absl::Notification called;
  absl::Notification cancelled;

 private:
  rpc::Gate& gate_;
};

// Notifications as far as a text message's receipt goes.
class ToyNotifications final : public notifications::v1::NotificationsService::CallbackService {
 public:
  explicit ToyNotifications(rpc::Gate& gate) : gate_(gate) {}

  grpc::ServerUnaryReactor* Receipt(grpc::CallbackServerContext* context,
                                    const notifications::v1::ReceiptRequest* request,
                                    notifications::v1::ReceiptResponse* response) override;

  notifications::v1::ReceiptRequest receipt;

 private:
  rpc::Gate& gate_;
};

// A gateway on a port of its own, before toys of the services, a log and a bus in memory. Set
// `options_`, then Start.
class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest();
  ~GatewayTest() override;

  void Start();

  v1::Identity Identity(options::v1::Role role) const;
  std::string Bearer(options::v1::Role role) const;
  // Headers of a call in JSON with a token.
  std::map<std::string, std::string> Json(
      options::v1::Role role = options::v1::ROLE_PATROLLER) const;

  // On a connection of their own.
  HttpAnswer Post(const std::string& path, const std::map<std::string, std::string>& headers,
                  const std::string& body);
  HttpAnswer Get(const std::string& path);
  // A call that the service keeps waiting, sent.
  std::unique_ptr<HttpClient> CallThatWaits();

  // So many incidents are reported.
  void Happen(int n, const std::string& category = "graffiti");
  // Begins to watch; the answer's chunks follow.
  std::unique_ptr<HttpClient> Watch(uint64_t after, options::v1::Role role,
                                    bool small_window = false);
  // The next responses of a stream, until `n` facts have come; beats are passed over.
  static std::vector<event::v1::Event> Facts(HttpClient& client, size_t n);

  std::string Scrape();

  static constexpr char kCheck[] = "/vaka.intake.v1.IntakeService/Check";

 private:
  explicit GatewayTest(const std::pair<std::string, std::string>& keys);

 protected:
  const std::filesystem::path dir_;  // of the dashboard's files
  SystemClock clock_;
  bus::MemoryBus bus_;
  log::MemoryLog log_{bus_.publisher()};
  prometheus::Registry registry_;
  rpc::Tokens tokens_;
  rpc::Gate gate_{tokens_, clock_, registry_, {}};
  vault::Vault vault_{log_, std::string(32, 'k')};
  // Never connected: the gateway has no use for Redis itself.
  std::unique_ptr<redis::Client> redis_ =
      *redis::Client::Make({.urls = "redis://127.0.0.1:1"}, clock_);
  runtime::Host host_{log_,   *redis_,   [this] { return bus_.Subscribe(); },
                      vault_, tokens_,   gate_,
                      clock_, registry_, "http://127.0.0.1"};
  ToyIntake intake_{gate_};
  ToyNotifications notifications_{gate_};
  Options options_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<App> app_;
  int facts_ = 0;
};

}  // namespace vaka::gateway
