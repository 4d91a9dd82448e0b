#include "tests/bench/system/town.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/rpc/unary.h"
#include "services/intake/report_many_writer.h"
#include "tests/bench/system/squares.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka::bench {
namespace {

constexpr const char* kCategories[] = {"graffiti", "gathering", "alcohol"};
constexpr absl::Duration kLimit = absl::Seconds(55);

std::string People(const TownSize& size) {
  std::string csv = "person,name,email,consent,channels,role,area\n";
  for (int i = 0; i < size.areas * size.people; ++i) {
    absl::StrAppendFormat(&csv, "p%d,Namn %d,p%d@example.org,yes,email,contact_person,a%d\n", i, i,
                          i, i / size.people);
  }
  return csv;
}

void Prepare(grpc::ClientContext& context, System& system, const std::string& kommun) {
  context.set_deadline(absl::ToChronoTime(system.clock().Now() + kLimit));
  context.AddMetadata("authorization", "Bearer " + system.Coordinator(kommun));
}

absl::Status Import(System& system, const std::string& kommun, const TownSize& size) {
  const auto registry = registry::v1::RegistryService::NewStub(system.channel());
  registry::v1::ImportAreasRequest where;
  where.set_kommun(kommun);
  where.set_idempotency_key("areas");
  where.set_geojson(Squares(size.areas));
  registry::v1::ImportAreasResponse placed;
  grpc::ClientContext first;
  Prepare(first, system, kommun);
  VAKA_RETURN_IF_ERROR(rpc::FromGrpc(registry->ImportAreas(&first, where, &placed)));
  if (size.people == 0) return system.AwaitFolded(kommun, placed.seq());
  registry::v1::ImportPeopleRequest who;
  who.set_kommun(kommun);
  who.set_idempotency_key("people");
  who.set_csv(People(size));
  registry::v1::ImportPeopleResponse entered;
  grpc::ClientContext second;
  Prepare(second, system, kommun);
  VAKA_RETURN_IF_ERROR(rpc::FromGrpc(registry->ImportPeople(&second, who, &entered)));
  if (entered.seq() == 0) return absl::InternalError("people: none was registered");
  return system.AwaitFolded(kommun, entered.seq());
}

absl::Status Report(System& system, const std::string& kommun, const TownSize& size) {
  grpc::ClientContext context;
  Prepare(context, system, kommun);
  intake::v1::ReportManyResponse response;
  const auto writer =
      intake::v1::IntakeService::NewStub(system.channel())->ReportMany(&context, &response);
  const absl::Time now = system.clock().Now();
  intake::ReportManyWriter reports(*writer, kommun);
  for (int i = 0; i < size.reports; ++i) {
    intake::v1::Submission submission = ReportIn(i % size.areas, /*critical=*/false);
    submission.set_category(kCategories[static_cast<size_t>(i) % std::size(kCategories)]);
    *submission.mutable_observed_from() = ToProto(now - absl::Hours(7) * i);
    if (!reports.Write(absl::StrCat("town-", i), std::move(submission))) break;
  }
  reports.Done();
  VAKA_RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
  if (response.refused() > 0) return absl::InternalError(response.problems(0).problem());
  return system.AwaitFolded(kommun, response.seq());
}

}  // namespace

absl::Status Settle(System& system, const std::string& kommun, const TownSize& size) {
  VAKA_RETURN_IF_ERROR(Import(system, kommun, size));
  return size.reports == 0 ? absl::OkStatus() : Report(system, kommun, size);
}

intake::v1::Submission ReportIn(int area, bool critical) {
  intake::v1::Submission submission;
  submission.set_category(critical ? "shooting_explosion" : "graffiti");
  submission.set_severity(critical ? 5 : 1);
  *submission.mutable_where()->mutable_point() = InSquare(area);
  submission.set_text(critical ? "Kraftig smäll vid torget, avspärrat."
                               : "Klotter på gaveln mot torget, ungefär två meter brett.");
  return submission;
}

}  // namespace vaka::bench
