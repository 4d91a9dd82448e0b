#include "services/demo/load.h"

#include <grpcpp/grpcpp.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/base/week.h"
#include "libs/rpc/unary.h"
#include "services/intake/report_many_writer.h"
#include "vaka/dispatch/v1/dispatch_service.grpc.pb.h"
#include "vaka/est/v1/est_service.grpc.pb.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka::demo {
namespace {

using registry::v1::RegistryService;

constexpr absl::Duration kCallTime = absl::Seconds(60);

void Prepare(grpc::ClientContext& context, const std::string& token, absl::Time now) {
  context.set_deadline(absl::ToChronoTime(now + kCallTime));
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
}

intake::v1::Submission SubmissionOf(const DemoReport& report) {
  intake::v1::Submission submission;
  submission.set_category(report.category);
  *submission.mutable_where()->mutable_point() = report.point;
  submission.mutable_where()->set_precision(intake::v1::PRECISION_EXACT);
  *submission.mutable_observed_from() = ToProto(report.observed_from);
  *submission.mutable_observed_to() = ToProto(report.observed_to);
  *submission.mutable_reported_at() = ToProto(report.reported_at);
  submission.set_confidence(intake::v1::CONFIDENCE_CONFIRMED);
  submission.set_text(report.text);
  return submission;
}

}  // namespace

absl::StatusOr<Demo> MakeDemo(const registry::v1::MunicipalityConfig& config, uint64_t seed) {
  absl::StatusOr<Parameters> parameters = LoadParameters();
  if (!parameters.ok()) return parameters.status();
  Demo demo;
  demo.config = config;
  demo.parameters = *std::move(parameters);
  demo.town = MakeTown(config, seed);
  demo.people = MakePeople(demo.town, seed);
  demo.seed = seed;
  return demo;
}

std::string AgencyOf(const std::string& source) {
  if (source == "volunteer") return "patrol";
  if (source == "fire") return "fire_brigade";
  if (source == "housing") return "housing_company";
  return source;
}

std::string SystemToken(const rpc::Tokens& tokens, const std::string& kommun,
                        const std::string& agency, absl::Time now) {
  gateway::v1::Identity identity;
  identity.set_kommun(kommun);
  identity.set_agency(agency);
  identity.add_roles(options::v1::ROLE_SYSTEM);
  *identity.mutable_expires() = ToProto(now + absl::Hours(24));
  return tokens.Mint(identity);
}

class Loader::Impl {
 public:
  Impl(const Demo& demo, std::shared_ptr<grpc::Channel> channel, const rpc::Tokens& tokens,
       Clock& clock, Progress progress)
      : demo_(demo),
        tokens_(tokens),
        clock_(clock),
        progress_(std::move(progress)),
        registry_(RegistryService::NewStub(channel)),
        intake_(intake::v1::IntakeService::NewStub(channel)),
        dispatch_(dispatch::v1::DispatchService::NewStub(channel)),
        est_(est::v1::EstService::NewStub(channel)) {
    token_ = SystemToken(tokens_, demo_.config.kommun(), "municipality", clock_.Now());
  }

  absl::Status Load() {
    if (Loaded()) return absl::OkStatus();
    for (const auto step : {&Impl::LoadRegistry, &Impl::LoadTrainings, &Impl::LoadHistory,
                            &Impl::LoadShift, &Impl::LoadWeek}) {
      if (absl::Status status = (this->*step)(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  // One unary call with the demo's token; the key makes a second run change nothing.
  template <typename Stub, typename Request, typename Response>
  absl::Status Call(const std::unique_ptr<Stub>& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    Request& request, Response* response, absl::string_view key) {
    request.set_kommun(demo_.config.kommun());
    if constexpr (requires { request.set_idempotency_key(""); })
      request.set_idempotency_key(absl::StrCat("demo/", demo_.seed, "/", key));
    grpc::ClientContext context;
    Prepare(context, token_, clock_.Now());
    return rpc::FromGrpc(((*stub).*method)(&context, request, response));
  }

  // The last thing that Load does is this week's measure; with it there, there is nothing to do.
  bool Loaded() {
    est::v1::ListMeasuresRequest request;
    est::v1::ListMeasuresResponse response;
    return Call<est::v1::EstService::StubInterface>(
               est_, &est::v1::EstService::StubInterface::ListMeasures, request, &response, "")
               .ok() &&
           response.measures_size() > 0;
  }

  absl::Status LoadRegistry() {
    progress_("municipality, areas and people", 0, 3);
    registry::v1::ConfigureRequest configure;
    *configure.mutable_config() = demo_.config;
    registry::v1::ConfigureResponse configured;
    if (absl::Status s = Registry(&RegistryService::StubInterface::Configure, configure,
                                  &configured, "configure");
        !s.ok())
      return s;
    registry::v1::ImportAreasRequest areas;
    areas.set_geojson(TownGeoJson(demo_.town));
    registry::v1::ImportAreasResponse imported_areas;
    progress_("municipality, areas and people", 1, 3);
    if (absl::Status s =
            Registry(&RegistryService::StubInterface::ImportAreas, areas, &imported_areas, "areas");
        !s.ok())
      return s;
    registry::v1::ImportPeopleRequest people;
    people.set_csv(PeopleCsv(demo_.people));
    registry::v1::ImportPeopleResponse imported_people;
    progress_("municipality, areas and people", 2, 3);
    return Registry(&RegistryService::StubInterface::ImportPeople, people, &imported_people,
                    "people");
  }

  absl::Status LoadTrainings() {
    registry::v1::HoldTrainingRequest training;
    training.set_training(registry::v1::TRAINING_PATROLLER);
    *training.mutable_held_at() = ToProto(clock_.Now() - absl::Hours(24 * 200));
    std::vector<std::string> drivers;
    for (const DemoPerson& person : demo_.people) {
      if (person.role != options::v1::ROLE_PATROLLER) continue;
      training.add_attended(person.id);
      if (person.driver) drivers.push_back(person.id);
    }
    registry::v1::HoldTrainingResponse held;
    if (absl::Status s =
            Registry(&RegistryService::StubInterface::HoldTraining, training, &held, "training");
        !s.ok())
      return s;
    for (const std::string& driver : drivers) {
      registry::v1::ApproveDriverRequest approve;
      approve.set_person(driver);
      approve.set_approved(true);
      registry::v1::ApproveDriverResponse approved;
      if (absl::Status s = Registry(&RegistryService::StubInterface::ApproveDriver, approve,
                                    &approved, absl::StrCat("driver/", driver));
          !s.ok()) {
        return s;
      }
    }
    return absl::OkStatus();
  }

  // Reports go in as each agency's own import, all of its reports in one stream.
  absl::Status LoadHistory() {
    VAKA_ASSIGN(const absl::TimeZone zone, LoadZone(demo_.config.zone()));
    const History history = MakeHistory(demo_.town, demo_.parameters,
                                        {.seed = demo_.seed, .until = clock_.Now(), .zone = zone});
    std::map<std::string, std::vector<const DemoReport*>> by_agency;
    for (const DemoReport& report : history.reports)
      by_agency[AgencyOf(report.source)].push_back(&report);
    size_t done = 0;
    constexpr size_t kPart = 2000;  // a stream is one call with one deadline
    for (const auto& [agency, reports] : by_agency) {
      for (size_t i = 0; i < reports.size(); i += kPart) {
        const std::vector<const DemoReport*> part(
            reports.begin() + static_cast<ptrdiff_t>(i),
            reports.begin() + static_cast<ptrdiff_t>(std::min(i + kPart, reports.size())));
        if (absl::Status s = Stream(agency, part, done, history.reports.size()); !s.ok()) return s;
        done += part.size();
      }
    }
    progress_("reports", done, done);
    return absl::OkStatus();
  }

  absl::Status Stream(const std::string& agency, const std::vector<const DemoReport*>& reports,
                      size_t before, size_t all) {
    grpc::ClientContext context;
    Prepare(context, SystemToken(tokens_, demo_.config.kommun(), agency, clock_.Now()),
            clock_.Now());
    intake::v1::ReportManyResponse response;
    auto writer = intake_->ReportMany(&context, &response);
    intake::ReportManyWriter items(*writer, demo_.config.kommun());
    for (size_t i = 0; i < reports.size(); ++i) {
      if (!items.Write(reports[i]->key, SubmissionOf(*reports[i]))) break;
      if (i % 500 == 0) progress_("reports", before + i, all);
    }
    items.Done();
    if (absl::Status s = rpc::FromGrpc(writer->Finish()); !s.ok()) return s;
    if (response.refused() == 0) return absl::OkStatus();
    const auto& problem = response.problems(0);
    return absl::InternalError(absl::StrCat("demo: ", response.refused(), " reports of ", agency,
                                            " were refused; item ", problem.index(), ", ",
                                            problem.field(), ": ", problem.problem()));
  }

  // Today's shift: staffed, briefed and out, so that a patroller's page has a next stop.
  absl::Status LoadShift() {
    progress_("today's shift", 0, 1);
    using Service = dispatch::v1::DispatchService::StubInterface;
    const absl::Time now = clock_.Now();
    dispatch::v1::OpenShiftRequest open;
    *open.mutable_starts() = ToProto(now);
    *open.mutable_ends() = ToProto(now + absl::Minutes(385));
    open.set_car("Grannstödsbilen");
    dispatch::v1::OpenShiftResponse opened;
    if (absl::Status s = Call<Service>(dispatch_, &Service::OpenShift, open, &opened, "shift");
        !s.ok())
      return s;
    dispatch::v1::StaffShiftRequest staff;
    staff.set_shift(opened.shift());
    staff.add_crew("grannstodjare-01");
    staff.add_crew("grannstodjare-20");
    staff.set_driver("grannstodjare-01");
    dispatch::v1::StaffShiftResponse staffed;
    if (absl::Status s =
            Call<Service>(dispatch_, &Service::StaffShift, staff, &staffed, "shift/staff");
        !s.ok())
      return s;
    dispatch::v1::BriefShiftRequest brief;
    brief.set_shift(opened.shift());
    brief.set_wishes(
        "Syns vid skolorna före lunch. Prata gärna med kontaktombuden om mörka gångvägar.");
    dispatch::v1::BriefShiftResponse briefed;
    if (absl::Status s =
            Call<Service>(dispatch_, &Service::BriefShift, brief, &briefed, "shift/brief");
        !s.ok())
      return s;
    dispatch::v1::StartShiftRequest start;
    start.set_shift(opened.shift());
    dispatch::v1::StartShiftResponse started;
    return Call<Service>(dispatch_, &Service::StartShift, start, &started, "shift/start");
  }

  // Some agencies have handed in this week's part, others are still silent; one measure is under
  // way.
  absl::Status LoadWeek() {
    progress_("this week", 0, 1);
    using Service = est::v1::EstService::StubInterface;
    for (const char* agency : {"municipality", "housing_company"}) {
      est::v1::SubmitContributionRequest contribution;
      contribution.set_agency(agency);
      contribution.set_picture(
          "Mest klotter och nedskräpning, lugnare kring centrum än förra veckan.");
      contribution.set_measures("Belysningen på gångvägen mot skolan lagas.");
      est::v1::SubmitContributionResponse submitted;
      if (absl::Status s = Call<Service>(est_, &Service::SubmitContribution, contribution,
                                         &submitted, absl::StrCat("week/", agency));
          !s.ok()) {
        return s;
      }
    }
    VAKA_ASSIGN(const absl::TimeZone zone, LoadZone(demo_.config.zone()));
    const IsoWeek week = WeekOf(clock_.Now(), zone);
    est::v1::DecideMeasureRequest decide;
    est::v1::Measure& measure = *decide.mutable_measure();
    measure.mutable_problem()->mutable_week()->set_year(static_cast<uint32_t>(week.year));
    measure.mutable_problem()->mutable_week()->set_week(static_cast<uint32_t>(week.week));
    measure.mutable_problem()->set_district("tumba");
    measure.mutable_problem()->set_category(CategoryOf("stold_ur_fran_fordon"));
    measure.mutable_problem()->set_statement(
        "Stölder ur bilar på infartsparkeringen under kvällar.");
    measure.set_title("Grannstödsbilen och parkeringsbolaget vid infartsparkeringen");
    measure.set_type(est::v1::MEASURE_TYPE_SITUATIONAL);
    measure.set_owner_agency("municipality");
    measure.set_owner_function("Trygghetssamordnare");
    measure.set_place("Infartsparkeringen");
    measure.set_status(est::v1::MEASURE_STATUS_ONGOING);
    measure.set_expected_effect("Färre stölder ur bil inom åtta veckor");
    *measure.mutable_start() = ToProto(WeekBegin(week, zone));
    *measure.mutable_due() = ToProto(WeekBegin(AddWeeks(week, 8), zone));
    est::v1::DecideMeasureResponse decided;
    return Call<Service>(est_, &Service::DecideMeasure, decide, &decided, "measure");
  }

  std::string CategoryOf(absl::string_view kind_name) const {
    for (const Kind& kind : demo_.parameters.kinds) {
      if (kind.name == kind_name) return kind.category;
    }
    return "other";
  }

  template <typename Request, typename Response>
  absl::Status Registry(grpc::Status (RegistryService::StubInterface::*method)(grpc::ClientContext*,
                                                                               const Request&,
                                                                               Response*),
                        Request& request, Response* response, absl::string_view key) {
    return Call<RegistryService::StubInterface>(registry_, method, request, response, key);
  }

  const Demo& demo_;
  const rpc::Tokens& tokens_;
  Clock& clock_;
  const Progress progress_;
  std::string token_;
  std::unique_ptr<RegistryService::StubInterface> registry_;
  std::unique_ptr<intake::v1::IntakeService::StubInterface> intake_;
  std::unique_ptr<dispatch::v1::DispatchService::StubInterface> dispatch_;
  std::unique_ptr<est::v1::EstService::StubInterface> est_;
};

Loader::Loader(const Demo& demo, std::shared_ptr<grpc::Channel> channel, const rpc::Tokens& tokens,
               Clock& clock, Progress progress)
    : impl_(std::make_unique<Impl>(demo, std::move(channel), tokens, clock, std::move(progress))) {}
Loader::~Loader() = default;
absl::Status Loader::Load() { return impl_->Load(); }

class LiveReports::Impl {
 public:
  Impl(const Demo& demo, std::shared_ptr<grpc::Channel> channel, const rpc::Tokens& tokens)
      : demo_(demo),
        tokens_(tokens),
        intake_(intake::v1::IntakeService::NewStub(channel)),
        random_(Random::For(demo.seed, "live")) {}

  absl::Status RunOnce(absl::Time now) {
    const DemoReport report = MakeLiveReport(demo_.town, demo_.parameters, now, ++number_, random_);
    intake::v1::ReportRequest request;
    request.set_kommun(demo_.config.kommun());
    request.set_idempotency_key(report.key);
    *request.mutable_submission() = SubmissionOf(report);
    grpc::ClientContext context;
    Prepare(context, SystemToken(tokens_, demo_.config.kommun(), AgencyOf(report.source), now),
            now);
    intake::v1::ReportResponse response;
    return rpc::FromGrpc(intake_->Report(&context, request, &response));
  }

 private:
  const Demo& demo_;
  const rpc::Tokens& tokens_;
  std::unique_ptr<intake::v1::IntakeService::StubInterface> intake_;
  Random random_;
  uint64_t number_ = 0;
};

LiveReports::LiveReports(const Demo& demo, std::shared_ptr<grpc::Channel> channel,
                         const rpc::Tokens& tokens)
    : impl_(std::make_unique<Impl>(demo, std::move(channel), tokens)) {}
LiveReports::~LiveReports() = default;
absl::Status LiveReports::RunOnce(absl::Time now) { return impl_->RunOnce(now); }

}  // namespace vaka::demo
