#include "tests/support/whole_system/whole_system.h"

#include <grpcpp/grpcpp.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "libs/config/municipality.h"
#include "libs/rpc/unary.h"
#include "services/vaka/keys.h"
#include "tests/support/eventually/patience.h"
#include "tests/support/redis_server/free_port.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka {
namespace {

constexpr char kConfig[] = VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml";

}  // namespace

WholeSystem::WholeSystem(Caught caught)
    : smtp_({.caught = std::move(caught.mail)}),
      sms_({.caught = std::move(caught.sms)}, clock_),
      http_(absl::StrCat("127.0.0.1:", redis::FreePort())) {}

WholeSystem::~WholeSystem() {
  Stop().IgnoreError();
  sms_.Stop();
  smtp_.Stop();
}

absl::Status WholeSystem::Start() {
  if (smtp_.port() == 0) {
    if (absl::Status status = smtp_.Start(); !status.ok()) return status;
    if (absl::Status status = sms_.Start(); !status.ok()) return status;
    setenv("VAKA_SMS_USER", "sink", 1);
    setenv("VAKA_SMS_PASSWORD", "sink", 1);
  }
  RunOptions options;
  options.store.data = folder_.path();
  options.config = kConfig;
  options.http = http_;
  options.grpc = "127.0.0.1:0";
  options.metrics = "127.0.0.1:0";
  options.smtp = smtp_.url();
  options.sms = sms_.url();
  process_ = std::make_unique<Process>(options);
  if (absl::Status status = process_->Start(); !status.ok()) return status;
  channel_ = grpc::CreateChannel(process_->grpc_address(), grpc::InsecureChannelCredentials());
  return absl::OkStatus();
}

absl::Status WholeSystem::Stop() {
  if (process_ == nullptr) return absl::OkStatus();
  const absl::Status status = process_->Stop();
  process_.reset();
  return status;
}

absl::Status WholeSystem::Configure() {
  const auto config = config::LoadMunicipality(kConfig);
  if (!config.ok()) return config.status();
  registry::v1::ConfigureRequest request;
  request.set_kommun(kKommun);
  request.set_idempotency_key("configure");
  *request.mutable_config() = *config;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(clock_.Now() + absl::Seconds(kPatience * 20)));
  context.AddMetadata("authorization", "Bearer " + Token(options::v1::ROLE_COORDINATOR,
                                                         "samordnare", "municipality"));
  registry::v1::ConfigureResponse response;
  return rpc::FromGrpc(
      registry::v1::RegistryService::NewStub(channel_)->Configure(&context, request, &response));
}

std::string WholeSystem::Token(options::v1::Role role, const std::string& person,
                               const std::string& agency) {
  gateway::v1::Identity identity;
  identity.set_kommun(kKommun);
  identity.set_person(person);
  identity.set_agency(agency);
  identity.add_roles(role);
  *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(1));
  return LoadTokens(folder_.path() + "/keys")->Mint(identity);
}

}  // namespace vaka
