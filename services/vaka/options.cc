#include "services/vaka/options.h"

#include <algorithm>

namespace vaka {

bool RunOptions::Has(const std::string& target) const {
  return std::any_of(targets.begin(), targets.end(),
                     [&](const std::string& name) { return name == "all" || name == target; });
}

const std::vector<std::string>& AllTargets() {
  static const auto& targets = *new std::vector<std::string>{
      "bus", "registry", "intake", "notifications", "dispatch", "est", "gateway"};
  return targets;
}

}  // namespace vaka
