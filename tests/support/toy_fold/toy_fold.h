#pragma once

#include <map>
#include <string>
#include <vector>

#include "libs/fold/fold.h"

namespace vaka::fold {

// The smallest fold that shows whether every fact was taken in once and in order: incidents by id,
// with the number of the fact that reported each, and a running hash over what was applied. Refuses
// an incident of severity 9.
class ToyFold final : public Fold {
 public:
  absl::Status Apply(const event::v1::Event& event) override;
  std::string Serialize() const override;
  absl::Status Restore(absl::string_view bytes) override;

  size_t incidents() const { return incidents_.size(); }
  bool Has(const std::string& id) const { return incidents_.contains(id); }
  // Severity of the incident, 0 when there is none.
  uint64_t SeverityOf(const std::string& id) const;

 private:
  std::map<std::string, uint64_t> incidents_;  // id to severity
  uint64_t running_ = 0;                       // hash over numbers and ids, in the order applied
};

// A fact that reports, or corrects, an incident.
event::v1::Event Reported(const std::string& id, uint32_t severity = 3);
event::v1::Event Corrected(const std::string& id, uint32_t severity);

}  // namespace vaka::fold
