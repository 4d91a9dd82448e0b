// What the whole system costs while nothing happens: memory and processor time of `vaka run --demo`
// and its Redis once the demo municipality is loaded, and what each further municipality adds.
// Memory is PSS of both processes.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "tests/bench/rounds.h"
#include "tests/bench/system/system.h"
#include "tests/bench/system/town.h"
#include "tests/bench/system/usage.h"

namespace vaka::bench {
namespace {

constexpr double kMiB = 1 << 20;
constexpr absl::Duration kLook = absl::Seconds(2);
constexpr int kMostLooks = 45;

struct Settings {
  int rounds = 3;
  double seconds = 20;
  int municipalities = 25;
  std::string pages;
};

class Footprint final {
 public:
  Footprint(const Settings& settings, Rounds& rounds) : settings_(settings), rounds_(rounds) {}

  absl::Status Round() {
    SystemOptions options{.arguments = {"--demo", "--pace=0"}};
    if (!settings_.pages.empty()) options.arguments.push_back("--static=" + settings_.pages);
    VAKA_ASSIGN(system_, System::Start(options));
    AwaitQuiet();
    const double one = Memory("the demo municipality", AtMost(150));
    Processor("the demo municipality", AtMost(1));
    // Bare ones first, then filled, so that both are seen.
    const int more = settings_.municipalities;
    for (int i = 0; i < more; ++i) VAKA_RETURN_IF_ERROR(system_->Configure(KommunOf(i)));
    AwaitQuiet();
    const double bare = Memory(absl::StrCat("it and ", more, " configured"), std::nullopt);
    for (int i = 0; i < more; ++i) VAKA_RETURN_IF_ERROR(Settle(*system_, KommunOf(i), TownSize()));
    AwaitQuiet();
    const double full = Memory(absl::StrCat("it and ", more, " filled"), std::nullopt);
    const double busy = Processor(absl::StrCat("it and ", more, " filled"), std::nullopt);
    rounds_.Add("a municipality more, configured", "MiB", (bare - one) / more);
    rounds_.Add("a municipality more, filled (20 areas, 100 people, 200 reports)", "MiB",
                (full - one) / more, AtMost(2));
    rounds_.Add("a municipality more, filled, processor", "% of a core", (busy - idle_) / more);
    idle_ = 0;
    system_->Stop();
    return absl::OkStatus();
  }

 private:
  // In percent of a core.
  double Use(absl::Duration length) {
    const std::vector<pid_t> processes = system_->Processes();
    const absl::Duration before = ProcessorTime(processes);
    const absl::Time begin = system_->clock().Steady();
    system_->clock().SleepFor(length, std::stop_token());
    return 100 *
           absl::FDivDuration(ProcessorTime(processes) - before, system_->clock().Steady() - begin);
  }

  // What a load left behind has been worked off when the processor time of two looks is the same.
  void AwaitQuiet() {
    double before = Use(kLook);
    for (int looks = 0; looks < kMostLooks; ++looks) {
      const double now = Use(kLook);
      if (std::abs(now - before) <= 0.15 * before + 0.05) return;
      before = now;
    }
    std::fprintf(stderr, "footprint: it does not come to rest\n");
  }

  // In MiB.
  double Memory(const std::string& what, std::optional<Target> target) {
    const std::vector<pid_t> processes = system_->Processes();
    const double all = static_cast<double>(PssBytes(processes)) / kMiB;
    const double own = static_cast<double>(PssBytes({processes.front()})) / kMiB;
    rounds_.Add("idle with " + what, "MiB", all, target);
    rounds_.Add("idle with " + what + ", of which Redis", "MiB", all - own);
    return all;
  }

  // In percent of a core.
  double Processor(const std::string& what, std::optional<Target> target) {
    const double use = Use(absl::Seconds(settings_.seconds));
    rounds_.Add("idle with " + what + ", processor", "% of a core", use, target);
    if (idle_ == 0) idle_ = use;
    return use;
  }

  const Settings& settings_;
  Rounds& rounds_;
  std::unique_ptr<System> system_;
  double idle_ = 0;  // with the demo municipality alone, in percent of a core
};

absl::Status Run(const Settings& settings) {
  Rounds rounds;
  Footprint footprint(settings, rounds);
  for (int i = 0; i < settings.rounds; ++i) VAKA_RETURN_IF_ERROR(footprint.Round());
  std::fputs(rounds.Markdown().c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  CLI::App app("Measures what the whole system costs while nothing happens");
  vaka::bench::Settings settings;
  app.add_option("--rounds", settings.rounds, "Rounds, each with a system of its own")
      ->check(CLI::Range(1, 20));
  app.add_option("--seconds", settings.seconds, "How long processor time is counted")
      ->check(CLI::Range(1.0, 600.0));
  app.add_option("--municipalities", settings.municipalities, "How many more are added")
      ->check(CLI::Range(1, 300));
  app.add_option("--static", settings.pages, "Folder of the dashboard's pages, kept in memory");
  CLI11_PARSE(app, argc, argv);
  return vaka::bench::ExitCode(vaka::bench::Run(settings));
}
