#include "services/registry/registry_app.h"

#include "libs/base/status.h"
#include "libs/runtime/periodic.h"
#include "services/registry/chores.h"
#include "services/registry/registry_service.h"

namespace vaka::registry {
namespace {

// Of the snapshot's bytes; raise it whenever their meaning changes.
constexpr int kErrandThreads = 4;
constexpr size_t kMostErrands = 256;

}  // namespace

// In the order in which they are made; undone in the reverse.
struct App::Parts {
  Parts(runtime::Host& host, const AppOptions& options)
      : metrics(host.metrics),
        follower(
            {.name = "registry", .schema = State::kSchema},
            [](const std::string&) { return std::make_unique<State>(); }, host.log,
            host.subscribe(), host.clock),
        commands(follower, host.log, host.clock),
        importer(follower, commands, host.log, host.vault),
        errands(kErrandThreads, kMostErrands),
        service({follower, commands, host.vault, host.gate, errands, importer, metrics}),
        chores(follower, commands, metrics, host.clock),
        periodic("registry chores", host.clock, options.chores_every,
                 [this](absl::Time now) { chores.RunOnce(now); }) {}

  Metrics metrics;
  fold::Follower follower;
  fold::Commands commands;
  Importer importer;
  Errands errands;
  Service service;
  Chores chores;
  runtime::Periodic periodic;
};

App::App(runtime::Host& host, AppOptions options)
    : parts_(std::make_unique<Parts>(host, options)) {}

App::~App() = default;

absl::Status App::Start() {
  VAKA_RETURN_IF_ERROR(parts_->follower.Start());
  parts_->periodic.Start();
  return absl::OkStatus();
}

void App::Stop() {
  parts_->periodic.Stop();
  parts_->errands.Stop();
  parts_->follower.Stop();
}

grpc::Service* App::service() { return &parts_->service; }
std::vector<fold::Follower*> App::followers() { return {&parts_->follower}; }

}  // namespace vaka::registry
