// Whether a report costs more when the log is long, and when one process serves many
// municipalities. Each system is a process of its own with a private Redis; both stand beside each
// other and are loaded in turn.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "tests/bench/rounds.h"
#include "tests/bench/system/fill_log.h"
#include "tests/bench/system/report_load.h"
#include "tests/bench/system/system.h"
#include "tests/bench/system/town.h"
#include "tests/bench/system/usage.h"

namespace vaka::bench {
namespace {

constexpr TownSize kTown{.areas = 20, .people = 0, .reports = 0};
constexpr double kMiB = 1 << 20;

struct Settings {
  int rounds = 3;
  uint64_t few = 10'000;
  uint64_t facts = 1'000'000;
  int municipalities = 300;
  uint64_t reports = 20'000;
  std::string part = "both";
};

double Mebibytes(System& system) {
  return static_cast<double>(PssBytes(system.Processes())) / kMiB;
}

double Microseconds(const ReportLoadResult& result) {
  return absl::ToDoubleMicroseconds(result.processor) /
         static_cast<double>(result.milliseconds.size());
}

// A system whose first municipality's log is that long, just started.
absl::StatusOr<std::unique_ptr<System>> SystemOf(uint64_t facts, absl::Duration* ready) {
  VAKA_ASSIGN(std::unique_ptr<System> system, System::Start({.ready_within = absl::Hours(1)}));
  const std::string kommun = KommunOf(0);
  VAKA_RETURN_IF_ERROR(system->Configure(kommun));
  TownSize town = kTown;
  town.reports = 1;
  VAKA_RETURN_IF_ERROR(Settle(*system, kommun, town));
  system->Stop();
  VAKA_RETURN_IF_ERROR(FillLog(system->data(), kommun, facts, system->clock()));
  VAKA_ASSIGN(*ready, system->Restart());
  VAKA_RETURN_IF_ERROR(system->AwaitFolded(kommun, facts));
  system->AwaitQuiet();
  return system;
}

// A report with few facts in the log beside one with many.
class LongLog final {
 public:
  LongLog(const Settings& settings, Rounds& rounds) : settings_(settings), rounds_(rounds) {}

  absl::Status Run() {
    absl::Duration ready;
    VAKA_ASSIGN(many_, SystemOf(settings_.facts, &ready));
    rounds_.Add(absl::StrCat("start to ready, ", settings_.facts, " facts without a snapshot"), "s",
                absl::ToDoubleSeconds(ready));
    const double large = Mebibytes(*many_);
    for (int round = 0; round < settings_.rounds; ++round) {
      // Anew, for its log grows by the load.
      VAKA_ASSIGN(few_, SystemOf(settings_.few, &ready));
      const double small = Mebibytes(*few_);
      rounds_.Add("memory a fact of a long log, folds and Redis", "KiB",
                  1024 * (large - small) / static_cast<double>(settings_.facts - settings_.few));
      VAKA_RETURN_IF_ERROR(Round(round));
      few_->Stop();
    }
    many_->Stop();
    return absl::OkStatus();
  }

 private:
  absl::Status Round(int round) {
    ReportLoad load{.kommuns = {KommunOf(0)}, .reports = settings_.reports};
    load.prefix = absl::StrCat("round-", round, "-");
    VAKA_RETURN_IF_ERROR(Compare(load, round % 2 == 0, [&](const auto& few, const auto& many) {
      Add("a report, processor time", "µs", Microseconds(few), Microseconds(many), AtMost(1.1));
      Add("reports, 64 under way", "/s", few.per_second, many.per_second, std::nullopt);
    }));
    load.prefix = absl::StrCat("alone-", round, "-");
    load.under_way = 1;
    load.reports = std::max<uint64_t>(settings_.reports / 20, 1);
    return Compare(load, round % 2 == 1, [&](const auto& few, const auto& many) {
      Add("a report alone, p50", "ms", Quantile(few.milliseconds, 0.5),
          Quantile(many.milliseconds, 0.5), AtMost(1.1));
      Add("a report alone, p99", "ms", Quantile(few.milliseconds, 0.99),
          Quantile(many.milliseconds, 0.99), std::nullopt);
    });
  }

  template <typename Take>
  absl::Status Compare(const ReportLoad& load, bool few_first, Take take) {
    absl::StatusOr<ReportLoadResult> few, many;
    if (few_first) few = RunReports(*few_, load);
    many = RunReports(*many_, load);
    if (!few_first) few = RunReports(*few_, load);
    VAKA_RETURN_IF_ERROR(few.status());
    VAKA_RETURN_IF_ERROR(many.status());
    take(*few, *many);
    return absl::OkStatus();
  }

  void Add(const std::string& what, const std::string& unit, double few, double many,
           std::optional<Target> target) {
    rounds_.Add(absl::StrCat(what, ", ", settings_.few, " facts in the log"), unit, few);
    rounds_.Add(absl::StrCat(what, ", ", settings_.facts, " facts"), unit, many);
    rounds_.Add(absl::StrCat(what, ", ", settings_.facts, " / ", settings_.few, " facts"), "ratio",
                many / few, target);
  }

  const Settings& settings_;
  Rounds& rounds_;
  std::unique_ptr<System> many_;
  std::unique_ptr<System> few_;
};

absl::StatusOr<std::unique_ptr<System>> SystemWith(const std::vector<std::string>& kommuns) {
  VAKA_ASSIGN(std::unique_ptr<System> system, System::Start());
  for (const std::string& kommun : kommuns) {
    VAKA_RETURN_IF_ERROR(system->Configure(kommun));
    VAKA_RETURN_IF_ERROR(Settle(*system, kommun, kTown));
  }
  return system;
}

// Many municipalities in one process beside one.
absl::Status ManyMunicipalities(const Settings& settings, Rounds& rounds) {
  std::vector<std::string> kommuns;
  for (int i = 0; i < settings.municipalities; ++i) kommuns.push_back(KommunOf(i));
  const std::vector<std::string> first = {kommuns.front()};
  VAKA_ASSIGN(const auto one, SystemWith(first));
  VAKA_ASSIGN(const auto all, SystemWith(kommuns));
  const std::string many = absl::StrCat(kommuns.size(), " municipalities");
  rounds.Add("memory, one municipality", "MiB", Mebibytes(*one));
  rounds.Add("memory, " + many, "MiB", Mebibytes(*all));
  for (int round = 0; round < settings.rounds; ++round) {
    ReportLoad load{.kommuns = first,
                    .reports = settings.reports,
                    .prefix = absl::StrCat("round-", round, "-")};
    absl::StatusOr<ReportLoadResult> alone, together;
    if (round % 2 == 0) alone = RunReports(*one, load);
    load.kommuns = kommuns;
    together = RunReports(*all, load);
    load.kommuns = first;
    if (round % 2 == 1) alone = RunReports(*one, load);
    VAKA_RETURN_IF_ERROR(alone.status());
    VAKA_RETURN_IF_ERROR(together.status());
    rounds.Add("reports, 64 under way, one municipality", "/s", alone->per_second);
    rounds.Add("reports, 64 under way, " + many, "/s", together->per_second);
    rounds.Add("reports, " + many + " / one", "ratio", together->per_second / alone->per_second,
               AtLeast(0.8));
    rounds.Add("a report, processor time, one municipality", "µs", Microseconds(*alone));
    rounds.Add("a report, processor time, " + many, "µs", Microseconds(*together));
  }
  one->Stop();
  all->Stop();
  return absl::OkStatus();
}

absl::Status Run(const Settings& settings) {
  Rounds rounds;
  if (settings.part != "municipalities") VAKA_RETURN_IF_ERROR(LongLog(settings, rounds).Run());
  if (settings.part != "log") VAKA_RETURN_IF_ERROR(ManyMunicipalities(settings, rounds));
  std::fputs(rounds.Markdown().c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  CLI::App app("Measures whether a report costs more in a long log and among many municipalities");
  vaka::bench::Settings settings;
  app.add_option("--rounds", settings.rounds, "Rounds")->check(CLI::Range(1, 20));
  app.add_option("--few", settings.few, "Facts in the short log");
  app.add_option("--facts", settings.facts, "Facts in the long log");
  app.add_option("--municipalities", settings.municipalities, "In one process")
      ->check(CLI::Range(2, 3000));
  app.add_option("--reports", settings.reports, "Reports of one load");
  app.add_option("--part", settings.part, "What to measure")
      ->check(CLI::IsMember({"log", "municipalities", "both"}));
  CLI11_PARSE(app, argc, argv);
  return vaka::bench::ExitCode(vaka::bench::Run(settings));
}
