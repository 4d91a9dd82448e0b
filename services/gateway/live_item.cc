#include "services/gateway/live_item.h"

#include <vector>

#include "google/protobuf/util/json_util.h"
#include "libs/base/time.h"

namespace vaka::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using options::v1::Role;

constexpr uint32_t Bit(int role) { return role > 0 && role < 32 ? uint32_t{1} << role : 0; }

// Police, the coordinator, and those who work for them on the whole picture.
constexpr uint32_t kExactPlaces = Bit(options::v1::ROLE_BRIEFING_OFFICER) |
                                  Bit(options::v1::ROLE_COORDINATOR) |
                                  Bit(options::v1::ROLE_ANALYST) | Bit(options::v1::ROLE_SYSTEM);

const options::v1::Access& ShownTo(const event::v1::Event& event) {
  static const auto* const fact = event::v1::Event::descriptor()->FindOneofByName("fact");
  const FieldDescriptor* field = event.GetReflection()->GetOneofFieldDescriptor(event, fact);
  if (field == nullptr) return options::v1::Access::default_instance();
  return field->options().GetExtension(options::v1::shown_to);
}

const intake::v1::Incident* IncidentOf(const event::v1::Event& event) {
  if (event.has_incident_reported()) return &event.incident_reported().incident();
  if (event.has_incident_corrected()) return &event.incident_corrected().incident();
  return nullptr;
}

std::string ToJson(const Message& message) {
  std::string json;
  // Cannot fail: every type is of the generated pool.
  (void)google::protobuf::util::MessageToJsonString(message, &json);
  return json;
}

}  // namespace

Viewer ViewerOf(const v1::Identity& identity) {
  Viewer viewer;
  for (int role : identity.roles()) viewer.roles |= Bit(role);
  viewer.agency = identity.agency();
  viewer.exact_places = (viewer.roles & kExactPlaces) != 0;
  return viewer;
}

HomeBurglaries HomeBurglariesOf(const registry::v1::MunicipalityConfig& config) {
  HomeBurglaries burglaries;
  for (const registry::v1::Category& category : config.categories()) {
    if (category.home_burglary()) burglaries.insert(category.id());
  }
  return burglaries;
}

void StripSealed(Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->options().GetExtension(options::v1::rule).sealed()) {
      reflection->ClearField(&message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        StripSealed(*reflection->MutableRepeatedMessage(&message, field, i));
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      StripSealed(*reflection->MutableMessage(&message, field));
    }
  }
}

bool MaskPlace(event::v1::Event& event, const HomeBurglaries& burglaries) {
  const intake::v1::Incident* incident = IncidentOf(event);
  if (incident == nullptr || !burglaries.contains(incident->category())) return false;
  intake::v1::Where& where =
      event.has_incident_reported()
          ? *event.mutable_incident_reported()->mutable_incident()->mutable_where()
          : *event.mutable_incident_corrected()->mutable_incident()->mutable_where();
  where.clear_point();
  where.clear_place();  // a place may be a street and number
  where.set_precision(where.area().empty() ? intake::v1::PRECISION_DISTRICT
                                           : intake::v1::PRECISION_AREA);
  return true;
}

LiveItem::LiveItem(Kind kind, event::v1::Event event, const HomeBurglaries& burglaries)
    : seq_(event.seq()) {
  const options::v1::Access& access = ShownTo(event);
  shown_to_all_ = access.public_();
  for (int role : access.roles()) shown_to_ |= Bit(role);
  const intake::v1::Incident* incident = IncidentOf(event);
  if (incident != nullptr && incident->visibility() == intake::v1::VISIBILITY_OWN_AGENCY) {
    own_agency_ = true;
    agency_ = incident->source_agency();
  }
  StripSealed(event);
  // They may be hundreds, and a page asks for those that it shows.
  if (event.has_deliveries_planned()) {
    event.mutable_deliveries_planned()->clear_persons();
    event.mutable_deliveries_planned()->clear_outcome_of();
  }
  if (incident != nullptr && burglaries.contains(incident->category())) {
    masked_ = std::make_unique<v1::WatchResponse>();
    *masked_->mutable_event() = event;
    MaskPlace(*masked_->mutable_event(), burglaries);
  }
  *(kind == Kind::kFact ? exact_.mutable_event() : exact_.mutable_delivery()) = std::move(event);
}

LiveItem::LiveItem(uint64_t position, absl::Time at) : seq_(position), shown_to_all_(true) {
  exact_.mutable_beat()->set_seq(position);
  *exact_.mutable_beat()->mutable_at() = ToProto(at);
}

bool LiveItem::VisibleTo(const Viewer& viewer) const {
  if (shown_to_all_) return true;
  if ((shown_to_ & viewer.roles) == 0) return false;
  if (!own_agency_ || (viewer.roles & Bit(options::v1::ROLE_SYSTEM)) != 0) return true;
  return !agency_.empty() && agency_ == viewer.agency;
}

Chunk LiveItem::Frame(const Viewer& viewer, Codec codec) const {
  const bool masked = masked_ != nullptr && !viewer.exact_places;
  absl::MutexLock lock(&mu_);
  Chunk& frame = frames_[masked ? 1 : 0][static_cast<size_t>(codec)];
  if (frame == nullptr) frame = Write(masked, codec);
  return frame;
}

Chunk LiveItem::Write(bool masked, Codec codec) const {
  const v1::WatchResponse& response = masked ? *masked_ : exact_;
  return std::make_shared<const std::string>(
      Envelope(0, codec == Codec::kJson ? ToJson(response) : response.SerializeAsString()));
}

}  // namespace vaka::gateway
