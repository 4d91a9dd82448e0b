#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/fold/fold.h"
#include "services/intake/state.h"
#include "vaka/gateway/v1/gateway_service.pb.h"
#include "vaka/intake/v1/intake_service.pb.h"

// What intake decides. Pure: state, command and time in, facts or a status out.
namespace vaka::intake {

// Who reports, changes or reads: functions and an agency, never a name.
struct Caller {
  std::vector<options::v1::Role> roles;  // the first is the function that a report shows
  std::string agency;

  bool Has(options::v1::Role role) const;
};
Caller CallerOf(const gateway::v1::Identity& identity);

// A report on its way: screened, its text already sealed under "incident:<id>".
struct Draft {
  std::string id;
  v1::Submission submission;  // without text
  std::optional<registry::v1::Sealed> text;
  std::optional<log::SubjectKey> key;  // when the text was sealed under a new one
  std::string content_hash;
};

// The id of a submission's incident: of its source's reference where there is one, so that the next
// import finds it again, else of the command's key.
std::string IncidentId(absl::string_view kommun, absl::string_view command_key,
                       const v1::Submission& submission);
// The vault's subject of an incident's text.
std::string SubjectOf(absl::string_view incident);
// What the source said, as 32 bytes: the importer's hash, else that of the submission.
std::string ContentHash(const v1::Submission& submission);

// Refuses personal data in what a reporter writes: text and place, or a reason.
absl::Status ScreenSubmission(const v1::Submission& submission);

// What is known of a submission's incident before its text is sealed.
enum class Known { kNew, kSame, kOther };
Known Recall(const State& state, const std::string& id, const v1::Submission& submission,
             absl::string_view content_hash);

// What became of a report.
struct Report {
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  v1::Where where;
  fold::Decision decision;
};

// IncidentReported for an incident that is not known; IncidentCorrected for a known source
// reference with other content; nothing for a repeat, nor for what was withdrawn.
// INVALID_ARGUMENT names the field; PERMISSION_DENIED: another agency's reference;
// FAILED_PRECONDITION: the municipality is not configured.
absl::StatusOr<Report> DecideReport(const State& state, const Draft& draft, const Caller& caller,
                                    absl::Time now);

// IncidentCorrected with the draft's content; the source, its reference and hash stay, so that the
// next import does not take the correction back. NOT_FOUND; FAILED_PRECONDITION when withdrawn;
// PERMISSION_DENIED for another agency's report; INVALID_ARGUMENT names the field.
absl::StatusOr<fold::Decision> DecideCorrect(const State& state, const Draft& draft,
                                             const std::string& reason, const Caller& caller,
                                             absl::Time now);

// IncidentWithdrawn; nothing when it is already. NOT_FOUND; PERMISSION_DENIED.
absl::StatusOr<fold::Decision> DecideWithdraw(const State& state, const std::string& incident,
                                              const std::string& reason, const Caller& caller);

// IncidentsLinked; nothing when they are linked so already. NOT_FOUND; INVALID_ARGUMENT for fewer
// than two different ones.
absl::StatusOr<fold::Decision> DecideLink(const State& state, const v1::LinkRequest& request);

}  // namespace vaka::intake
