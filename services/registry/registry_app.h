#pragma once

#include <memory>

#include "libs/runtime/target.h"

namespace vaka::registry {

struct AppOptions {
  absl::Duration chores_every = absl::Seconds(10);
};

// The registry as a part of the process. See runtime::Target.
class App final : public runtime::Target {
 public:
  explicit App(runtime::Host& host, AppOptions options = {});
  ~App() override;

  absl::string_view name() const override { return "registry"; }
  absl::Status Start() override;
  void Stop() override;
  grpc::Service* service() override;
  std::vector<fold::Follower*> followers() override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace vaka::registry
