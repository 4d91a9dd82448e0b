#include "tests/support/toy_fold/toy_fold.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/ids.h"

namespace vaka::fold {
namespace {

constexpr uint32_t kRefused = 9;

}  // namespace

absl::Status ToyFold::Apply(const event::v1::Event& event) {
  const intake::v1::Incident* incident = nullptr;
  if (event.has_incident_reported()) incident = &event.incident_reported().incident();
  if (event.has_incident_corrected()) incident = &event.incident_corrected().incident();
  if (incident == nullptr) return absl::OkStatus();
  if (incident->severity() == kRefused) return absl::InvalidArgumentError("severity 9");
  incidents_[incident->id()] = incident->severity();
  running_ = Crc32c(absl::StrCat(running_, " ", event.seq(), " ", incident->id()));
  return absl::OkStatus();
}

std::string ToyFold::Serialize() const {
  std::string bytes = absl::StrCat("toy ", running_);
  for (const auto& [id, severity] : incidents_) absl::StrAppend(&bytes, "\n", id, " ", severity);
  return bytes;
}

absl::Status ToyFold::Restore(absl::string_view bytes) {
  std::map<std::string, uint64_t> incidents;
  uint64_t running = 0;
  bool first = true;
  for (const absl::string_view line : absl::StrSplit(bytes, '\n')) {
    const std::pair<absl::string_view, absl::string_view> words = absl::StrSplit(line, ' ');
    uint64_t number = 0;
    if (!absl::SimpleAtoi(words.second, &number) || (first && words.first != "toy")) {
      return absl::InvalidArgumentError("no toy state");
    }
    if (first) {
      running = number;
    } else {
      incidents.emplace(words.first, number);
    }
    first = false;
  }
  incidents_ = std::move(incidents);
  running_ = running;
  return absl::OkStatus();
}

uint64_t ToyFold::SeverityOf(const std::string& id) const {
  const auto found = incidents_.find(id);
  return found == incidents_.end() ? 0 : found->second;
}

event::v1::Event Reported(const std::string& id, uint32_t severity) {
  event::v1::Event event;
  intake::v1::Incident& incident = *event.mutable_incident_reported()->mutable_incident();
  incident.set_id(id);
  incident.set_severity(severity);
  return event;
}

event::v1::Event Corrected(const std::string& id, uint32_t severity) {
  event::v1::Event event;
  intake::v1::Incident& incident = *event.mutable_incident_corrected()->mutable_incident();
  incident.set_id(id);
  incident.set_severity(severity);
  return event;
}

}  // namespace vaka::fold
