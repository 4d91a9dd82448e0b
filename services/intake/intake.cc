#include "services/intake/intake.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/screen/screen.h"
#include "services/intake/placement.h"

namespace vaka::intake {
namespace {

using options::v1::Role;

// Clocks of reporters' devices run ahead by so much without being wrong.
constexpr absl::Duration kClockSlack = absl::Minutes(5);
constexpr uint32_t kUsualSeverity = 3;  // of a category that names none

// Older than any record that an import could hold: a slip of the keyboard.
const absl::Time& Earliest() {
  static const absl::Time earliest = absl::FromUnixSeconds(315532800);  // 1980-01-01
  return earliest;
}

std::string Aggregate(absl::string_view incident) { return absl::StrCat("incident:", incident); }

absl::Status CheckMoment(absl::string_view field, const google::protobuf::Timestamp& stamp,
                         absl::Time now) {
  const absl::Time time = FromProto(stamp);
  if (time > now + kClockSlack) {
    return FieldError(field, absl::StrCat(absl::FormatTime(time), " lies in the future"));
  }
  if (time < Earliest()) {
    return FieldError(field, absl::StrCat(absl::FormatTime(time), " lies before 1980"));
  }
  return absl::OkStatus();
}

// Fills in the times; `before` is the version that is corrected, or null.
absl::Status FillTimes(const v1::Submission& said, const v1::Incident* before, absl::Time now,
                       v1::Incident* incident) {
  if (said.has_observed_from()) {
    VAKA_RETURN_IF_ERROR(CheckMoment("submission.observed_from", said.observed_from(), now));
    *incident->mutable_observed_from() = said.observed_from();
  } else {
    *incident->mutable_observed_from() = before == nullptr ? ToProto(now) : before->observed_from();
  }
  if (said.has_observed_to()) {
    VAKA_RETURN_IF_ERROR(CheckMoment("submission.observed_to", said.observed_to(), now));
    if (FromProto(said.observed_to()) < FromProto(incident->observed_from())) {
      return FieldError("submission.observed_to", "lies before observed_from");
    }
    *incident->mutable_observed_to() = said.observed_to();
  }
  if (said.has_reported_at()) {
    VAKA_RETURN_IF_ERROR(CheckMoment("submission.reported_at", said.reported_at(), now));
    *incident->mutable_reported_at() = said.reported_at();
  } else {
    *incident->mutable_reported_at() = before == nullptr ? ToProto(now) : before->reported_at();
  }
  return absl::OkStatus();
}

// The incident that a draft amounts to, without its source.
absl::StatusOr<v1::Incident> Build(const State& state, const Draft& draft,
                                   const v1::Incident* before, absl::Time now) {
  const v1::Submission& said = draft.submission;
  if (!state.registry().configured()) {
    return absl::FailedPreconditionError("the municipality has no configuration yet");
  }
  const registry::v1::Category* category = state.registry().FindCategory(said.category());
  if (category == nullptr) {
    return FieldError("submission.category",
                      absl::StrCat("unknown category \"", said.category(), "\""));
  }
  if (said.severity() > 5) {
    return FieldError("submission.severity", absl::StrCat(said.severity(), " is not 1–5"));
  }
  v1::Incident incident;
  VAKA_ASSIGN(*incident.mutable_where(), Place(state, said.where()));
  VAKA_RETURN_IF_ERROR(FillTimes(said, before, now, &incident));
  incident.set_id(draft.id);
  incident.set_category(said.category());
  const uint32_t usual = category->default_severity();
  incident.set_severity(said.severity() != 0 ? said.severity()
                        : usual != 0         ? usual
                                             : kUsualSeverity);
  incident.set_insecurity(said.insecurity() || category->insecurity());
  incident.set_confidence(said.confidence() == v1::CONFIDENCE_UNSPECIFIED ? v1::CONFIDENCE_SUSPECTED
                                                                          : said.confidence());
  incident.set_recurring(said.recurring());
  incident.set_reported_to_police(said.reported_to_police());
  incident.set_visibility(said.visibility() == v1::VISIBILITY_UNSPECIFIED
                              ? v1::VISIBILITY_CONTACT_PERSONS
                              : said.visibility());
  if (draft.text.has_value()) *incident.mutable_text() = *draft.text;
  incident.set_url(said.url());
  return incident;
}

void SetSource(const Draft& draft, const Caller& caller, v1::Incident* incident) {
  if (!caller.roles.empty()) incident->set_source_role(caller.roles.front());
  incident->set_source_agency(caller.agency);
  incident->set_source_ref(draft.submission.source_ref());
  incident->set_content_hash(draft.content_hash);
}

void KeepSource(const v1::Incident& before, v1::Incident* incident) {
  incident->set_source_role(before.source_role());
  incident->set_source_agency(before.source_agency());
  incident->set_source_ref(before.source_ref());
  incident->set_content_hash(before.content_hash());
}

bool MayChange(const v1::Incident& incident, const Caller& caller) {
  if (caller.Has(options::v1::ROLE_COORDINATOR) || caller.Has(options::v1::ROLE_ANALYST) ||
      caller.Has(options::v1::ROLE_SYSTEM)) {
    return true;
  }
  return !caller.agency.empty() && caller.agency == incident.source_agency();
}

// Whoever takes a reference first decides what later imports of it correct.
bool MayNameSource(const Caller& caller) {
  return caller.Has(options::v1::ROLE_SYSTEM) || caller.Has(options::v1::ROLE_COORDINATOR) ||
         caller.Has(options::v1::ROLE_ANALYST) || caller.Has(options::v1::ROLE_BRIEFING_OFFICER) ||
         caller.Has(options::v1::ROLE_AGENCY_REPORTER);
}

absl::Status NotKnown(absl::string_view incident) {
  return absl::NotFoundError(absl::StrCat("incident: no \"", incident, "\""));
}

absl::Status NotYours(absl::string_view incident) {
  return absl::PermissionDeniedError(
      absl::StrCat("incident: \"", incident, "\" is another agency's report"));
}

void AddKey(const Draft& draft, fold::Decision* decision) {
  if (draft.text.has_value() && draft.key.has_value()) decision->keys.push_back(*draft.key);
}

// A source says something else of an incident that it reported before.
absl::StatusOr<Report> CorrectFromSource(const State& state, const Draft& draft,
                                         const v1::Incident& before, absl::Time now) {
  VAKA_ASSIGN(v1::Incident incident, Build(state, draft, &before, now));
  KeepSource(before, &incident);
  incident.set_content_hash(draft.content_hash);
  Report report{v1::OUTCOME_CORRECTED, incident.where(), {}};
  v1::IncidentCorrected& fact = *report.decision.facts.emplace_back().mutable_incident_corrected();
  *fact.mutable_incident() = std::move(incident);
  fact.set_reason("edited by its source");
  report.decision.rests_on.push_back(Aggregate(draft.id));
  AddKey(draft, &report.decision);
  return report;
}

}  // namespace

bool Caller::Has(Role role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

Caller CallerOf(const gateway::v1::Identity& identity) {
  Caller caller;
  for (const int role : identity.roles()) caller.roles.push_back(static_cast<Role>(role));
  caller.agency = identity.agency();
  return caller;
}

std::string IncidentId(absl::string_view kommun, absl::string_view command_key,
                       const v1::Submission& submission) {
  return DeriveId("inc", kommun,
                  submission.source_ref().empty() ? command_key : submission.source_ref());
}

std::string SubjectOf(absl::string_view incident) { return Aggregate(incident); }

std::string ContentHash(const v1::Submission& submission) {
  if (!submission.content_hash().empty()) return submission.content_hash();
  return Hash256(submission.SerializeAsString());
}

absl::Status ScreenSubmission(const v1::Submission& submission) {
  VAKA_RETURN_IF_ERROR(screen::ScreenText("submission.text", submission.text()));
  return screen::ScreenText("submission.where.place", submission.where().place());
}

Known Recall(const State& state, const std::string& id, const v1::Submission& submission,
             absl::string_view content_hash) {
  const State::Number by_source =
      submission.source_ref().empty() ? State::kNone : state.FindSource(submission.source_ref());
  const State::Number number = by_source != State::kNone ? by_source : state.Find(id);
  if (number == State::kNone) return Known::kNew;
  const Record& record = state.At(number);
  // Without a source's reference it is a repeated key, and that changes nothing.
  if (submission.source_ref().empty() || record.withdrawn) return Known::kSame;
  return record.Unpack().content_hash() == content_hash ? Known::kSame : Known::kOther;
}

absl::StatusOr<Report> DecideReport(const State& state, const Draft& draft, const Caller& caller,
                                    absl::Time now) {
  const State::Number number = state.Find(draft.id);
  if (number != State::kNone) {
    const v1::Incident before = state.At(number).Unpack();
    if (Recall(state, draft.id, draft.submission, draft.content_hash) == Known::kSame) {
      return Report{v1::OUTCOME_UNCHANGED, before.where(), {}};
    }
    if (!MayChange(before, caller)) return NotYours(draft.id);
    return CorrectFromSource(state, draft, before, now);
  }
  if (!draft.submission.source_ref().empty() && !MayNameSource(caller)) {
    return FieldError("submission.source_ref", "is for systems and agencies that import");
  }
  VAKA_ASSIGN(v1::Incident incident, Build(state, draft, nullptr, now));
  SetSource(draft, caller, &incident);
  Report report{v1::OUTCOME_REPORTED, incident.where(), {}};
  *report.decision.facts.emplace_back().mutable_incident_reported()->mutable_incident() =
      std::move(incident);
  report.decision.rests_on.push_back(Aggregate(draft.id));
  AddKey(draft, &report.decision);
  return report;
}

absl::StatusOr<fold::Decision> DecideCorrect(const State& state, const Draft& draft,
                                             const std::string& reason, const Caller& caller,
                                             absl::Time now) {
  const State::Number number = state.Find(draft.id);
  if (number == State::kNone) return NotKnown(draft.id);
  const v1::Incident before = state.At(number).Unpack();
  if (!MayChange(before, caller)) return NotYours(draft.id);
  if (state.At(number).withdrawn) {
    return absl::FailedPreconditionError(
        absl::StrCat("incident: \"", draft.id, "\" has been withdrawn"));
  }
  VAKA_ASSIGN(v1::Incident incident, Build(state, draft, &before, now));
  KeepSource(before, &incident);
  fold::Decision decision;
  v1::IncidentCorrected& fact = *decision.facts.emplace_back().mutable_incident_corrected();
  *fact.mutable_incident() = std::move(incident);
  fact.set_reason(reason);
  decision.rests_on.push_back(Aggregate(draft.id));
  AddKey(draft, &decision);
  return decision;
}

absl::StatusOr<fold::Decision> DecideWithdraw(const State& state, const std::string& incident,
                                              const std::string& reason, const Caller& caller) {
  const State::Number number = state.Find(incident);
  if (number == State::kNone) return NotKnown(incident);
  if (!MayChange(state.At(number).Unpack(), caller)) return NotYours(incident);
  fold::Decision decision;
  if (state.At(number).withdrawn) return decision;
  v1::IncidentWithdrawn& fact = *decision.facts.emplace_back().mutable_incident_withdrawn();
  fact.set_incident(incident);
  fact.set_reason(reason);
  decision.rests_on.push_back(Aggregate(incident));
  return decision;
}

absl::StatusOr<fold::Decision> DecideLink(const State& state, const v1::LinkRequest& request) {
  std::set<std::string> incidents(request.incidents().begin(), request.incidents().end());
  incidents.insert(request.event());
  if (incidents.size() < 2) {
    return FieldError("incidents", "at least one other than the event's own");
  }
  fold::Decision decision;
  bool changes = false;
  for (const std::string& incident : incidents) {
    const State::Number number = state.Find(incident);
    if (number == State::kNone) return NotKnown(incident);
    changes |= state.At(number).event != state.Find(request.event());
    decision.rests_on.push_back(Aggregate(incident));
  }
  if (!changes) return fold::Decision();
  v1::IncidentsLinked& fact = *decision.facts.emplace_back().mutable_incidents_linked();
  fact.set_event(request.event());
  for (const std::string& incident : incidents) fact.add_incidents(incident);
  return decision;
}

}  // namespace vaka::intake
