#pragma once

// Intake as a process runs it, but for log and bus, which are in memory.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <vector>

#include "libs/base/ids.h"
#include "libs/rpc/server.h"
#include "libs/rpc/unary.h"
#include "services/intake/intake_service.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"
#include "tests/unit/intake/town.h"

namespace vaka::intake::testing {

class Process {
 public:
  Process() {
    const auto [secret, open] = rpc::Tokens::NewKeys();
    tokens_ = std::make_unique<rpc::Tokens>(secret, open);
    gate_ = std::make_unique<rpc::Gate>(*tokens_, clock, registry, rpc::Gate::Limits());
    RecordTown();
    fold::FollowerOptions options;
    options.name = "intake";
    follower = std::make_unique<fold::Follower>(
        options, [](const std::string&) { return std::make_unique<State>(); }, log,
        bus_.Subscribe(), clock);
    commands_ = std::make_unique<fold::Commands>(*follower, log, clock);
    metrics_ = std::make_unique<Metrics>(registry);
    service_ = std::make_unique<IntakeServiceImpl>(
        *gate_, Deps{*follower, *commands_, vault, worker, *metrics_});
    EXPECT_TRUE(follower->Start().ok());
    server_ = std::make_unique<rpc::Server>(rpc::ServerOptions(),
                                            std::vector<grpc::Service*>{service_.get()});
    EXPECT_TRUE(server_->Start().ok());
    channel = server_->InProcess();
    stub = v1::IntakeService::NewStub(channel);
  }

  ~Process() {
    stub.reset();
    channel.reset();
    server_->Stop();
    worker.Stop();
    commands_.reset();
    follower->Stop();
  }

  std::string TokenOf(options::v1::Role role, const std::string& agency) const {
    gateway::v1::Identity identity;
    identity.set_kommun("0127");
    identity.set_person("p-1");
    identity.add_roles(role);
    identity.set_agency(agency);
    *identity.mutable_expires() = ToProto(Noon() + absl::Hours(24));
    return tokens_->Mint(identity);
  }

  // A call's context as somebody of this role.
  std::unique_ptr<grpc::ClientContext> As(options::v1::Role role, const std::string& agency) const {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", "Bearer " + TokenOf(role, agency));
    context->set_deadline(gpr_time_from_seconds(30, GPR_TIMESPAN));
    return context;
  }
  std::unique_ptr<grpc::ClientContext> AsCoordinator() const {
    return As(options::v1::ROLE_COORDINATOR, "municipality");
  }

  uint64_t Head() { return *log.Head("0127", log::Stream::kFacts); }

  // The state's bytes once it holds everything in the log.
  std::string Settled() {
    std::string bytes;
    const absl::Status read =
        follower->Read("0127", Head(), clock.Now() + absl::Seconds(30),
                       [&](const fold::Fold& fold, uint64_t) { bytes = fold.Serialize(); });
    EXPECT_TRUE(read.ok()) << read;
    return bytes;
  }

 private:
  bus::MemoryBus bus_;

 public:
  FakeClock clock{Noon()};
  log::MemoryLog log{bus_.publisher()};
  vault::Vault vault{log, Hash256("a test's master key")};
  prometheus::Registry registry;
  Worker worker{2};
  std::unique_ptr<fold::Follower> follower;

 private:
  void RecordTown() {
    event::v1::Event configured, area;
    *configured.mutable_municipality_configured()->mutable_config() = TownConfig();
    registry::v1::AreaRegistered& registered = *area.mutable_area_registered();
    registered.set_stage(registry::v1::AREA_STAGE_ACTIVE);
    registered.mutable_area()->set_id("a-alby");
    registered.mutable_area()->set_name("Albyberget");
    registered.mutable_area()->set_district("alby");
    *registered.mutable_area()->mutable_polygon() = Square(59.239, 17.845, 0.002);
    log::AppendRequest request;
    request.kommun = "0127";
    request.idempotency_key = "town";
    request.facts = {configured.SerializeAsString(), area.SerializeAsString()};
    EXPECT_TRUE(log.AppendNow(std::move(request)).ok());
  }

  std::unique_ptr<rpc::Tokens> tokens_;
  std::unique_ptr<rpc::Gate> gate_;
  std::unique_ptr<fold::Commands> commands_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<IntakeServiceImpl> service_;
  std::unique_ptr<rpc::Server> server_;

 public:
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::IntakeService::Stub> stub;
};

}  // namespace vaka::intake::testing
