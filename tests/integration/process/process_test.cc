// The program as an operator meets it: one process or several, its commands, its errors, how it
// ends and goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "libs/curl/http_client.h"
#include "libs/sink/smtp_sink.h"
#include "tests/integration/process/process_fixture.h"

namespace vaka {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

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
  // By its number: on a Monday, until it is published, the week that is worked on is the last one.
  const IsoWeek week = ThisWeek();
  EXPECT_EQ(Week(est_address, seq, week).total(), 1u);

  // The gateway of the one process reaches the other by its peer address.
  curl::HttpClient client;
  const auto answer = client.Do(
      {.method = "POST",
       .url = "http://" + http + "/vaka.est.v1.EstService/GetWeek",
       .headers = {{"content-type", "application/json"},
                   {"authorization", "Bearer " + Token(options::v1::ROLE_ANALYST, "municipality")}},
       .body = absl::StrCat("{\"kommun\":\"0127\",\"atLeast\":\"", seq,
                            "\",\"week\":{\"year\":", week.year, ",\"week\":", week.week, "}}")});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(nlohmann::json::parse(answer->body)["picture"]["total"], 1);
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
