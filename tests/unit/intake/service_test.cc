#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "absl/strings/match.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "libs/base/status.h"
#include "services/intake/intake_service.h"
#include "services/intake/report_many.h"
#include "services/intake/report_many_writer.h"
#include "tests/unit/intake/service_fixture.h"

namespace vaka::intake {
namespace {

using options::v1::ROLE_AGENCY_REPORTER;
using options::v1::ROLE_BRIEFING_OFFICER;
using options::v1::ROLE_PATROLLER;
using options::v1::ROLE_SYSTEM;
using ::testing::HasSubstr;
using testing::Noon;
using testing::Process;

TEST_F(IntakeServiceTest, ReportIsPlacedSealedAndListed) {
  const auto report = Report(Saying("k1", "Klotter på gaveln"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->area(), "a-alby");
  EXPECT_EQ(report->district(), "alby");
  EXPECT_EQ(report->outcome(), v1::OUTCOME_REPORTED);
  EXPECT_EQ(report->seq(), process_.Head());

  const v1::ListResponse list = List();
  ASSERT_EQ(list.incidents_size(), 1);
  EXPECT_EQ(list.incidents(0).incident().id(), report->incident());
  EXPECT_EQ(list.incidents(0).text(), "Klotter på gaveln");
  EXPECT_EQ(ListAs(ROLE_PATROLLER, "patrol").incidents(0).text(), "");
  EXPECT_EQ(ListAs(ROLE_AGENCY_REPORTER, "guards").incidents(0).text(), "Klotter på gaveln");
  const auto entries = process_.log.Read("0127", log::Stream::kFacts, 0, 100);
  for (const log::Entry& entry : *entries) {
    EXPECT_FALSE(absl::StrContains(entry.bytes, "gaveln")) << "text lies open in the log";
  }
}

TEST_F(IntakeServiceTest, PersonalDataIsRefusedWithItsPositions) {
  const auto report = Report(Saying("k1", "Ring 070-123 45 67"));
  ASSERT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
  const auto info = InfoOf(report.status());
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->field(), "submission.text");
  ASSERT_EQ(info->hits_size(), 1);
  EXPECT_EQ(info->hits(0).begin(), 5u);
  EXPECT_EQ(List().incidents_size(), 0);
  EXPECT_THAT(Scrape(), HasSubstr("vaka_intake_refused_total{reason=\"personal_data\"} 1"));
}

TEST_F(IntakeServiceTest, RepeatedKeyAnswersTheFirstReport) {
  const auto first = Report(Saying("k1", "Klotter"));
  ASSERT_TRUE(first.ok());
  const auto again = Report(Saying("k1", "Klotter"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->incident(), first->incident());
  EXPECT_EQ(again->outcome(), v1::OUTCOME_UNCHANGED);
  EXPECT_EQ(again->area(), "a-alby");
  EXPECT_EQ(process_.Head(), first->seq());
  // Another caller's key of the same name is another report.
  const auto other = Report(Saying("k1", "Klotter"), ROLE_PATROLLER, "patrol");
  ASSERT_TRUE(other.ok());
  EXPECT_NE(other->incident(), first->incident());
}

TEST_F(IntakeServiceTest, ManyAtOnceOfOneSourceReferenceMakeOneIncident) {
  std::atomic<int> reported = 0, unchanged = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      v1::ReportRequest request = Saying("k" + std::to_string(i), "Samma sak");
      request.mutable_submission()->set_source_ref("polisen:1");
      const auto report = Report(request, ROLE_SYSTEM, "police");
      ASSERT_TRUE(report.ok()) << report.status();
      (report->outcome() == v1::OUTCOME_REPORTED ? reported : unchanged)++;
    });
  }
  threads.clear();
  EXPECT_EQ(reported, 1);
  EXPECT_EQ(unchanged, 7);
  const v1::ListResponse list = List();
  ASSERT_EQ(list.incidents_size(), 1);
  EXPECT_EQ(list.incidents(0).text(), "Samma sak");
  EXPECT_TRUE(process_.log.parked().empty());
}

TEST_F(IntakeServiceTest, EditedSourceIsACorrectionWithReadableText) {
  v1::ReportRequest request = Saying("k1", "Först");
  request.mutable_submission()->set_source_ref("polisen:1");
  ASSERT_TRUE(Report(request, ROLE_SYSTEM, "police").ok());
  request.set_idempotency_key("k2");
  request.mutable_submission()->set_text("Sedan");
  const auto edited = Report(request, ROLE_SYSTEM, "police");
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->outcome(), v1::OUTCOME_CORRECTED);
  const v1::ListResponse list = List();
  ASSERT_EQ(list.incidents_size(), 1);
  EXPECT_EQ(list.incidents(0).text(), "Sedan");
  EXPECT_EQ(list.incidents(0).version(), 2u);
}

TEST_F(IntakeServiceTest, CorrectWithdrawAndLinkAreRecorded) {
  const auto first = Report(Saying("k1", "Klotter"));
  const auto second = Report(Saying("k2", "Klotter igen"));
  ASSERT_TRUE(first.ok() && second.ok());

  v1::CorrectRequest correct;
  correct.set_kommun("0127");
  correct.set_idempotency_key("c1");
  correct.set_incident(first->incident());
  *correct.mutable_submission() = Saying("", "Ring 070-123 45 67").submission();
  v1::CorrectResponse corrected;
  EXPECT_EQ(
      process_.stub->Correct(process_.AsCoordinator().get(), correct, &corrected).error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);
  correct.mutable_submission()->set_text("Klotter på två gavlar");
  ASSERT_TRUE(process_.stub->Correct(process_.AsCoordinator().get(), correct, &corrected).ok());

  v1::LinkRequest link;
  link.set_kommun("0127");
  link.set_idempotency_key("l1");
  link.set_event(first->incident());
  link.add_incidents(second->incident());
  v1::LinkResponse linked;
  ASSERT_TRUE(process_.stub->Link(process_.AsCoordinator().get(), link, &linked).ok());
  const v1::ListResponse linked_list = List();
  EXPECT_EQ(linked_list.incidents_size(), 2);
  for (const v1::IncidentView& view : linked_list.incidents()) {
    EXPECT_EQ(view.event(), first->incident());
    const bool is_first = view.incident().id() == first->incident();
    EXPECT_EQ(view.text(), is_first ? "Klotter på två gavlar" : "Klotter igen");
  }

  v1::WithdrawRequest withdraw;
  withdraw.set_kommun("0127");
  withdraw.set_idempotency_key("w1");
  withdraw.set_incident(second->incident());
  withdraw.set_reason("fel, säger 640823-3234");
  v1::WithdrawResponse withdrawn;
  EXPECT_EQ(
      process_.stub->Withdraw(process_.AsCoordinator().get(), withdraw, &withdrawn).error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);
  withdraw.set_reason("fel");
  ASSERT_TRUE(process_.stub->Withdraw(process_.AsCoordinator().get(), withdraw, &withdrawn).ok());
  EXPECT_EQ(withdrawn.seq(), process_.Head());
  EXPECT_EQ(List().incidents_size(), 1);
}

TEST_F(IntakeServiceTest, ErasedTextIsEmptyAndTheRestIsThere) {
  const auto report = Report(Saying("k1", "Klotter"));
  ASSERT_TRUE(report.ok());
  ASSERT_TRUE(process_.vault.Erase("0127", SubjectOf(report->incident())).ok());
  const v1::ListResponse list = List();
  ASSERT_EQ(list.incidents_size(), 1);
  EXPECT_EQ(list.incidents(0).text(), "");
}

TEST_F(IntakeServiceTest, TextsThatCannotBeOpenedNowAreLeftOut) {
  ASSERT_TRUE(Report(Saying("k1", "Klotter")).ok());
  process_.Settled();
  process_.log.FailReads(true);
  v1::ListRequest request;
  request.set_kommun("0127");
  v1::ListResponse response;
  ASSERT_TRUE(process_.stub->List(process_.AsCoordinator().get(), request, &response).ok());
  ASSERT_EQ(response.incidents_size(), 1);
  EXPECT_EQ(response.incidents(0).text(), "");
  process_.log.FailReads(false);
  EXPECT_EQ(List().incidents(0).text(), "Klotter");
}

TEST_F(IntakeServiceTest, CheckFindsWithoutRecording) {
  v1::CheckRequest request;
  request.set_kommun("0127");
  request.set_text("Bilen ABC123");
  v1::CheckResponse response;
  const uint64_t head = process_.Head();
  ASSERT_TRUE(process_.stub->Check(process_.AsCoordinator().get(), request, &response).ok());
  ASSERT_EQ(response.hits_size(), 1);
  EXPECT_EQ(response.hits(0).kind(), "plate");
  EXPECT_EQ(process_.Head(), head);
}

}  // namespace
}  // namespace vaka::intake
