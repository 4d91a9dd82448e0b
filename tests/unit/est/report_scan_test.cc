#include "services/est/report_scan.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/est/est_fixture.h"

namespace vaka::est {
namespace {

using event::v1::Event;

// A report with every field that a report has, some of them left out at random.
Event RandomReport(std::mt19937& random) {
  const auto one_in = [&random](unsigned n) { return random() % n == 0; };
  Event event;
  if (!one_in(4)) event.set_kommun("0127");
  if (!one_in(4)) event.set_id(absl::StrCat("f-", random()));
  if (!one_in(4)) *event.mutable_occurred_at() = ToProto(absl::FromUnixMillis(1'790'000'000'123));
  if (!one_in(4)) event.mutable_recorded_at()->set_seconds(-5);
  event.mutable_actor()->set_role(options::v1::ROLE_PATROLLER);
  if (!one_in(4)) event.mutable_actor()->set_person("p-0123456789abcdef");
  if (one_in(4)) event.set_trace("00-4bf92f3577b34da6a3ce929d0e0e4736");
  if (one_in(4)) event.set_causation(random());
  intake::v1::Incident& incident = one_in(5)
                                       ? *event.mutable_incident_corrected()->mutable_incident()
                                       : *event.mutable_incident_reported()->mutable_incident();
  if (event.has_incident_corrected()) event.mutable_incident_corrected()->set_reason("typo");
  incident.set_id(absl::StrCat("i-", random() % 300));
  if (!one_in(9)) incident.set_category(one_in(2) ? "graffiti" : "robbery");
  if (!one_in(9)) incident.mutable_where()->set_district(one_in(2) ? "alby" : "fittja");
  if (one_in(2)) incident.mutable_where()->mutable_point()->set_lat(59.2);
  if (one_in(9)) incident.mutable_where()->set_place("Alby gård");  // two bytes a letter
  if (one_in(9)) incident.mutable_where()->set_place("Alby C");
  const auto second = static_cast<int64_t>(1'700'000'000 + random() % 90'000'000);
  if (!one_in(9)) incident.mutable_observed_from()->set_seconds(second);
  if (one_in(3)) {
    incident.mutable_observed_to()->set_seconds(second - 100'000 +
                                                static_cast<int64_t>(random() % 900'000));
    incident.mutable_observed_to()->set_nanos(999'999'999);
  }
  if (!one_in(9)) incident.mutable_reported_at()->set_seconds(second + 3600);
  if (one_in(50)) incident.mutable_reported_at()->set_seconds(-99'000'000'000);  // no such year
  incident.set_severity(static_cast<uint32_t>(random() % 6));
  incident.set_insecurity(one_in(3));
  incident.set_confidence(intake::v1::CONFIDENCE_PROBABLE);
  if (!one_in(9)) incident.set_source_agency(one_in(2) ? "police" : "housing");
  incident.mutable_text()->set_subject(incident.id());
  incident.mutable_text()->set_box("\xff\x00\x80 sealed");
  if (one_in(3)) incident.set_content_hash("\xfe\xff");
  return event;
}

void Nobody(absl::string_view /*id*/) {}

bool Same(const ScannedTime& scanned, bool set, const google::protobuf::Timestamp& stamp) {
  return scanned.set == set && scanned.seconds == stamp.seconds() && scanned.nanos == stamp.nanos();
}

// Whether what was scanned is what the decoder says.
bool SaysTheSame(const ScannedReport& report, const Event& event) {
  if (!event.has_incident_reported() && !event.has_incident_corrected()) return false;
  const intake::v1::Incident& incident = event.has_incident_reported()
                                             ? event.incident_reported().incident()
                                             : event.incident_corrected().incident();
  return report.kommun == event.kommun() && report.corrected == event.has_incident_corrected() &&
         report.id == incident.id() && report.category == incident.category() &&
         report.district == incident.where().district() &&
         report.source_agency == incident.source_agency() &&
         report.insecurity == incident.insecurity() &&
         Same(report.observed_from, incident.has_observed_from(), incident.observed_from()) &&
         Same(report.observed_to, incident.has_observed_to(), incident.observed_to()) &&
         Same(report.reported_at, incident.has_reported_at(), incident.reported_at());
}

class ReportScanTest : public EstFixture {};

TEST_F(ReportScanTest, AStateFromBytesIsTheStateFromDecodedFacts) {
  std::mt19937 random(20121106);
  State decoded;
  State scanned;
  Event configured;
  configured.set_seq(1);
  *configured.mutable_municipality_configured()->mutable_config() = SmallTown();
  ASSERT_TRUE(decoded.Apply(configured).ok() && scanned.Apply(configured).ok());
  constexpr int kFacts = 4000;
  int quick = 0;
  for (uint64_t seq = 2; seq < kFacts; ++seq) {
    Event event = RandomReport(random);
    const std::string bytes = event.SerializeAsString();
    event.set_seq(seq);
    const absl::Status status = decoded.Apply(event);
    if (scanned.ApplyEncoded("0127", seq, bytes)) {
      ++quick;
      ASSERT_TRUE(status.ok()) << status;
    } else {
      ASSERT_EQ(scanned.Apply(event), status);
    }
    ASSERT_EQ(scanned.position(), decoded.position());
  }
  EXPECT_EQ(scanned.Serialize(), decoded.Serialize());
  EXPECT_GT(quick, kFacts * 3 / 4);
}

// Whatever becomes of the bytes: what is taken is never refused by the decoder, nor read otherwise.
TEST_F(ReportScanTest, TakesNothingThatTheDecoderRefusesOrReadsOtherwise) {
  std::mt19937 random(4711);
  int taken = 0;
  for (int n = 0; n < 40; ++n) {
    const std::string bytes = RandomReport(random).SerializeAsString();
    for (size_t at = 0; at < bytes.size(); ++at) {
      for (int way = 0; way < 8; ++way) {
        std::string other = bytes;
        if (way == 0) other.resize(at);
        if (way == 1) other.erase(at, 1);
        if (way == 2) other.insert(at, 1, static_cast<char>(random()));
        if (way == 3) other.insert(at, bytes, at, 1 + random() % 12);  // a piece twice
        if (way >= 4) other[at] = static_cast<char>(random());
        ScannedReport report;
        if (!ScanReport(other, report, Nobody)) continue;
        ++taken;
        Event event;
        ASSERT_TRUE(event.ParseFromString(other));
        ASSERT_TRUE(SaysTheSame(report, event)) << event.DebugString();
      }
    }
  }
  EXPECT_GT(taken, 1000);
}

TEST_F(ReportScanTest, LeavesToTheDecoderWhatIsOutOfTheOrdinary) {
  Event event;
  *event.mutable_incident_reported()->mutable_incident() = Incident("a", "alby", "graffiti", now_);
  const std::string plain = event.SerializeAsString();
  ScannedReport report;
  EXPECT_TRUE(ScanReport(plain, report, Nobody));
  EXPECT_TRUE(SaysTheSame(report, event));
  const auto scans = [](const std::string& bytes) {
    ScannedReport scanned;
    return ScanReport(bytes, scanned, Nobody);
  };
  EXPECT_FALSE(scans(plain + plain));               // a second report takes the first's place
  EXPECT_FALSE(scans(plain + "\x8a\x3f" + '\0'));   // field 1009: of a later version
  EXPECT_TRUE(scans(plain + "\x1a\x02\xc3\xa5"));   // an id with å
  EXPECT_FALSE(scans(plain + "\x1a\x02\xc3\x28"));  // an id that is no UTF-8
  EXPECT_FALSE(scans(plain + "\x1a\x05x"));         // cut off
  EXPECT_FALSE(scans(std::string("\x1a\x01x")));    // no report in it
  Event other;
  other.mutable_incident_withdrawn()->set_incident("a");
  EXPECT_FALSE(scans(other.SerializeAsString()));
}

TEST_F(ReportScanTest, AForeignFactAndOneOfNoTimeChangeNothing) {
  Event event;
  event.set_kommun("0180");
  *event.mutable_incident_reported()->mutable_incident() = Incident("a", "alby", "graffiti", now_);
  const std::string before = state_.Serialize();
  EXPECT_FALSE(state_.ApplyEncoded("0127", 2, event.SerializeAsString()));
  event.set_kommun("0127");
  event.mutable_incident_reported()->mutable_incident()->mutable_observed_to()->set_seconds(
      253'370'764'800);
  EXPECT_FALSE(state_.ApplyEncoded("0127", 2, event.SerializeAsString()));
  EXPECT_EQ(state_.Serialize(), before);
  event.mutable_incident_reported()->mutable_incident()->clear_observed_to();
  EXPECT_TRUE(state_.ApplyEncoded("0127", 2, event.SerializeAsString()));
  EXPECT_EQ(state_.position(), 2U);
}

}  // namespace
}  // namespace vaka::est
