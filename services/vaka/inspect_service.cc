#include "services/vaka/inspect_service.h"

#include <utility>

#include "libs/base/time.h"
#include "libs/rpc/unary.h"

namespace vaka {
namespace {

using runtime::v1::FoldState;

// What the follower last knew of the municipality besides its state.
void AddProgress(const fold::Follower& follower, const std::string& kommun, absl::Time now,
                 FoldState& state) {
  const absl::Duration age = follower.AgeOf(kommun);
  if (age < absl::InfiniteDuration()) *state.mutable_checked() = ToProto(now - age);
  for (const fold::Progress& progress : follower.ProgressOfAll()) {
    if (progress.kommun == kommun) state.set_parked(progress.parked);
  }
}

absl::Status AddState(const fold::Follower& follower, const std::string& kommun, absl::Time now,
                      runtime::v1::StatesResponse& response) {
  const auto hash = follower.StateHash(kommun);
  if (absl::IsNotFound(hash.status())) return absl::OkStatus();
  if (!hash.ok()) return hash.status();
  FoldState& state = *response.add_states();
  state.set_fold(follower.name());
  state.set_stream(follower.stream() == log::Stream::kFacts ? runtime::v1::STREAM_FACTS
                                                            : runtime::v1::STREAM_DELIVERIES);
  state.set_schema(follower.schema());
  state.set_position(hash->first);
  state.set_hash(hash->second);
  AddProgress(follower, kommun, now, state);
  return absl::OkStatus();
}

}  // namespace

InspectService::InspectService(rpc::Gate& gate, std::vector<const fold::Follower*> followers)
    : gate_(gate), followers_(std::move(followers)) {}

grpc::ServerUnaryReactor* InspectService::States(grpc::CallbackServerContext* context,
                                                 const runtime::v1::StatesRequest* request,
                                                 runtime::v1::StatesResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto&, auto& out, const rpc::Done& done) {
                      for (const fold::Follower* follower : followers_) {
                        const absl::Status added = AddState(*follower, call.kommun, call.now, out);
                        if (!added.ok()) return done(added);
                      }
                      done(absl::OkStatus());
                    });
}

}  // namespace vaka
