#include "services/dispatch/dispatch_app.h"

#include <memory>
#include <utility>

#include "services/dispatch/dispatch.h"

namespace vaka::dispatch {
namespace {}  // namespace

App::App(runtime::Host& host, Options options)
    : metrics_(host.metrics),
      follower_(
          {.name = "dispatch", .schema = State::kSchema},
          [](const std::string&) { return std::make_unique<State>(); }, host.log, host.subscribe(),
          host.clock),
      commands_(follower_, host.log, host.clock),
      service_(host.gate, follower_, commands_, std::move(options.rules)),
      watch_(follower_, commands_, metrics_, host.clock),
      watching_("dispatch watch", host.clock, options.watch_every,
                [this](absl::Time now) { watch_.RunOnce(now); }) {}

absl::Status App::Start() {
  const absl::Status followed = follower_.Start();
  if (!followed.ok()) return followed;
  watching_.Start();
  return absl::OkStatus();
}

void App::Stop() {
  watching_.Stop();
  follower_.Stop();
}

}  // namespace vaka::dispatch
