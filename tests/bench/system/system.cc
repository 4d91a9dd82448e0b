#include "tests/bench/system/system.h"

#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <stop_token>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/config/municipality.h"
#include "libs/rpc/unary.h"
#include "services/vaka/keys.h"
#include "tests/bench/system/usage.h"
#include "vaka/dispatch/v1/dispatch_service.grpc.pb.h"
#include "vaka/est/v1/est_service.grpc.pb.h"
#include "vaka/gateway/v1/gateway_service.pb.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/notifications/v1/notifications_service.grpc.pb.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka::bench {
namespace {

constexpr char kConfig[] = VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml";
constexpr absl::Duration kLimit = absl::Seconds(55);

void Prepare(grpc::ClientContext& context, Clock& clock, const std::string& token) {
  context.set_deadline(absl::ToChronoTime(clock.Now() + kLimit));
  context.AddMetadata("authorization", "Bearer " + token);
}

}  // namespace

absl::StatusOr<std::unique_ptr<System>> System::Start(SystemOptions options) {
  std::unique_ptr<System> system(new System(std::move(options)));
  VAKA_RETURN_IF_ERROR(system->Restart().status());
  return system;
}

absl::StatusOr<absl::Duration> System::Restart(const std::string& redis) {
  VakaProcess::Options options{
      .arguments = {"run", "--data=" + folder_.path(), "--http=127.0.0.1:0", "--grpc=127.0.0.1:0",
                    "--metrics=127.0.0.1:0", absl::StrCat("--config=", kConfig)},
      .ready_within = options_.ready_within};
  if (!redis.empty()) options.arguments.push_back("--redis=" + redis);
  for (const std::string& argument : options_.arguments) options.arguments.push_back(argument);
  const absl::Time begin = clock_.Steady();
  VAKA_ASSIGN(process_, VakaProcess::Start(options));
  const absl::Duration took = clock_.Steady() - begin;
  channel_ =
      grpc::CreateChannel(process_->AddressAfter("gRPC "), grpc::InsecureChannelCredentials());
  return took;
}

void System::AwaitQuiet() { bench::AwaitQuiet(Processes(), clock_); }

void System::Stop() { process_->Stop(absl::Minutes(1)); }

absl::Status System::Configure(const std::string& kommun) {
  VAKA_ASSIGN(registry::v1::MunicipalityConfig config, config::LoadMunicipality(kConfig));
  config.set_kommun(kommun);
  config.set_county(kommun.substr(0, 2));
  registry::v1::ConfigureRequest request;
  request.set_kommun(kommun);
  request.set_idempotency_key("configure");
  *request.mutable_config() = std::move(config);
  grpc::ClientContext context;
  Prepare(context, clock_, Coordinator(kommun));
  registry::v1::ConfigureResponse response;
  VAKA_RETURN_IF_ERROR(rpc::FromGrpc(
      registry::v1::RegistryService::NewStub(channel_)->Configure(&context, request, &response)));
  return AwaitFolded(kommun, response.seq());
}

absl::Status System::AwaitFolded(const std::string& kommun, uint64_t seq) {
  const auto ask =
      [&]<typename Stub, typename Request, typename Response>(
          std::unique_ptr<Stub> stub, Request request, Response response,
          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
        request.set_kommun(kommun);
        request.set_at_least(seq);
        grpc::ClientContext context;
        Prepare(context, clock_, Coordinator(kommun));
        return rpc::FromGrpc((*stub.*method)(&context, request, &response));
      };
  VAKA_RETURN_IF_ERROR(ask(intake::v1::IntakeService::NewStub(channel_), intake::v1::ListRequest(),
                           intake::v1::ListResponse(), &intake::v1::IntakeService::Stub::List));
  VAKA_RETURN_IF_ERROR(ask(notifications::v1::NotificationsService::NewStub(channel_),
                           notifications::v1::ListAlertsRequest(),
                           notifications::v1::ListAlertsResponse(),
                           &notifications::v1::NotificationsService::Stub::ListAlerts));
  return ask(est::v1::EstService::NewStub(channel_), est::v1::GetWeekRequest(),
             est::v1::GetWeekResponse(), &est::v1::EstService::Stub::GetWeek);
}

std::string System::Token(const std::string& kommun, options::v1::Role role,
                          const std::string& person, const std::string& agency) const {
  gateway::v1::Identity identity;
  identity.set_kommun(kommun);
  identity.set_person(person);
  identity.set_agency(agency);
  identity.add_roles(role);
  *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(24));
  return LoadTokens(folder_.path() + "/keys")->Mint(identity);
}

std::string System::Coordinator(const std::string& kommun) const {
  return Token(kommun, options::v1::ROLE_COORDINATOR, "samordnare", "municipality");
}

std::string System::Police(const std::string& kommun) const {
  return Token(kommun, options::v1::ROLE_BRIEFING_OFFICER, "polis", "police");
}

std::string System::http_address() const { return process_->AddressAfter("http://"); }

std::vector<pid_t> System::Processes() const { return WithChildren(process_->pid()); }

std::string KommunOf(int n) { return absl::StrCat(1001 + n); }

}  // namespace vaka::bench
