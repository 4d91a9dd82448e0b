// How fast an alert to very many recipients is planned into the outbox, on disk, while the senders
// already hand over, beside raw Redis; how soon the first message goes out, and what it takes in
// memory.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/status.h"
#include "tests/bench/accept/peer_loads.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/plan/crowd.h"
#include "tests/bench/rounds.h"

namespace vaka::bench {
namespace {

constexpr size_t kUnderWay = 1000;
constexpr absl::Duration kLoadLength = absl::Seconds(2);

struct Settings {
  int rounds = 3;
  uint64_t recipients = 100'000;
  double minutes = 15;
};

absl::Status Run(const Settings& settings) {
  const auto redis = StartChosen<RedisPeer>();
  std::unique_ptr<RedisLoad> raw;
  if (redis != nullptr) raw = std::make_unique<RedisLoad>(*redis);
  Crowd crowd;
  VAKA_RETURN_IF_ERROR(crowd.Fill(settings.recipients));
  const std::string of = absl::StrCat(", ", settings.recipients, " recipients");
  Rounds rounds;
  for (int i = 0; i < settings.rounds; ++i) {
    absl::StatusOr<Load> bare = Load();
    if (raw != nullptr && i % 2 == 0) bare = raw->Run(kUnderWay, kLoadLength);
    VAKA_ASSIGN(const PlannedAlert alert, crowd.Alert(absl::Minutes(settings.minutes)));
    if (raw != nullptr && i % 2 != 0) bare = raw->Run(kUnderWay, kLoadLength);
    VAKA_RETURN_IF_ERROR(bare.status());
    rounds.Add("an alert planned" + of, "recipients/s", alert.per_second);
    rounds.Add("report accepted → first message handed over" + of, "s",
               absl::ToDoubleSeconds(alert.first));
    rounds.Add("report accepted → everybody planned" + of, "s",
               absl::ToDoubleSeconds(alert.complete));
    rounds.Add("first message / everybody planned" + of, "ratio",
               absl::FDivDuration(alert.first, alert.complete), AtMost(1));
    rounds.Add("messages handed over while it was planned" + of, "messages",
               static_cast<double>(alert.handed));
    rounds.Add("memory grown while it was planned" + of, "MiB", alert.grown_mib, AtMost(64));
    if (raw == nullptr) continue;
    rounds.Add("Redis, XADD pipelined by 1000", "/s", bare->per_second);
    rounds.Add("an alert planned / XADD pipelined by 1000" + of, "ratio",
               alert.per_second / bare->per_second, AtLeast(0.7));
  }
  std::fputs(rounds.Markdown().c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the program does
  CLI::App app("Measures how fast an alert to very many is planned");
  vaka::bench::Settings settings;
  app.add_option("--rounds", settings.rounds, "Rounds; a row shows their median")
      ->check(CLI::Range(1, 50));
  app.add_option("--recipients", settings.recipients, "Contact persons of the area")
      ->check(CLI::Range(1000, 10'000'000));
  app.add_option("--minutes", settings.minutes, "After which a round has failed")
      ->check(CLI::Range(0.1, 600.0));
  CLI11_PARSE(app, argc, argv);
  return vaka::bench::ExitCode(vaka::bench::Run(settings));
}
