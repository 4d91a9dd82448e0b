#include "services/intake/state.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/fold/state_reader.h"
#include "libs/fold/state_writer.h"
#include "vaka/intake/v1/state.pb.h"

namespace vaka::intake {
namespace {

constexpr size_t kAboutAnIncident = 300;  // bytes in a snapshot

}  // namespace

uint32_t Names::Add(absl::string_view name) {
  if (const uint32_t known = Find(name); known != kUnknown) return known;
  const auto number = static_cast<uint32_t>(names_.size());
  numbers_.emplace(names_.emplace_back(name), number);
  return number;
}

uint32_t Names::Find(absl::string_view name) const {
  const auto it = numbers_.find(name);
  return it == numbers_.end() ? kUnknown : it->second;
}

v1::Incident Record::Unpack() const {
  v1::Incident incident;
  incident.ParseFromString(packed);  // checked when it was taken in
  return incident;
}

bool State::InOutline(const registry::v1::Point& point) const {
  return outline_.size() == 0 || !outline_.Find(point).empty();
}

absl::string_view Record::Id() const {
  using google::protobuf::internal::WireFormatLite;
  constexpr uint32_t kId = WireFormatLite::MakeTag(v1::Incident::kIdFieldNumber,
                                                   WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  google::protobuf::io::CodedInputStream coded(reinterpret_cast<const uint8_t*>(packed.data()),
                                               static_cast<int>(packed.size()));
  uint32_t length = 0;
  if (coded.ReadTag() != kId || !coded.ReadVarint32(&length)) return {};
  return absl::string_view(packed).substr(static_cast<size_t>(coded.CurrentPosition()), length);
}

State::Number State::Find(absl::string_view incident) const { return by_id_.Find(incident); }

State::Number State::FindSource(absl::string_view source_ref) const {
  const auto it = by_source_.lower_bound({std::string(source_ref), 0});
  return it == by_source_.end() || it->first != source_ref ? kNone : it->second;
}

absl::Status State::Apply(const event::v1::Event& event) {
  using event::v1::Event;
  switch (event.fact_case()) {
    case Event::kIncidentReported:
      return Reported(event.incident_reported().incident(), event.seq());
    case Event::kIncidentCorrected:
      return Corrected(event.incident_corrected().incident(), event.seq());
    case Event::kIncidentWithdrawn:
      return Withdrawn(event.incident_withdrawn().incident(), event.seq());
    case Event::kIncidentsLinked: {
      const v1::IncidentsLinked& fact = event.incidents_linked();
      return Linked(fact.event(), {fact.incidents().begin(), fact.incidents().end()});
    }
    default:
      break;
  }
  VAKA_RETURN_IF_ERROR(registry_.Apply(event));
  if (event.fact_case() == Event::kMunicipalityConfigured) IndexOutline();
  return absl::OkStatus();
}

void State::Fill(Record& record, const v1::Incident& incident, std::string packed, uint64_t seq) {
  record.packed = std::move(packed);
  record.observed = absl::ToUnixMicros(FromProto(incident.observed_from()));
  record.seq = seq;
  record.category = names_.Add(incident.category());
  record.district = names_.Add(incident.where().district());
  record.area = names_.Add(incident.where().area());
  record.agency = names_.Add(incident.source_agency());
  record.severity = static_cast<uint8_t>(incident.severity());
  record.visibility = static_cast<uint8_t>(incident.visibility());
}

void State::Index(Number number, const v1::Incident& incident) {
  if (!incident.source_ref().empty()) by_source_.emplace(incident.source_ref(), number);
  // Reports come nearly in the order of what they tell of.
  by_time_.emplace_hint(by_time_.end(), records_[number].observed, number);
}

absl::Status State::Reported(const v1::Incident& incident, uint64_t seq) {
  if (incident.id().empty()) return absl::InvalidArgumentError("an incident without id");
  if (Find(incident.id()) != kNone) {
    return absl::AlreadyExistsError(absl::StrCat("incident ", incident.id()));
  }
  const auto number = static_cast<Number>(records_.size());
  Fill(records_.emplace_back(), incident, incident.SerializeAsString(), seq);
  by_id_.Add(incident.id(), number);
  Index(number, incident);
  return absl::OkStatus();
}

absl::Status State::Corrected(const v1::Incident& incident, uint64_t seq) {
  const Number number = Find(incident.id());
  if (number == kNone) return absl::NotFoundError(absl::StrCat("incident ", incident.id()));
  Record& record = records_[number];
  by_time_.erase({record.observed, number});
  by_source_.erase({record.Unpack().source_ref(), number});
  Fill(record, incident, incident.SerializeAsString(), seq);
  ++record.version;
  Index(number, incident);
  return absl::OkStatus();
}

absl::Status State::Withdrawn(const std::string& incident, uint64_t seq) {
  const Number number = Find(incident);
  if (number == kNone) return absl::NotFoundError(absl::StrCat("incident ", incident));
  records_[number].withdrawn = true;
  records_[number].seq = seq;
  return absl::OkStatus();
}

absl::Status State::Linked(const std::string& event, const std::vector<std::string>& incidents) {
  const Number stands_for = Find(event);
  std::vector<Number> numbers = {stands_for};
  for (const std::string& incident : incidents) numbers.push_back(Find(incident));
  for (const Number number : numbers) {
    if (number == kNone) return absl::NotFoundError(absl::StrCat("an incident linked to ", event));
  }
  for (const Number number : numbers) records_[number].event = stands_for;
  return absl::OkStatus();
}

void State::IndexOutline() {
  const registry::v1::Polygon& outline = registry_.config().outline();
  const geo::NamedPolygon named{"municipality", &outline};
  outline_ = outline.rings_size() == 0 ? geo::AreaIndex() : geo::AreaIndex({&named, 1});
}

std::string State::Serialize() const {
  fold::StateWriter writer(records_.size() * kAboutAnIncident);
  v1::IntakeState before;
  *before.mutable_registry() = registry_.ToProto();
  writer.Add(before);
  v1::IncidentState out;
  for (const Record& record : records_) {
    out.set_incident(record.packed);
    out.set_seq(record.seq);
    out.set_version(record.version);
    out.set_withdrawn(record.withdrawn);
    out.set_event(record.event == kNone ? 0 : record.event + 1);
    writer.AddElement(v1::IntakeState::kIncidentsFieldNumber, out);
  }
  return writer.Finish();
}

absl::Status State::Restore(absl::string_view bytes) {
  v1::IncidentState in;  // outside the loop, as the next: their strings keep their room
  v1::Incident incident;
  uint32_t furthest = 0;  // event named
  const auto take = [&](absl::string_view element) {
    if (!in.ParseFromArray(element.data(), static_cast<int>(element.size())) ||
        !incident.ParseFromString(in.incident()) || incident.id().empty()) {
      return false;
    }
    Record& record = records_.emplace_back();
    Fill(record, incident, in.incident(), in.seq());
    record.version = in.version();
    record.withdrawn = in.withdrawn();
    record.event = in.event() == 0 ? kNone : in.event() - 1;
    furthest = std::max(furthest, in.event());
    const auto number = static_cast<Number>(records_.size() - 1);
    by_id_.Add(incident.id(), number);
    Index(number, incident);
    return record.Id() == incident.id();
  };
  constexpr int kIncidents = v1::IntakeState::kIncidentsFieldNumber;
  by_id_.Reserve(bytes.size() / kAboutAnIncident);
  const std::optional<std::string> others = fold::ReadElements(bytes, kIncidents, take);
  v1::IntakeState state;
  if (!others.has_value() || furthest > records_.size() || !state.ParseFromString(*others)) {
    return absl::InvalidArgumentError("not a snapshot of intake");
  }
  registry_.Restore(state.registry());
  IndexOutline();
  return absl::OkStatus();
}

}  // namespace vaka::intake
