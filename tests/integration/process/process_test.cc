// The program as an operator meets it: one process or several, its commands, its errors, how it
// ends and goes on.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "libs/base/week.h"
#include "libs/config/municipality.h"
#include "libs/curl/http_client.h"
#include "libs/log/append_call.h"
#include "libs/redis/client.h"
#include "libs/rpc/unary.h"
#include "libs/sink/smtp_sink.h"
#include "services/vaka/keys.h"
#include "tests/support/redis_server/test_redis.h"
#include "tests/support/vaka_process/vaka_process.h"
#include "vaka/est/v1/est_service.grpc.pb.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
constexpr char kKommun[] = "0127";
constexpr char kConfig[] = VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml";

class ProcessTest : public testing::Test {
 protected:
  // Arguments of `vaka run` in this test's folder on free ports; `more` comes instead of what it
  // names.
  std::vector<std::string> Run(const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"run"};
    const auto named = [&](const std::string& option) {
      const std::string name = option.substr(0, option.find('=') + 1);
      return std::any_of(more.begin(), more.end(),
                         [&](const std::string& given) { return given.starts_with(name); });
    };
    for (const std::string& option :
         {"--data=" + folder_.path(), std::string("--config=") + kConfig,
          std::string("--http=127.0.0.1:0"), std::string("--grpc=127.0.0.1:0"),
          std::string("--metrics=127.0.0.1:0")}) {
      if (!named(option)) arguments.push_back(option);
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  std::string Token(options::v1::Role role, const std::string& agency) {
    gateway::v1::Identity identity;
    identity.set_kommun(kKommun);
    identity.set_agency(agency);
    identity.add_roles(role);
    *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(1));
    return LoadTokens(folder_.path() + "/keys")->Mint(identity);
  }

  template <typename Stub, typename Request, typename Response>
  void Call(const std::unique_ptr<Stub>& stub,
            grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
            Request request, Response* response) {
    request.set_kommun(kKommun);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(clock_.Now() + absl::Seconds(20)));
    context.AddMetadata("authorization",
                        "Bearer " + Token(options::v1::ROLE_COORDINATOR, "municipality"));
    const grpc::Status status = ((*stub).*method)(&context, request, response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  void Configure(const std::string& address) {
    registry::v1::ConfigureRequest request;
    *request.mutable_config() = *config::LoadMunicipality(kConfig);
    request.set_idempotency_key("configure");
    registry::v1::ConfigureResponse response;
    Call<registry::v1::RegistryService::Stub>(
        registry::v1::RegistryService::NewStub(Channel(address)),
        &registry::v1::RegistryService::Stub::Configure, request, &response);
  }

  uint64_t Report(const std::string& address, const std::string& key) {
    intake::v1::ReportRequest request;
    request.set_idempotency_key(key);
    request.mutable_submission()->set_category("graffiti");
    request.mutable_submission()->mutable_where()->set_district("alby");
    intake::v1::ReportResponse response;
    Call<intake::v1::IntakeService::Stub>(intake::v1::IntakeService::NewStub(Channel(address)),
                                          &intake::v1::IntakeService::Stub::Report, request,
                                          &response);
    return response.seq();
  }

  est::v1::Picture Week(const std::string& address, uint64_t at_least, IsoWeek week) {
    est::v1::GetWeekRequest request;
    request.set_at_least(at_least);
    request.mutable_week()->set_year(static_cast<uint32_t>(week.year));
    request.mutable_week()->set_week(static_cast<uint32_t>(week.week));
    est::v1::GetWeekResponse response;
    Call<est::v1::EstService::Stub>(est::v1::EstService::NewStub(Channel(address)),
                                    &est::v1::EstService::Stub::GetWeek, request, &response);
    return response.picture();
  }

  IsoWeek ThisWeek() { return WeekOf(clock_.Now(), *LoadZone("Europe/Stockholm")); }

  static std::shared_ptr<grpc::Channel> Channel(const std::string& address) {
    return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  }

  static std::string FreeAddress() {
    sink::SmtpSink probe({});
    EXPECT_TRUE(probe.Start().ok());
    const std::string address = absl::StrCat("127.0.0.1:", probe.port());
    probe.Stop();
    return address;
  }

  SystemClock clock_;
  redis::TempFolder folder_;
};

TEST_F(ProcessTest, EstInAProcessOfItsOwnCountsWhatTheOtherTakesIn) {
  const std::string est_address = FreeAddress();
  VakaProcess rest(Run({"--target=bus,registry,intake,notifications,dispatch,gateway",
                        "--peer=est=" + est_address}));
  const std::string http = rest.AddressAfter("http://");
  const std::string grpc = rest.AddressAfter("gRPC ");
  VakaProcess est({"run", "--target=est", "--data=" + folder_.path(),
                   "--redis=unix://" + folder_.path() + "/redis/redis.sock",
                   "--grpc=" + est_address, "--metrics=127.0.0.1:0"});
  Configure(grpc);
  const uint64_t seq = Report(grpc, "one");
  EXPECT_EQ(Week(est_address, seq, ThisWeek()).total(), 1u);

  // The gateway of the one process reaches the other by its peer address.
  curl::HttpClient client;
  const auto answer = client.Do(
      {.method = "POST",
       .url = "http://" + http + "/vaka.est.v1.EstService/GetWeek",
       .headers = {{"content-type", "application/json"},
                   {"authorization", "Bearer " + Token(options::v1::ROLE_ANALYST, "municipality")}},
       .body = absl::StrCat("{\"kommun\":\"0127\",\"atLeast\":\"", seq, "\"}")});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(nlohmann::json::parse(answer->body)["picture"]["total"], 1);
}

TEST_F(ProcessTest, CheckComparesWhatRunningProcessesHold) {
  const std::string est_address = FreeAddress();
  VakaProcess rest(Run({"--target=bus,registry,intake,notifications,dispatch,gateway",
                        "--peer=est=" + est_address}));
  const std::string redis = "unix://" + folder_.path() + "/redis/redis.sock";
  VakaProcess est({"run", "--target=est", "--data=" + folder_.path(), "--redis=" + redis,
                   "--grpc=" + est_address, "--metrics=127.0.0.1:0"});
  const std::string grpc = rest.AddressAfter("gRPC ");
  Configure(grpc);
  EXPECT_EQ(Week(est_address, Report(grpc, "one"), ThisWeek()).total(), 1u);

  const std::vector<std::string> check = {"check", "--data=" + folder_.path(), "--peer=" + grpc,
                                          "--peer=" + est_address};
  std::string output;
  EXPECT_EQ(RunVaka(check, &output), 0) << output;
  EXPECT_THAT(output, ContainsRegex(", est [0-9a-f]+ \\(agrees with " + est_address + " at 2\\)"));
  for (const char* fold : {"registry", "intake", "notifications", "dispatch", "gateway"}) {
    EXPECT_THAT(output, ContainsRegex(absl::StrCat(fold, " [0-9a-f]+ \\(agrees with ", grpc)));
  }

  // The log now says something else than what the processes were told.
  const auto client = redis::Client::Make({.urls = redis}, clock_);
  ASSERT_TRUE(client.ok());
  const std::string key = "{0127}:log";
  const auto call = [&](const redis::Argv& argv) {
    return *(*client)->Command(key, argv, clock_.Steady() + absl::Seconds(10));
  };
  event::v1::Event event;
  const redis::Reply entry = call({"XRANGE", key, "2", "2"}).elements.at(0);
  ASSERT_TRUE(event.ParseFromString(entry.elements.at(1).elements.at(1).text));
  event.mutable_incident_reported()->mutable_incident()->set_category("other");
  const std::string bytes = event.SerializeAsString();
  call({"XDEL", key, "2-0"});
  call({"XSETID", key, "1-0"});
  call({"XADD", key, "2-0", "f", bytes, "c", log::Checksum(bytes)});
  output.clear();
  EXPECT_EQ(RunVaka(check, &output), 1) << output;
  EXPECT_THAT(output, HasSubstr("est: " + est_address + " at 2 differs from the log folded anew"));
  EXPECT_THAT(output, HasSubstr("intake: " + grpc + " at 2 differs from the log folded anew"));

  est.Stop();
  output.clear();
  EXPECT_EQ(RunVaka(check, &output), 1) << output;
  EXPECT_THAT(output, HasSubstr("--peer " + est_address));
}

TEST_F(ProcessTest, StopsInOrderAndGoesOnWithItsData) {
  uint64_t seq = 0;
  {
    VakaProcess vaka(Run({}));
    Configure(vaka.AddressAfter("gRPC "));
    seq = Report(vaka.AddressAfter("gRPC "), "one");
    const absl::Time asked = clock_.Now();
    EXPECT_EQ(vaka.Stop(), 0) << vaka.output();
    EXPECT_LT(clock_.Now() - asked, absl::Seconds(15))
        << "far above the five seconds promised, for machines under load";
  }
  VakaProcess again(Run({}));
  EXPECT_EQ(Week(again.AddressAfter("gRPC "), seq, ThisWeek()).total(), 1u);
  EXPECT_EQ(Report(again.AddressAfter("gRPC "), "one"), seq)
      << "a repeated key is recognised after a restart";

  std::string output;
  EXPECT_EQ(RunVaka({"check", "--data=" + folder_.path()}, &output), 0) << output;
  EXPECT_THAT(output, HasSubstr("0 findings"));
  EXPECT_THAT(output, HasSubstr("agrees with its snapshot"));
  output.clear();
  EXPECT_EQ(RunVaka({"log", "show", "--data=" + folder_.path(), "--from=2", "--to=2"}, &output), 0);
  EXPECT_THAT(output, ContainsRegex("2 .*incident_reported.*graffiti"));
}

TEST_F(ProcessTest, TakenAddressesAreNamed) {
  sink::SmtpSink other({});
  ASSERT_TRUE(other.Start().ok());
  const std::string taken = absl::StrCat("127.0.0.1:", other.port());
  for (const std::string option : {"--http=", "--grpc=", "--metrics="}) {
    std::string output;
    EXPECT_EQ(RunVaka(Run({option + taken}), &output), 1);
    EXPECT_THAT(output, HasSubstr(taken)) << option;
    EXPECT_THAT(output, HasSubstr(option.substr(0, option.size() - 1)));
  }
}

TEST_F(ProcessTest, RefusesPlainAddressesThatOthersReach) {
  for (const std::string option :
       {"--http=0.0.0.0:0", "--grpc=0.0.0.0:0", "--metrics=0.0.0.0:0",
        "--bus=tcp://0.0.0.0:5550,tcp://0.0.0.0:5551", "--redis=redis://192.0.2.1:6379"}) {
    std::string output;
    EXPECT_EQ(RunVaka(Run({option}), &output), 1) << option;
    EXPECT_THAT(output, HasSubstr("vaka: ")) << option;
    EXPECT_THAT(output, Not(HasSubstr("ready"))) << option;
  }
}

TEST_F(ProcessTest, TwoProcessesOnOneDataFolderDoNotFight) {
  VakaProcess first(Run({}));
  std::string output;
  EXPECT_EQ(RunVaka(Run({}), &output), 1);
  EXPECT_THAT(output, HasSubstr("in use by another process"));
}

TEST_F(ProcessTest, WrongUseIsExplained) {
  std::string output;
  EXPECT_EQ(RunVaka(Run({"--target=everything"}), &output), 1);
  EXPECT_THAT(output, HasSubstr("--target: there is no \"everything\""));
  output.clear();
  EXPECT_EQ(RunVaka(Run({"--claim-after=5s"}), &output), 1) << "told twice by the living";
  EXPECT_THAT(output, HasSubstr("--claim-after: \"5s\""));
  output.clear();
  EXPECT_EQ(RunVaka({"--help"}, &output), 0);
  for (const char* command : {"run", "check", "log", "import", "keys", "token", "demo", "health"})
    EXPECT_THAT(output, HasSubstr(command));
  output.clear();
  EXPECT_EQ(RunVaka({"run", "--nonsense"}, &output), 2);
}

TEST_F(ProcessTest, ImportsRealPoliceEventsOnce) {
  const char* shared = std::getenv("VAKA_SHARED");
  const std::string data =
      absl::StrCat(shared != nullptr ? shared : VAKA_SOURCE_DIR "/../shared", "/data/polisen");
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "the reference data is not there";
  VakaProcess vaka(Run({}));
  const std::string grpc = vaka.AddressAfter("gRPC ");
  Configure(grpc);
  const auto import = [&](const std::string& source) {
    std::string output;
    EXPECT_EQ(RunVaka({"import", "polisen", source, "--grpc=" + grpc, "--data=" + folder_.path()},
                      &output),
              0)
        << output;
    return output.substr(output.rfind("total: "));
  };
  EXPECT_THAT(
      import(data + "/botkyrka-2023-2025.json"),
      HasSubstr("275 events, 0 elsewhere, 275 reported, 0 corrected, 0 unchanged, 0 refused"));
  EXPECT_THAT(import(data + "/yearend-2024"), HasSubstr("3000 events, 2971 elsewhere"));
  EXPECT_THAT(import(data + "/county-2026-02"), HasSubstr("2000 events, 1994 elsewhere"));
  EXPECT_THAT(import(data + "/botkyrka-2023-2025.json"),
              HasSubstr("0 reported, 0 corrected, 275 unchanged"));

  // What the source edits afterwards is a correction of the same incident.
  std::ifstream in(data + "/botkyrka-2023-2025.json");
  nlohmann::json events = nlohmann::json::parse(in);
  for (size_t i = 0; i < 3; ++i)
    events[i]["summary"] = events[i]["summary"].get<std::string>() + " Uppdaterad.";
  events.push_back({{"id", "no number"}});
  const std::string edited = folder_.path() + "/edited.json";
  std::ofstream(edited) << events.dump();
  EXPECT_THAT(import(edited),
              HasSubstr("0 reported, 3 corrected, 272 unchanged, 0 refused, 1 malformed"));
}

TEST_F(ProcessTest, ImportsAMunicipalityFromItsFiles) {
  const std::string out = folder_.path() + "/files";
  std::string written;
  ASSERT_EQ(RunVaka({"demo", "--out=" + out, std::string("--config=") + kConfig}, &written), 0)
      << written;
  VakaProcess vaka(Run({}));
  const auto import = [&](const std::string& what, const std::string& file, int code,
                          const std::string& more = "") {
    std::vector<std::string> arguments = {
        "import", what, file, "--grpc=" + vaka.AddressAfter("gRPC "), "--data=" + folder_.path()};
    if (!more.empty()) arguments.push_back(more);
    std::string output;
    EXPECT_EQ(RunVaka(arguments, &output), code) << output;
    return output;
  };
  import("config", kConfig, 0);
  EXPECT_THAT(import("areas", out + "/areas.geojson", 0, "--dry-run"),
              HasSubstr("Dry run, nothing changed: 255 added"));
  EXPECT_THAT(import("areas", out + "/areas.geojson", 0),
              HasSubstr("255 added, 0 changed, 0 unchanged, 0 problems"));
  EXPECT_THAT(import("areas", out + "/areas.geojson", 0),
              HasSubstr("0 added, 0 changed, 255 unchanged, 0 problems"));
  import("people", out + "/people.csv", 0);
  EXPECT_THAT(import("people", out + "/people.csv", 0), HasSubstr("0 added, 0 changed"));

  // One bad line: it is named, and nothing of the file is taken.
  std::ofstream(out + "/bad.csv") << "person,name,phone,email,role,area\nny,Ny,+46701740699,ny@"
                                     "example.org,ROLE_CONTACT_PERSON,nowhere\n";
  EXPECT_THAT(import("people", out + "/bad.csv", 1, "--dry-run"),
              ContainsRegex("bad.csv:2: .*nowhere"));
}

TEST_F(ProcessTest, DemoShowsWhatItPlanted) {
  VakaProcess vaka(Run({"--demo", "--pace=0"}));
  const std::string output = vaka.output();
  EXPECT_THAT(output, HasSubstr("ready at http://127.0.0.1:"));
  EXPECT_THAT(output, HasSubstr("code samordnare"));
  std::string written;
  const std::string out = folder_.path() + "/files";
  ASSERT_EQ(RunVaka({"demo", "--out=" + out, std::string("--config=") + kConfig}, &written), 0)
      << written;
  std::ifstream in(out + "/truth.json");
  const nlohmann::json truth = nlohmann::json::parse(in);

  curl::HttpClient client;
  const auto roles = client.Do({.method = "POST",
                                .url = "http://" + vaka.AddressAfter("http://") +
                                       "/vaka.gateway.v1.SessionService/DemoRoles",
                                .headers = {{"content-type", "application/json"}},
                                .body = "{}"});
  ASSERT_TRUE(roles.ok()) << roles.status();
  EXPECT_EQ(nlohmann::json::parse(roles->body)["roles"].size(), 7u);

  // The spike of last week is flagged as clearly unusual, where it was planted.
  const std::string http = vaka.AddressAfter("ready at http://");
  const auto week = client.Do(
      {.method = "POST",
       .url = "http://" + http + "/vaka.est.v1.EstService/GetWeek",
       .headers = {{"content-type", "application/json"},
                   {"authorization", "Bearer " + Token(options::v1::ROLE_ANALYST, "municipality")}},
       .body = absl::StrCat("{\"kommun\":\"0127\",\"draft\":true,\"week\":{\"year\":",
                            ParseWeek(truth["spike"]["week"])->year,
                            ",\"week\":", ParseWeek(truth["spike"]["week"])->week, "}}")});
  ASSERT_TRUE(week.ok()) << week.status();
  ASSERT_EQ(week->status, 200) << week->body;
  bool flagged = false;
  const nlohmann::json answered = nlohmann::json::parse(week->body);
  for (const auto& cell : answered["picture"]["cells"]) {
    if (cell["district"] != truth["spike"]["district"] ||
        cell["category"] != truth["spike"]["category"])
      continue;
    flagged = cell["flag"] == "FLAG_LEVEL_CLEAR" || cell["flag"] == "FLAG_LEVEL_UNUSUAL";
    EXPECT_GE(cell["count"], 6);
  }
  EXPECT_TRUE(flagged);
}

}  // namespace
}  // namespace vaka
