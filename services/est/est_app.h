#pragma once

#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "libs/runtime/periodic.h"
#include "libs/runtime/target.h"
#include "services/est/est_metrics.h"
#include "services/est/est_service.h"
#include "services/est/scheduler.h"

namespace vaka::est {

struct Options {
  absl::Duration look_at_schedule = absl::Seconds(15);
};

// The est target: follows the logs, serves EstService, keeps the schedule. See runtime::Target.
class App final : public runtime::Target {
 public:
  explicit App(runtime::Host& host, Options options = {});

  absl::string_view name() const override { return "est"; }
  absl::Status Start() override;
  void Stop() override;
  grpc::Service* service() override { return &service_; }
  std::vector<fold::Follower*> followers() override { return {&follower_}; }

 private:
  Metrics metrics_;
  fold::Follower follower_;
  fold::Commands commands_;
  Service service_;
  Scheduler scheduler_;
  runtime::Periodic schedule_;
};

}  // namespace vaka::est
