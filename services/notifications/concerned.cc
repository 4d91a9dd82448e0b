#include "services/notifications/concerned.h"

#include <algorithm>
#include <utility>

namespace vaka::notifications {
namespace {

std::set<std::string> ReportersOf(const State& state, const Alert& alert) {
  std::set<std::string> reporters;
  for (const std::string& id : alert.incidents()) {
    const IncidentNote* note = state.FindIncident(id);
    if (note != nullptr && !note->reporter().empty()) reporters.insert(note->reporter());
  }
  return reporters;
}

}  // namespace

Concerned::Concerned(const State& state, const Deliveries& deliveries, const AlertRecord& record,
                     const AlertVersion& version, absl::Time now, const std::string& after)
    : state_(state),
      before_(deliveries.Of(record.alert().id())),
      critical_(record.alert().severity() >= state.rules().critical_severity()),
      reporters_(ReportersOf(state, record.alert())),
      told_(version.version() > 1 ? before_.upper_bound(after) : before_.end()) {
  SkipUntold();
  if (!version.widened() || version.recall()) return;
  audience_.emplace(record.alert(), state.registry(), now, after);
  member_ = audience_->Next();
}

void Concerned::SkipUntold() {
  while (told_ != before_.end() && !told_->second.ToldOn()) ++told_;
}

// What waits for the person tells the alert as it stands when it goes.
bool Concerned::Waits(const std::string& person) const {
  const auto earlier = before_.find(person);
  if (earlier == before_.end() || critical_) return false;
  const auto& deliveries = earlier->second.deliveries;
  return std::any_of(deliveries.begin(), deliveries.end(),
                     [](const Delivery& d) { return d.state == DELIVERY_STATE_HELD; });
}

std::optional<Recipient> Concerned::Next() {
  for (;;) {
    const bool told = told_ != before_.end();
    if (told && (!member_ || told_->first <= member_->person)) {
      const auto& [person, recipient] = *told_;
      if (member_ && member_->person == person) member_ = audience_->Next();
      Recipient again = RecipientOf(person, recipient.area, state_.registry());
      again.told_on = recipient.ToldOn();
      ++told_;
      SkipUntold();
      return again;
    }
    if (!member_) return std::nullopt;
    const Audience::Member member = *std::exchange(member_, audience_->Next());
    if (Waits(member.person)) continue;
    Recipient recipient = RecipientOf(member.person, member.area, state_.registry());
    recipient.reporter = reporters_.contains(member.person);
    return recipient;
  }
}

}  // namespace vaka::notifications
