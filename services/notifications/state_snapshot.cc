// The fold's state as bytes, and back.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "libs/fold/state_writer.h"
#include "services/notifications/state.h"

namespace vaka::notifications {

std::string State::Serialize() const {
  constexpr size_t kAboutANote = 256;  // bytes in a snapshot
  fold::StateWriter writer(incidents_.size() * kAboutANote);
  StateSnapshot before;
  *before.mutable_registry() = registry_.ToProto();
  writer.Add(before);
  // In order, so that the same state is the same bytes.
  std::vector<const IncidentNote*> notes;
  notes.reserve(incidents_.size());
  for (const auto& [id, note] : incidents_) notes.push_back(&note);
  std::sort(notes.begin(), notes.end(), [](const IncidentNote* a, const IncidentNote* b) {
    return a->incident().id() < b->incident().id();
  });
  for (const IncidentNote* note : notes) {
    writer.AddElement(StateSnapshot::kIncidentsFieldNumber, *note);
  }
  for (const auto& [id, record] : alerts_) {
    writer.AddElement(StateSnapshot::kAlertsFieldNumber, record);
  }
  return writer.Finish();
}

absl::Status State::Restore(absl::string_view bytes) {
  StateSnapshot snapshot;
  if (!snapshot.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("not a state of notifications");
  }
  registry_.Restore(snapshot.registry());
  for (AlertRecord& record : *snapshot.mutable_alerts()) {
    const std::string id = record.alert().id();
    if (record.stale()) stale_.insert(id);
    for (const AlertVersion& version : record.versions()) {
      steps_[version.seq()] = {version.seq(), id, version.version()};
    }
    alerts_[id] = std::move(record);
  }
  FindNewest();
  for (IncidentNote& read : *snapshot.mutable_incidents()) {
    IncidentNote& note = incidents_[read.incident().id()];
    note = std::move(read);
    if (note.pending()) SetPending(note, true);
  }
  return absl::OkStatus();
}

}  // namespace vaka::notifications
