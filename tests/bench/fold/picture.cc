#include "tests/bench/fold/picture.h"

#include <libpq-fe.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "tests/bench/fold/facts.h"

namespace vaka::bench {
namespace {

constexpr uint64_t kRowsACopy = 100'000;

// PostgreSQL's binary form of a moment: microseconds since 2000, the highest byte first.
std::string BinaryTime(absl::Time time) {
  const absl::Time epoch = absl::FromCivil(absl::CivilDay(2000, 1, 1), absl::UTCTimeZone());
  const auto microseconds = static_cast<uint64_t>(absl::ToInt64Microseconds(time - epoch));
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(microseconds >> shift & 0xff));
  }
  return bytes;
}

uint64_t ReadCount(const char* bytes) {
  uint64_t count = 0;
  for (int i = 0; i < 8; ++i) count = count << 8 | static_cast<unsigned char>(bytes[i]);
  return count;
}

}  // namespace

absl::Status WeekPicture::Fill(uint64_t reports, const PostgresPeer* postgres) {
  VAKA_RETURN_IF_ERROR(state_.Apply(ConfiguredFact()));
  reports_ = reports;
  for (uint64_t n = 0; n < reports; ++n) VAKA_RETURN_IF_ERROR(state_.Apply(ReportedFact(n)));
  if (postgres == nullptr) return absl::OkStatus();
  VAKA_ASSIGN(session_, PostgresSession::Open(postgres->conninfo()));
  VAKA_RETURN_IF_ERROR(FillPostgres(reports));
  uint64_t ours = 0, theirs = 0;
  const est::v1::Picture picture = state_.Draft(kNewestWeek);
  for (const est::v1::Cell& cell : picture.cells()) ours += cell.count();
  VAKA_ASSIGN(const PostgresResult counts, Ask());
  for (int row = 0; row < PQntuples(counts.get()); ++row) {
    theirs += ReadCount(PQgetvalue(counts.get(), row, 2));
  }
  if (ours == theirs) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the picture counts ", ours, " and PostgreSQL ", theirs));
}

absl::Status WeekPicture::FillPostgres(uint64_t reports) {
  VAKA_RETURN_IF_ERROR(session_
                           ->Do("CREATE TABLE incident (id text, district text, category text, "
                                "observed_at timestamptz, severity smallint)")
                           .status());
  std::string rows;
  for (uint64_t n = 0; n < reports; ++n) {
    const event::v1::Event event = ReportedFact(n);
    const intake::v1::Incident& incident = event.incident_reported().incident();
    absl::StrAppendFormat(&rows, "%s\t%s\t%s\t%s\t%d\n", incident.id(), incident.where().district(),
                          incident.category(),
                          absl::FormatTime(FromProto(incident.observed_from())),
                          incident.severity());
    if ((n + 1) % kRowsACopy != 0 && n + 1 != reports) continue;
    VAKA_RETURN_IF_ERROR(session_->Copy("incident", rows));
    rows.clear();
  }
  for (const char* statement : {"CREATE INDEX ON incident (observed_at, district, category)",
                                "VACUUM ANALYZE incident", "SET jit = off"}) {
    VAKA_RETURN_IF_ERROR(session_->Do(statement).status());
  }
  return session_->Prepare("week",
                           "SELECT district, category, count(*) FROM incident WHERE observed_at >= "
                           "$1 AND observed_at < $2 GROUP BY district, category");
}

absl::StatusOr<PostgresResult> WeekPicture::Ask() {
  const absl::Time monday = absl::FromCivil(MondayOf(kNewestWeek), state_.zone());
  return session_->Run("week", {BinaryTime(monday), BinaryTime(monday + absl::Hours(168))});
}

double WeekPicture::Draft() {
  const absl::Time start = clock_.Steady();
  const est::v1::Picture picture = state_.Draft(kNewestWeek);
  const absl::Duration took = clock_.Steady() - start;
  if (picture.cells().empty()) std::abort();
  return absl::ToDoubleMilliseconds(took);
}

double WeekPicture::First() {
  if (!state_.Apply(ConfiguredFact()).ok()) std::abort();
  return Draft();
}

double WeekPicture::AfterOneMore() {
  event::v1::Event event = ReportedFact(reports_++);
  intake::v1::Incident& incident = *event.mutable_incident_reported()->mutable_incident();
  *incident.mutable_observed_from() =
      ToProto(absl::FromCivil(MondayOf(kNewestWeek), state_.zone()) + absl::Hours(reports_ % 168));
  if (!state_.Apply(event).ok()) std::abort();
  return Draft();
}

absl::StatusOr<double> WeekPicture::Postgres() {
  const absl::Time start = clock_.Steady();
  VAKA_ASSIGN(const PostgresResult counts, Ask());
  return absl::ToDoubleMilliseconds(clock_.Steady() - start);
}

}  // namespace vaka::bench
