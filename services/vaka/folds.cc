#include "services/vaka/folds.h"

#include "services/dispatch/dispatch.h"
#include "services/est/est.h"
#include "services/gateway/config_fold.h"
#include "services/intake/state.h"
#include "services/notifications/deliveries.h"
#include "services/notifications/state.h"
#include "services/registry/registry.h"

namespace vaka {
namespace {

template <typename State>
FoldKind Kind(std::string name, log::Stream stream = log::Stream::kFacts) {
  return {std::move(name), State::kSchema, stream, [] { return std::make_unique<State>(); }};
}

}  // namespace

std::vector<FoldKind> AllFolds() {
  return {Kind<registry::State>("registry"),
          Kind<intake::State>("intake"),
          Kind<notifications::State>("notifications"),
          Kind<notifications::Deliveries>("deliveries", log::Stream::kDeliveries),
          Kind<dispatch::State>("dispatch"),
          Kind<est::State>("est"),
          Kind<gateway::ConfigFold>("gateway")};
}

}  // namespace vaka
