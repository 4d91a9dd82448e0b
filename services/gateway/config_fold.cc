#include "services/gateway/config_fold.h"

#include "vaka/gateway/v1/state.pb.h"

namespace vaka::gateway {

absl::Status ConfigFold::Apply(const event::v1::Event& event) {
  if (event.has_municipality_configured()) {
    burglaries_ = HomeBurglariesOf(event.municipality_configured().config());
  }
  return absl::OkStatus();
}

std::string ConfigFold::Serialize() const {
  v1::State state;
  for (const std::string& category : burglaries_) state.add_home_burglaries(category);
  return state.SerializeAsString();
}

absl::Status ConfigFold::Restore(absl::string_view bytes) {
  v1::State state;
  if (!state.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("not a state of the gateway");
  }
  burglaries_ = HomeBurglaries(state.home_burglaries().begin(), state.home_burglaries().end());
  return absl::OkStatus();
}

}  // namespace vaka::gateway
