#include "libs/rpc/server.h"

#include <grpc/support/time.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/rpc/tls_keys.h"

namespace vaka::rpc {
namespace {

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CredentialsFor(
    const ServerOptions& options) {
  VAKA_RETURN_IF_ERROR(CheckMayUse(options.address, options.key_dir));
  if (options.key_dir.empty()) return grpc::InsecureServerCredentials();
  VAKA_ASSIGN(const TlsFiles files, ReadTls(options.key_dir));
  grpc::SslServerCredentialsOptions ssl(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  ssl.pem_root_certs = files.ca;
  ssl.pem_key_cert_pairs.push_back({files.key, files.certificate});
  return grpc::SslServerCredentials(ssl);
}

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  // What a connection has under way beyond this waits at its client and costs us no memory.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 1000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  // Clients ping every 20 s; faster than this is a fault or an attack.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a taken port is an error, not shared
}

// The given address with the port that was bound in place of its own.
std::string Bound(const std::string& address, int port) {
  if (absl::StartsWith(address, "unix:")) return address;
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

}  // namespace

Server::Server(ServerOptions options, std::vector<grpc::Service*> services)
    : options_(std::move(options)), services_(std::move(services)) {}

Server::~Server() { Stop(); }

absl::Status Server::Start() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  if (!options_.address.empty()) {
    VAKA_ASSIGN(const auto credentials, CredentialsFor(options_));
    builder.AddListeningPort(options_.address, credentials, &port);
  }
  SetLimits(builder);
  for (grpc::Service* service : services_) {
    if (service != nullptr) builder.RegisterService(service);
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("gRPC cannot listen on ", options_.address,
                     ": the address is taken or not one of this machine"));
  }
  if (!options_.address.empty()) bound_ = Bound(options_.address, port);
  server_->GetHealthCheckService()->SetServingStatus(true);
  return absl::OkStatus();
}

void Server::Stop() {
  if (server_ == nullptr) return;
  server_->GetHealthCheckService()->SetServingStatus(false);
  server_->Shutdown(gpr_time_from_millis(absl::ToInt64Milliseconds(options_.drain), GPR_TIMESPAN));
  server_->Wait();
  server_.reset();
}

std::shared_ptr<grpc::Channel> Server::InProcess() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  return server_->InProcessChannel(arguments);
}

}  // namespace vaka::rpc
