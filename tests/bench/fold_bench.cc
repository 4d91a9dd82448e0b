// How fast est's state is made from the log beside reading the log and nothing else, how long a
// week's picture takes beside PostgreSQL's counts, and how long the whole system takes to start on
// a long log.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/status.h"
#include "tests/bench/fold/fold_log.h"
#include "tests/bench/fold/picture.h"
#include "tests/bench/fold/restart.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/rounds.h"

namespace vaka::bench {
namespace {

constexpr int kPictures = 50;  // a round; a row is their median

struct Settings {
  int rounds = 3;
  uint64_t facts = 1'000'000;
  std::string part = "all";
};

absl::Status Fold(const Settings& settings, Rounds& rounds) {
  FoldLog log;
  VAKA_RETURN_IF_ERROR(log.Fill(settings.facts));
  const std::string of = absl::StrCat(", ", settings.facts, " reports");
  for (int i = 0; i <= settings.rounds; ++i) {
    // The side that goes first changes with each round; the first does not count.
    absl::StatusOr<double> bare, rebuilt;
    if (i % 2 == 0) bare = log.Xrange();
    rebuilt = log.Rebuild();
    if (i % 2 != 0) bare = log.Xrange();
    const absl::StatusOr<double> alone = log.FoldAlone();
    for (const auto& rate : {bare, rebuilt, alone}) VAKA_RETURN_IF_ERROR(rate.status());
    if (i == 0) continue;
    rounds.Add("XRANGE, nothing done with it" + of, "thousand facts/s", *bare / 1e3);
    rounds.Add("est's state from the log" + of, "thousand facts/s", *rebuilt / 1e3);
    rounds.Add("est's state from memory, one core" + of, "million facts/s", *alone / 1e6,
               AtLeast(1));
    rounds.Add("est's state from the log / XRANGE", "ratio", *rebuilt / *bare, AtLeast(0.6));
  }
  return absl::OkStatus();
}

absl::Status Picture(const Settings& settings, Rounds& rounds) {
  const auto postgres = StartChosen<PostgresPeer>();
  WeekPicture picture;
  VAKA_RETURN_IF_ERROR(picture.Fill(settings.facts, postgres.get()));
  const std::string of = absl::StrCat(", ", settings.facts, " reports");
  for (int i = 0; i <= settings.rounds; ++i) {
    std::vector<double> first, ours, theirs;
    for (int n = 0; n < kPictures; ++n) {
      first.push_back(picture.First());
      ours.push_back(picture.AfterOneMore());
      if (postgres == nullptr) continue;
      const absl::StatusOr<double> took = picture.Postgres();
      VAKA_RETURN_IF_ERROR(took.status());
      theirs.push_back(*took);
    }
    if (i == 0) continue;
    rounds.Add("week's picture with flags, 20 districts × 30 categories" + of, "ms",
               Quantile(first, 0.5), AtMost(1));
    rounds.Add("the same after one more report" + of, "ms", Quantile(ours, 0.5));
    if (theirs.empty()) continue;
    rounds.Add("PostgreSQL, the week's counts by index" + of, "ms", Quantile(theirs, 0.5));
    rounds.Add("picture with flags / PostgreSQL's counts", "ratio",
               Quantile(first, 0.5) / Quantile(theirs, 0.5));
    rounds.Add("the same after one more report / PostgreSQL's counts", "ratio",
               Quantile(ours, 0.5) / Quantile(theirs, 0.5), AtMost(0.2));
  }
  return absl::OkStatus();
}

absl::Status Start(const Settings& settings, Rounds& rounds) {
  Restart restart;
  VAKA_RETURN_IF_ERROR(restart.Fill(settings.facts));
  const std::string of = absl::StrCat(", ", settings.facts, " facts");
  for (int i = 0; i < settings.rounds; ++i) {
    VAKA_ASSIGN(const absl::Duration without, restart.WithoutSnapshots());
    VAKA_ASSIGN(const absl::Duration with, restart.WithSnapshots());
    VAKA_ASSIGN(const Restart::BesideRedis beside, restart.WithSnapshotsBesideRedis());
    rounds.Add("start until ready with snapshots" + of, "s", absl::ToDoubleSeconds(with),
               AtMost(2));
    rounds.Add("start until ready with snapshots, Redis running" + of, "s",
               absl::ToDoubleSeconds(beside.ready), AtMost(2));
    rounds.Add("Redis alone reads its files" + of, "s", absl::ToDoubleSeconds(beside.redis));
    rounds.Add("start until ready without snapshots" + of, "s", absl::ToDoubleSeconds(without),
               AtMost(10));
  }
  return absl::OkStatus();
}

absl::Status Run(const Settings& settings) {
  Rounds rounds;
  const auto chosen = [&](const char* part) {
    return settings.part == part || settings.part == "all";
  };
  if (chosen("fold")) VAKA_RETURN_IF_ERROR(Fold(settings, rounds));
  if (chosen("picture")) VAKA_RETURN_IF_ERROR(Picture(settings, rounds));
  if (chosen("start")) VAKA_RETURN_IF_ERROR(Start(settings, rounds));
  std::fputs(rounds.Markdown().c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the program does
  CLI::App app("Measures folding a long log, a week's picture and a start");
  vaka::bench::Settings settings;
  app.add_option("--rounds", settings.rounds, "Rounds; a row shows their median")
      ->check(CLI::Range(1, 50));
  app.add_option("--facts", settings.facts, "Reports in the log")
      ->check(CLI::Range(10'000, 100'000'000));
  app.add_option("--part", settings.part, "What to measure")
      ->check(CLI::IsMember({"fold", "picture", "start", "all"}));
  CLI11_PARSE(app, argc, argv);
  return vaka::bench::ExitCode(vaka::bench::Run(settings));
}
