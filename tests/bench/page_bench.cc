// What somebody at the dashboard waits for: a report that comes in, the page itself, and the map
// under many incidents. The demo runs as a process of its own; page/page.mjs drives Debian's
// Chromium with software rendering against it.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/status.h"
#include "libs/redis/child_process.h"
#include "tests/bench/rounds.h"
#include "tests/bench/system/system.h"

namespace vaka::bench {
namespace {

constexpr absl::Duration kLimit = absl::Minutes(10);
constexpr char kDriver[] = VAKA_SOURCE_DIR "/tests/bench/page/page.mjs";

struct Settings {
  int rounds = 3;
  int reports = 40;
  int incidents = 5000;
  std::string pages = VAKA_SOURCE_DIR "/services/gateway/dashboard/dist";
};

// What the driver printed, a value a name.
absl::StatusOr<std::map<std::string, double>> Drive(const System& system,
                                                    const Settings& settings) {
  const std::string out = system.data() + "/page.out";
  setenv("VAKA_URL", absl::StrCat("http://", system.http_address()).c_str(), 1);
  setenv("VAKA_BENCH_REPORTS", absl::StrCat(settings.reports).c_str(), 1);
  setenv("VAKA_BENCH_INCIDENTS", absl::StrCat(settings.incidents).c_str(), 1);
  VAKA_ASSIGN(const auto driver,
              redis::ChildProcess::Start(
                  {"sh", "-c", "exec node \"$0\" >\"$1\" 2>\"$1.err\"", kDriver, out}));
  if (!driver->WaitUntilEnded(kLimit)) {
    driver->Signal(SIGTERM);  // it closes its browser
    driver->WaitUntilEnded(absl::Seconds(10));
    return absl::DeadlineExceededError("the browser did not come to its end");
  }
  std::ifstream errors(out + ".err");
  const std::string said{std::istreambuf_iterator<char>(errors), {}};
  if (!said.empty()) return absl::InternalError(said);
  std::map<std::string, double> values;
  std::ifstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits('\t', 1));
    if (!absl::SimpleAtod(parts.second, &values[parts.first]))
      return absl::InternalError(absl::StrCat("not a value: ", line));
  }
  return values;
}

absl::Status Round(const Settings& settings, Rounds& rounds) {
  VAKA_ASSIGN(const auto system,
              System::Start({.arguments = {"--demo", "--pace=0", "--static=" + settings.pages}}));
  VAKA_ASSIGN(auto values, Drive(*system, settings));
  const auto add = [&](const std::string& name, const std::string& row, const std::string& unit,
                       double scale, std::optional<Target> target) -> absl::Status {
    const auto value = values.find(name);
    if (value == values.end()) return absl::InternalError("no value came for: " + name);
    rounds.Add(row, unit, value->second * scale, target);
    return absl::OkStatus();
  };
  const std::string at_once = absl::StrCat(settings.incidents, " incidents, panning");
  for (const absl::Status& status :
       {add("visible p50", "report accepted → on the dashboard's map, p50", "ms", 1, std::nullopt),
        add("visible p99", "report accepted → on the dashboard's map, p99", "ms", 1, AtMost(100)),
        add("bytes page", "first load without the map library, on the wire", "kB", 1e-3,
            AtMost(350)),
        add("bytes map", "the map library, on the wire", "kB", 1e-3, std::nullopt),
        add("bytes data", "answers of the first load, on the wire", "kB", 1e-3, std::nullopt),
        add("interactive", "first load → a click is answered", "s", 1e-3, AtMost(2)),
        add("drawn", "first load → and the map is drawn", "s", 1e-3, std::nullopt),
        add("frames", at_once, "frames/s", 1, AtLeast(30)),
        add("slowest", at_once + ", longest between two frames", "ms", 1, std::nullopt)}) {
    VAKA_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::Status Run(const Settings& settings) {
  Rounds rounds;
  for (int i = 0; i < settings.rounds; ++i) VAKA_RETURN_IF_ERROR(Round(settings, rounds));
  std::fputs(rounds.Markdown().c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  CLI::App app("Measures what somebody at the dashboard waits for");
  vaka::bench::Settings settings;
  app.add_option("--rounds", settings.rounds, "Rounds, each with a system and a browser of its own")
      ->check(CLI::Range(1, 20));
  app.add_option("--reports", settings.reports, "Reports, one at a time, a round")
      ->check(CLI::Range(1, 1000));
  app.add_option("--incidents", settings.incidents, "On the map while it is moved")
      ->check(CLI::Range(1, 5000));
  app.add_option("--static", settings.pages, "Folder of the dashboard's pages");
  CLI11_PARSE(app, argc, argv);
  return vaka::bench::ExitCode(vaka::bench::Run(settings));
}
