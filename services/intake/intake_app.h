#pragma once

#include <memory>

#include "libs/fold/follower.h"
#include "libs/runtime/target.h"

namespace vaka::intake {

// The intake service of a process: its fold of every municipality, its commands, its rpcs.
class App final : public runtime::Target {
 public:
  // `host` is used until Stop.
  explicit App(runtime::Host& host);
  ~App() override;

  absl::string_view name() const override { return "intake"; }
  absl::Status Start() override;
  void Stop() override;
  grpc::Service* service() override;

  // For `vaka check` and for metrics of the process.
  std::vector<fold::Follower*> followers() override;

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace vaka::intake
