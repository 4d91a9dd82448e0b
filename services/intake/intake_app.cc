#include "services/intake/intake_app.h"

#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "services/intake/intake_service.h"

namespace vaka::intake {
namespace {

constexpr int kWorkers = 2;

fold::FollowerOptions Options() {
  fold::FollowerOptions options;
  options.name = "intake";
  options.schema = State::kSchema;
  return options;
}

}  // namespace

// In the order of construction; each uses only what stands above it.
class App::Parts {
 public:
  explicit Parts(runtime::Host& host)
      : follower(
            Options(), [](const std::string&) { return std::make_unique<State>(); }, host.log,
            host.subscribe(), host.clock),
        commands(follower, host.log, host.clock),
        metrics(host.metrics),
        worker(kWorkers),
        service(host.gate, Deps{follower, commands, host.vault, worker, metrics}) {}

  fold::Follower follower;
  fold::Commands commands;
  Metrics metrics;
  Worker worker;
  IntakeServiceImpl service;
};

App::App(runtime::Host& host) : parts_(std::make_unique<Parts>(host)) {}
App::~App() = default;

absl::Status App::Start() { return parts_->follower.Start(); }

void App::Stop() {
  parts_->worker.Stop();
  parts_->follower.Stop();
}

grpc::Service* App::service() { return &parts_->service; }
std::vector<fold::Follower*> App::followers() { return {&parts_->follower}; }

}  // namespace vaka::intake
