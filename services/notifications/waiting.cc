#include "services/notifications/waiting.h"

#include <utility>

namespace vaka::notifications {
namespace {

const Waiting::Ids& In(const std::map<std::string, Waiting::Ids, std::less<>>& by,
                       absl::string_view area) {
  static const auto* const none = new Waiting::Ids();
  const auto found = by.find(area);
  return found == by.end() ? *none : found->second;
}

}  // namespace

void Waiting::Put(const std::string& incident, const std::string& area, Telling telling) {
  const auto found = waiting_.find(incident);
  if (found != waiting_.end()) {
    if (found->second.area == area && found->second.telling == telling) return;
    Erase(incident);
  }
  by_due_.emplace(telling.due, incident);
  ListOf(telling.way)[area].insert(incident);
  waiting_[incident] = {area, std::move(telling)};
}

void Waiting::Erase(absl::string_view incident) {
  const auto found = waiting_.find(incident);
  if (found == waiting_.end()) return;
  const auto& [id, place] = *found;
  by_due_.erase({place.telling.due, id});
  ByArea& list = ListOf(place.telling.way);
  const auto area = list.find(place.area);
  area->second.erase(id);
  if (area->second.empty()) list.erase(area);
  waiting_.erase(found);
}

std::set<std::string> Waiting::Incidents() const {
  std::set<std::string> incidents;
  for (const auto& [id, place] : waiting_) incidents.insert(id);
  return incidents;
}

const Waiting::Ids& Waiting::ForDigest(absl::string_view area) const {
  return In(for_digest_, area);
}

const Waiting::Ids& Waiting::AtOnce(absl::string_view area) const { return In(at_once_, area); }

const Telling& Waiting::TellingOf(absl::string_view incident) const {
  return waiting_.find(incident)->second.telling;
}

}  // namespace vaka::notifications
