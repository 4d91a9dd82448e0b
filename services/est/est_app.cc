#include "services/est/est_app.h"

#include <memory>

#include "services/est/est.h"

namespace vaka::est {
namespace {}  // namespace

App::App(runtime::Host& host, Options options)
    : metrics_(host.metrics),
      follower_(
          {.name = "est", .schema = State::kSchema},
          [](const std::string&) { return std::make_unique<State>(); }, host.log, host.subscribe(),
          host.clock),
      commands_(follower_, host.log, host.clock),
      service_(host.gate, follower_, commands_, metrics_),
      scheduler_(follower_, commands_, metrics_, host.clock),
      schedule_("est schedule", host.clock, options.look_at_schedule,
                [this](absl::Time now) { scheduler_.RunOnce(now); }) {}

absl::Status App::Start() {
  const absl::Status followed = follower_.Start();
  if (!followed.ok()) return followed;
  schedule_.Start();
  return absl::OkStatus();
}

void App::Stop() {
  schedule_.Stop();
  follower_.Stop();
}

}  // namespace vaka::est
