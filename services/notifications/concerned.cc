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
      later_(version.version() > 1),
      critical_(record.alert().severity() >= state.rules().critical_severity()),
      reporters_(ReportersOf(state, record.alert())),
      place_(later_ ? before_.After(after) : before_.end()) {
  FindTold();
  if (!version.widened() || version.recall()) return;
  audience_.emplace(record.alert(), state.registry(), now, after);
  member_ = audience_->Next();
}

void Concerned::FindTold() {
  told_.reset();
  for (; !told_ && place_ != before_.end(); ++place_) {
    RecipientDeliveries recipient = *place_;
    if (recipient.ToldOn()) told_ = std::move(recipient);
  }
}

// What waits for the person tells the alert as it stands when it goes.
bool Concerned::Waits(const std::string& person) const {
  if (!later_ || critical_) return false;
  const std::optional<RecipientDeliveries> earlier = before_.Find(person);
  return earlier && std::any_of(earlier->deliveries.begin(), earlier->deliveries.end(),
                                [](const Delivery& d) { return d.state == DELIVERY_STATE_HELD; });
}

std::optional<Recipient> Concerned::Next() {
  for (;;) {
    if (told_ && (!member_ || told_->person <= member_->person)) {
      if (member_ && member_->person == told_->person) member_ = audience_->Next();
      Recipient again = RecipientOf(told_->person, told_->area, state_.registry());
      again.told_on = told_->ToldOn();
      FindTold();
      return again;
    }
    if (!member_) return std::nullopt;
    const Audience::Member member = *std::exchange(member_, audience_->Next());
    if (Waits(member.person)) continue;
    Recipient recipient = RecipientOf(member);
    recipient.reporter = reporters_.contains(member.person);
    return recipient;
  }
}

}  // namespace vaka::notifications
