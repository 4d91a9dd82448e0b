#pragma once

#include "libs/fold/fold.h"
#include "services/gateway/live_item.h"

namespace vaka::gateway {

// What the gateway itself knows of a municipality: whose exact place it must not show. Pure.
class ConfigFold final : public fold::Fold {
 public:
  static constexpr uint32_t kSchema = 1;  // of Serialize

  absl::Status Apply(const event::v1::Event& event) override;
  std::string Serialize() const override;
  absl::Status Restore(absl::string_view bytes) override;

  const HomeBurglaries& home_burglaries() const { return burglaries_; }

 private:
  HomeBurglaries burglaries_;
};

}  // namespace vaka::gateway
