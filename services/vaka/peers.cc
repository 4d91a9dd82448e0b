#include "services/vaka/peers.h"

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/tls_keys.h"
#include "libs/rpc/unary.h"
#include "vaka/runtime/v1/inspect_service.grpc.pb.h"

namespace vaka {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

std::string Bearer(const std::string& kommun, const rpc::Tokens& tokens, absl::Time now) {
  gateway::v1::Identity identity;
  identity.set_kommun(kommun);
  identity.add_roles(options::v1::ROLE_SYSTEM);
  *identity.mutable_expires() = ToProto(now + 2 * kPatience);
  return absl::StrCat("Bearer ", tokens.Mint(identity));
}

}  // namespace

absl::StatusOr<std::vector<PeerState>> AskStates(const std::string& peer, const std::string& kommun,
                                                 const rpc::Tokens& tokens,
                                                 const std::string& keys) {
  VAKA_ASSIGN(const std::shared_ptr<grpc::Channel> channel,
              rpc::Channel(peer, rpc::IsLocal(peer) ? "" : absl::StrCat(keys, "/tls")));
  const auto stub = runtime::v1::InspectService::NewStub(channel);
  SystemClock clock;
  const absl::Time now = clock.Now();
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(now + kPatience));
  context.AddMetadata("authorization", Bearer(kommun, tokens, now));
  runtime::v1::StatesRequest request;
  request.set_kommun(kommun);
  runtime::v1::StatesResponse response;
  const absl::Status status = rpc::FromGrpc(stub->States(&context, request, &response));
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat("--peer ", peer, ": ", status.message()));
  }
  std::vector<PeerState> states;
  for (const runtime::v1::FoldState& state : response.states()) {
    states.push_back({peer, state.fold(), state.schema(), state.position(), state.hash()});
  }
  return states;
}

}  // namespace vaka
