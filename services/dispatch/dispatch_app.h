#pragma once

#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "libs/runtime/periodic.h"
#include "libs/runtime/target.h"
#include "services/dispatch/dispatch_metrics.h"
#include "services/dispatch/dispatch_service.h"
#include "services/dispatch/watch.h"

namespace vaka::dispatch {

struct Options {
  absl::Duration watch_every = absl::Seconds(5);
  PlanRules rules = {.depot_district = "tumba"};  // where there is none: the first district
};

// The dispatch target: follows the logs, serves DispatchService, watches what time decides. See
// runtime::Target.
class App final : public runtime::Target {
 public:
  explicit App(runtime::Host& host, Options options = {});

  absl::string_view name() const override { return "dispatch"; }
  absl::Status Start() override;
  void Stop() override;
  grpc::Service* service() override { return &service_; }
  std::vector<fold::Follower*> followers() override { return {&follower_}; }

 private:
  Metrics metrics_;
  fold::Follower follower_;
  fold::Commands commands_;
  Service service_;
  Watch watch_;
  runtime::Periodic watching_;
};

}  // namespace vaka::dispatch
