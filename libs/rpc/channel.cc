#include "libs/rpc/channel.h"

#include <grpcpp/grpcpp.h>

#include "libs/base/status.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tls_keys.h"

namespace vaka::rpc {

absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel(const std::string& address,
                                                       const std::string& key_dir) {
  VAKA_RETURN_IF_ERROR(CheckMayUse(address, key_dir));
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!key_dir.empty()) {
    VAKA_ASSIGN(const TlsFiles files, ReadTls(key_dir));
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = files.ca;
    options.pem_cert_chain = files.certificate;
    options.pem_private_key = files.key;
    credentials = grpc::SslCredentials(options);
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  // A dead peer is noticed in half a minute; a service that restarts is found again within a
  // second.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

}  // namespace vaka::rpc
