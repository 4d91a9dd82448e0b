// DispatchService over gRPC, on a log in memory: a whole day.
#include "libs/rpc/server.h"
#include "services/dispatch/dispatch_service.h"
#include "tests/support/rpc_host/rpc_host.h"
#include "tests/unit/dispatch/dispatch_fixture.h"

namespace vaka::dispatch {
namespace {

using Stub = v1::DispatchService::Stub;

class DispatchServiceTest : public ::testing::Test {
 protected:
  DispatchServiceTest()
      : follower_(
            {.name = "dispatch"}, [](const std::string&) { return std::make_unique<State>(); },
            host_.log, host_.bus.Subscribe(), host_.clock),
        commands_(follower_, host_.log, host_.clock),
        service_(host_.gate, follower_, commands_, {}),
        server_({}, {&service_}) {
    host_.Append(SmallTown());
    event::v1::Event reported;
    intake::v1::Incident& incident = *reported.mutable_incident_reported()->mutable_incident();
    incident.set_id("i-1");
    incident.set_category("graffiti");
    incident.set_source_agency("police");
    incident.mutable_where()->set_district("alby");
    *incident.mutable_where()->mutable_point() = PointAt(59.24, 17.84);
    *incident.mutable_reported_at() = ToProto(host_.clock.Now() - absl::Hours(1));
    host_.Append({reported});
    EXPECT_TRUE(follower_.Start().ok());
    EXPECT_TRUE(server_.Start().ok());
    stub_ = v1::DispatchService::NewStub(server_.InProcess());
  }
  ~DispatchServiceTest() override {
    server_.Stop();
    follower_.Stop();
  }

  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const RpcHost::Caller& who, Request request, Response& response) {
    if constexpr (requires { request.set_shift(""); }) {
      if (request.shift().empty()) request.set_shift(shift_);
    }
    return host_.Call(*stub_, method, who, request, response);
  }
  v1::ShiftView Shift() {
    v1::GetShiftResponse response;
    EXPECT_EQ(Call(&Stub::GetShift, officer_, v1::GetShiftRequest(), response), absl::OkStatus());
    return response.shift();
  }

  RpcHost host_;
  fold::Follower follower_;
  fold::Commands commands_;
  Service service_;
  rpc::Server server_;
  std::unique_ptr<Stub> stub_;
  std::string shift_;
  const RpcHost::Caller officer_{options::v1::ROLE_BRIEFING_OFFICER, "police", "o-1"};
  const RpcHost::Caller crew_{options::v1::ROLE_PATROLLER, "", "p-2"};
  const RpcHost::Caller stranger_{options::v1::ROLE_PATROLLER, "", "p-3"};
};

TEST_F(DispatchServiceTest, AWholeDay) {
  v1::OpenShiftRequest open;
  *open.mutable_starts() = ToProto(host_.clock.Now());
  *open.mutable_ends() = ToProto(host_.clock.Now() + absl::Minutes(390));
  v1::OpenShiftResponse opened;
  EXPECT_TRUE(absl::IsPermissionDenied(Call(&Stub::OpenShift, crew_, open, opened)));
  ASSERT_EQ(Call(&Stub::OpenShift, officer_, open, opened), absl::OkStatus());
  shift_ = opened.shift();
  v1::StaffShiftRequest staff;
  staff.add_crew("p-1");
  staff.add_crew("p-3");
  staff.set_driver("p-1");
  v1::StaffShiftResponse staffed;
  const absl::Status lacking = Call(&Stub::StaffShift, officer_, staff, staffed);
  EXPECT_TRUE(absl::IsFailedPrecondition(lacking));
  EXPECT_EQ(lacking.message(), "crew: p-3 lacks the patroller training");
  staff.set_crew(1, "p-2");
  ASSERT_EQ(Call(&Stub::StaffShift, officer_, staff, staffed), absl::OkStatus());

  v1::PlanShiftResponse plan;
  ASSERT_EQ(Call(&Stub::PlanShift, officer_, v1::PlanShiftRequest(), plan), absl::OkStatus());
  ASSERT_GE(plan.stops_size(), 2);
  EXPECT_EQ(plan.incidents_size(), 1);
  EXPECT_GT(plan.metres(), 1000U);
  v1::BriefShiftResponse briefed;
  ASSERT_EQ(Call(&Stub::BriefShift, officer_, v1::BriefShiftRequest(), briefed), absl::OkStatus());
  EXPECT_EQ(Shift().stops_size(), plan.stops_size());

  v1::StartShiftResponse started;
  EXPECT_TRUE(absl::IsPermissionDenied(
      Call(&Stub::StartShift, stranger_, v1::StartShiftRequest(), started)));
  ASSERT_EQ(Call(&Stub::StartShift, crew_, v1::StartShiftRequest(), started), absl::OkStatus());
  v1::CheckInResponse checked;
  EXPECT_EQ(Call(&Stub::CheckIn, crew_, v1::CheckInRequest(), checked), absl::OkStatus());
  v1::DispatchIncidentRequest send;
  send.set_incident("i-1");
  v1::DispatchIncidentResponse sent;
  ASSERT_EQ(Call(&Stub::DispatchIncident, officer_, send, sent), absl::OkStatus());
  v1::AnswerDispatchRequest answer;
  answer.set_dispatch(sent.dispatch());
  answer.set_answer(v1::DISPATCH_ANSWER_ACCEPTED);
  v1::AnswerDispatchResponse answered;
  ASSERT_EQ(Call(&Stub::AnswerDispatch, crew_, answer, answered), absl::OkStatus());
  v1::CompleteStopRequest complete;
  complete.set_stop(sent.dispatch());
  v1::CompleteStopResponse completed;
  EXPECT_EQ(Call(&Stub::CompleteStop, crew_, complete, completed), absl::OkStatus());
  v1::SkipStopRequest skip;
  skip.set_stop(plan.stops(0).id());
  skip.set_note("Hann inte");
  v1::SkipStopResponse skipped;
  EXPECT_EQ(Call(&Stub::SkipStop, crew_, skip, skipped), absl::OkStatus());
  EXPECT_EQ(Shift().stops(0).state(), v1::STOP_STATE_DONE);
  EXPECT_EQ(Shift().stops(1).state(), v1::STOP_STATE_SKIPPED);

  v1::ReturnShiftResponse returned;
  ASSERT_EQ(Call(&Stub::ReturnShift, crew_, v1::ReturnShiftRequest(), returned), absl::OkStatus());
  v1::DebriefShiftRequest debrief;
  v1::DebriefItem& item = *debrief.add_items();
  item.set_category("graffiti");
  item.set_district("alby");
  item.set_note("Ring 070-123 45 67");
  v1::DebriefShiftResponse debriefed;
  const absl::Status personal = Call(&Stub::DebriefShift, crew_, debrief, debriefed);
  EXPECT_TRUE(absl::IsInvalidArgument(personal));
  ASSERT_TRUE(InfoOf(personal).has_value());
  EXPECT_EQ(InfoOf(personal)->hits_size(), 1);
  debrief.mutable_items(0)->clear_note();
  ASSERT_EQ(Call(&Stub::DebriefShift, crew_, debrief, debriefed), absl::OkStatus());
  v1::CloseShiftResponse closed;
  ASSERT_EQ(Call(&Stub::CloseShift, officer_, v1::CloseShiftRequest(), closed), absl::OkStatus());
  v1::ListShiftsResponse shifts;
  ASSERT_EQ(Call(&Stub::ListShifts, officer_, v1::ListShiftsRequest(), shifts), absl::OkStatus());
  ASSERT_EQ(shifts.shifts_size(), 1);
  EXPECT_EQ(shifts.shifts(0).state(), v1::SHIFT_STATE_CLOSED);
}

}  // namespace
}  // namespace vaka::dispatch
