// EstService over gRPC, on a log in memory.
#include "libs/rpc/server.h"
#include "services/est/est_service.h"
#include "tests/support/rpc_host/rpc_host.h"
#include "tests/unit/est/est_fixture.h"

namespace vaka::est {
namespace {

using Stub = v1::EstService::Stub;

class EstServiceTest : public EstFixture {
 protected:
  EstServiceTest()
      : metrics_(host_.metrics),
        follower_(
            {.name = "est"}, [](const std::string&) { return std::make_unique<State>(); },
            host_.log, host_.bus.Subscribe(), host_.clock),
        commands_(follower_, host_.log, host_.clock),
        service_(host_.gate, follower_, commands_, metrics_),
        server_({}, {&service_}) {
    event::v1::Event configured;
    *configured.mutable_municipality_configured()->mutable_config() = SmallTown();
    host_.Append({configured, Reported("a")});
    EXPECT_TRUE(follower_.Start().ok());
    EXPECT_TRUE(server_.Start().ok());
    stub_ = v1::EstService::NewStub(server_.InProcess());
  }
  ~EstServiceTest() override {
    server_.Stop();
    follower_.Stop();
  }

  event::v1::Event Reported(const std::string& id) const {
    event::v1::Event event;
    *event.mutable_incident_reported()->mutable_incident() =
        Incident(id, "alby", "graffiti", host_.clock.Now());
    return event;
  }
  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response& response) {
    return host_.Call(*stub_, method, who_, request, response);
  }
  v1::Week ThisWeek() const {
    return WeekToProto(WeekOf(host_.clock.Now(), LoadZone("Europe/Stockholm").value()));
  }

  RpcHost host_;
  Metrics metrics_;
  fold::Follower follower_;
  fold::Commands commands_;
  Service service_;
  rpc::Server server_;
  std::unique_ptr<Stub> stub_;
  RpcHost::Caller who_{options::v1::ROLE_COORDINATOR, "municipality", "p-9"};
};

TEST_F(EstServiceTest, AWeekGoesFromContributionToRevision) {
  v1::SubmitContributionRequest contribution;
  *contribution.mutable_week() = ThisWeek();
  contribution.set_nothing_to_report(true);
  v1::SubmitContributionResponse contributed;
  who_ = {options::v1::ROLE_AGENCY_REPORTER, "housing", "p-1"};
  ASSERT_EQ(Call(&Stub::SubmitContribution, contribution, contributed), absl::OkStatus());
  EXPECT_EQ(contributed.seq(), 3U);
  v1::FreezeWeekRequest freeze;
  *freeze.mutable_week() = ThisWeek();
  v1::FreezeWeekResponse frozen;
  EXPECT_TRUE(absl::IsPermissionDenied(Call(&Stub::FreezeWeek, freeze, frozen)));
  who_ = {options::v1::ROLE_COORDINATOR, "municipality", "p-9"};
  ASSERT_EQ(Call(&Stub::FreezeWeek, freeze, frozen), absl::OkStatus());
  v1::PublishRequest publish;
  *publish.mutable_week() = ThisWeek();
  v1::PublishResponse published;
  ASSERT_EQ(Call(&Stub::Publish, publish, published), absl::OkStatus());
  EXPECT_EQ(published.revision(), 1U);

  host_.Append({Reported("b")});
  v1::GetWeekRequest get;
  *get.mutable_week() = ThisWeek();
  v1::GetWeekResponse week;
  ASSERT_EQ(Call(&Stub::GetWeek, get, week), absl::OkStatus());
  EXPECT_EQ(week.picture().total(), 1U);
  ASSERT_EQ(week.pending_size(), 1);
  EXPECT_EQ(week.contributions_size(), 1);
  EXPECT_TRUE(week.times().has_publish());

  v1::ReviseRequest revise;
  *revise.mutable_week() = ThisWeek();
  revise.set_idempotency_key("revise-1");
  v1::ReviseResponse revised;
  for (int again = 0; again < 2; ++again) {  // a repeated command answers with its own revision
    ASSERT_EQ(Call(&Stub::Revise, revise, revised), absl::OkStatus());
    EXPECT_EQ(revised.revision(), 2U);
    ASSERT_EQ(revised.changes_size(), 1);
    EXPECT_EQ(revised.changes(0).reason(), "late report");
  }
  revise.set_idempotency_key("revise-2");
  EXPECT_TRUE(absl::IsFailedPrecondition(Call(&Stub::Revise, revise, revised)));
  v1::ListWeeksResponse weeks;
  ASSERT_EQ(Call(&Stub::ListWeeks, v1::ListWeeksRequest(), weeks), absl::OkStatus());
  ASSERT_GE(weeks.weeks_size(), 1);
  EXPECT_EQ(weeks.weeks(0).revision(), 2U);
  EXPECT_EQ(weeks.weeks(0).total(), 2U);
}

TEST_F(EstServiceTest, AMeasureIsDecidedChangedAndFollowedUp) {
  v1::DecideMeasureRequest decide;
  decide.set_idempotency_key("measure-1");
  v1::Measure& measure = *decide.mutable_measure();
  measure.set_title("Belysning");
  measure.set_owner_agency("municipality");
  *measure.mutable_due() = ToProto(host_.clock.Now() + absl::Hours(100));
  v1::DecideMeasureResponse decided;
  EXPECT_TRUE(absl::IsInvalidArgument(Call(&Stub::DecideMeasure, decide, decided)));
  measure.mutable_problem()->set_district("alby");
  measure.mutable_problem()->set_category("robbery");
  measure.mutable_problem()->set_statement("Rån vid gångtunneln");
  ASSERT_EQ(Call(&Stub::DecideMeasure, decide, decided), absl::OkStatus());
  const std::string id = decided.measure();
  const uint64_t seq = decided.seq();
  ASSERT_EQ(Call(&Stub::DecideMeasure, decide, decided), absl::OkStatus());
  EXPECT_EQ(decided.measure(), id);
  EXPECT_EQ(decided.seq(), seq);

  v1::ChangeMeasureRequest change;
  *change.mutable_measure() = measure;
  change.mutable_measure()->set_id(id);
  change.mutable_measure()->set_status(v1::MEASURE_STATUS_ONGOING);
  v1::ChangeMeasureResponse changed;
  who_ = {options::v1::ROLE_AGENCY_REPORTER, "housing", "p-1"};
  EXPECT_TRUE(absl::IsPermissionDenied(Call(&Stub::ChangeMeasure, change, changed)));
  who_ = {options::v1::ROLE_AGENCY_REPORTER, "municipality", "p-2"};
  EXPECT_EQ(Call(&Stub::ChangeMeasure, change, changed), absl::OkStatus());
  v1::FollowUpMeasureRequest follow_up;
  follow_up.set_measure(id);
  follow_up.set_effect(v1::EFFECT_BETTER);
  v1::FollowUpMeasureResponse followed;
  EXPECT_EQ(Call(&Stub::FollowUpMeasure, follow_up, followed), absl::OkStatus());
  v1::ListMeasuresResponse measures;
  ASSERT_EQ(Call(&Stub::ListMeasures, v1::ListMeasuresRequest(), measures), absl::OkStatus());
  ASSERT_EQ(measures.measures_size(), 1);
  EXPECT_EQ(measures.measures(0).measure().status(), v1::MEASURE_STATUS_ONGOING);
  EXPECT_EQ(measures.measures(0).follow_ups_size(), 1);
}

TEST_F(EstServiceTest, AJudgementIsShownInTheDraft) {
  v1::JudgeRequest judge;
  *judge.mutable_week() = ThisWeek();
  judge.set_district("alby");
  judge.set_category("graffiti");
  judge.mutable_judgement()->set_level(3);
  judge.mutable_judgement()->set_reason("Återkommande på samma vägg");
  v1::JudgeResponse judged;
  ASSERT_EQ(Call(&Stub::Judge, judge, judged), absl::OkStatus());
  v1::GetWeekRequest get;
  *get.mutable_week() = ThisWeek();
  v1::GetWeekResponse week;
  ASSERT_EQ(Call(&Stub::GetWeek, get, week), absl::OkStatus());
  ASSERT_EQ(week.picture().cells_size(), 1);
  EXPECT_EQ(week.picture().cells(0).judgement().level(), 3U);
}

}  // namespace
}  // namespace vaka::est
