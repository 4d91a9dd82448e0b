#include "services/intake/listing.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/geo/geo.h"

namespace vaka::intake {
namespace {

constexpr uint32_t kUsualPage = 100;
constexpr uint32_t kLargestPage = 5000;

bool SeesAll(const Caller& caller) {
  return caller.Has(options::v1::ROLE_COORDINATOR) || caller.Has(options::v1::ROLE_ANALYST) ||
         caller.Has(options::v1::ROLE_SYSTEM);
}

bool InNetwork(const Caller& caller) {
  return caller.Has(options::v1::ROLE_BRIEFING_OFFICER) ||
         caller.Has(options::v1::ROLE_AGENCY_REPORTER) ||
         caller.Has(options::v1::ROLE_AREA_MANAGER) ||
         caller.Has(options::v1::ROLE_SAFETY_REPRESENTATIVE);
}

bool SeesHomes(const Caller& caller) {
  return SeesAll(caller) || caller.Has(options::v1::ROLE_BRIEFING_OFFICER);
}

bool IsOwn(const Record& record, const State& state, const Caller& caller) {
  return !caller.agency.empty() && state.names().At(record.agency) == caller.agency;
}

// A request's filters, names looked up once.
class Filter {
 public:
  Filter(const State& state, const v1::ListRequest& request, const Caller& caller)
      : state_(state),
        request_(request),
        caller_(caller),
        category_(state.names().Find(request.category())),
        district_(state.names().Find(request.district())),
        area_(state.names().Find(request.area())),
        agency_(state.names().Find(request.source_agency())) {}

  bool Passes(const Record& record) const {
    if (record.withdrawn && !request_.with_withdrawn()) return false;
    if (!request_.category().empty() && record.category != category_) return false;
    if (!request_.district().empty() && record.district != district_) return false;
    if (!request_.area().empty() && record.area != area_) return false;
    if (!request_.source_agency().empty() && record.agency != agency_) return false;
    if (record.severity < request_.min_severity()) return false;
    if (request_.own() && !IsOwn(record, state_, caller_)) return false;
    return MaySee(record, state_, caller_);
  }

 private:
  const State& state_;
  const v1::ListRequest& request_;
  const Caller& caller_;
  const uint32_t category_, district_, area_, agency_;
};

// The municipality knows the address, its area does not need to.
void MaskHome(const State& state, v1::Incident* incident) {
  v1::Where& where = *incident->mutable_where();
  where.clear_point();
  where.clear_place();
  if (const AreaEntry* area = state.registry().FindArea(where.area()); area != nullptr) {
    *where.mutable_point() = geo::Centroid(area->area.polygon());
    where.set_precision(v1::PRECISION_AREA);
  } else if (const auto* district = state.registry().FindDistrict(where.district());
             district != nullptr) {
    *where.mutable_point() = district->centre();
    where.set_precision(v1::PRECISION_DISTRICT);
  } else {
    where.set_precision(v1::PRECISION_MUNICIPALITY);
  }
}

bool ReadsText(const Record& record, const State& state, const Caller& caller) {
  return caller.Has(options::v1::ROLE_COORDINATOR) || caller.Has(options::v1::ROLE_ANALYST) ||
         caller.Has(options::v1::ROLE_BRIEFING_OFFICER) || IsOwn(record, state, caller);
}

void AddView(const State& state, const Record& record, const Caller& caller,
             v1::ListResponse* response, std::vector<SealedText>* texts) {
  v1::IncidentView& view = *response->add_incidents();
  v1::Incident& incident = *view.mutable_incident();
  incident = record.Unpack();
  view.set_seq(record.seq);
  view.set_version(record.version);
  view.set_withdrawn(record.withdrawn);
  if (record.event != State::kNone) view.set_event(state.At(record.event).Unpack().id());
  if (incident.has_text() && ReadsText(record, state, caller)) {
    texts->push_back({response->incidents_size() - 1, incident.text()});
  }
  incident.clear_text();
  const auto* category = state.registry().FindCategory(incident.category());
  const bool home = category != nullptr && category->home_burglary();
  const bool tells = incident.where().has_point() || !incident.where().place().empty();
  if (home && tells && !SeesHomes(caller)) {
    MaskHome(state, &incident);
    view.set_masked(true);
  }
}

int64_t Micros(const google::protobuf::Timestamp& stamp) {
  return absl::ToUnixMicros(FromProto(stamp));
}

}  // namespace

bool MaySee(const Record& record, const State& state, const Caller& caller) {
  if (SeesAll(caller) || IsOwn(record, state, caller)) return true;
  switch (record.visibility) {
    case v1::VISIBILITY_OWN_AGENCY:
      return false;
    case v1::VISIBILITY_EST_NETWORK:
      return InNetwork(caller);
    default:
      return true;
  }
}

absl::Status ListIncidents(const State& state, const v1::ListRequest& request, const Caller& caller,
                           v1::ListResponse* response, std::vector<SealedText>* texts) {
  if (request.limit() > kLargestPage) {
    return FieldError("limit", absl::StrCat(request.limit(), " is more than ", kLargestPage));
  }
  const size_t limit = request.limit() == 0 ? kUsualPage : request.limit();
  const State::ByTime& by_time = state.by_time();
  // One past the newest that may be shown.
  auto end = by_time.end();
  if (request.has_observed_to()) end = by_time.lower_bound({Micros(request.observed_to()), 0});
  if (!request.before().empty()) {
    const State::Number number = state.Find(request.before());
    if (number == State::kNone) {
      return absl::NotFoundError(absl::StrCat("before: no incident \"", request.before(), "\""));
    }
    const std::pair<int64_t, State::Number> last(state.At(number).observed, number);
    if (end == by_time.end() || last < *end) end = by_time.lower_bound(last);
  }
  const int64_t oldest = request.has_observed_from() ? Micros(request.observed_from())
                                                     : std::numeric_limits<int64_t>::min();
  const Filter filter(state, request, caller);
  while (end != by_time.begin()) {
    --end;
    if (end->first < oldest) break;
    const Record& record = state.At(end->second);
    if (!filter.Passes(record)) continue;
    if (static_cast<size_t>(response->incidents_size()) == limit) {
      response->set_next(response->incidents().rbegin()->incident().id());
      break;
    }
    AddView(state, record, caller, response, texts);
  }
  return absl::OkStatus();
}

}  // namespace vaka::intake
