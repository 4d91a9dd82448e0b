// In which area a point lies: the product's index beside Boost.Geometry, GEOS and PostGIS, on the
// same areas and the same points, in alternating rounds on one core. Every side has to give the
// same answers first.
#include <geos_c.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/version.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "tests/bench/match/matcher.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/rounds.h"

namespace vaka::bench {
namespace {

constexpr size_t kPoints = 16'000;
constexpr size_t kAtOnce = 1000;  // points a call, which is a query of PostGIS
constexpr uint64_t kSeed = 20121106;

constexpr char kOurs[] = "area index";
constexpr char kBoost[] = "Boost R-tree and within";
constexpr char kGeos[] = "GEOS prepared, STR-tree";
constexpr char kPostgis[] = "PostGIS, 1000 points a query";

class Match final {
 public:
  Match(size_t areas, absl::Duration length)
      : length_(length),
        label_(absl::StrCat(", ", areas, " areas")),
        town_(MakeMatchTown(areas, kPoints, kSeed)) {}

  absl::Status Start(const PostgresPeer* postgres) {
    sides_.push_back({kOurs, MakeAreaIndex(town_)});
    if (Chosen("boost")) sides_.push_back({kBoost, MakeBoost(town_)});
    if (Chosen("geos")) sides_.push_back({kGeos, MakeGeos(town_)});
    if (postgres != nullptr) {
      auto postgis = MakePostgis(town_, *postgres);
      if (postgis.ok()) {
        sides_.push_back({kPostgis, *std::move(postgis)});
      } else {
        std::fprintf(stderr, "PostGIS is left out: %s\n", postgis.status().ToString().c_str());
      }
    }
    return Agree();
  }

  absl::Status Round(Rounds& rounds) {
    const bool backwards = ++round_ % 2 == 0;
    std::map<std::string, double> rates;
    for (size_t i = 0; i < sides_.size(); ++i) {
      const Side& side = sides_[backwards ? sides_.size() - 1 - i : i];
      const absl::StatusOr<double> rate = Rate(*side.matcher);
      if (!rate.ok()) return rate.status();
      rates[side.row] = *rate;
    }
    for (const Side& side : sides_) {
      rounds.Add(side.row + label_, "/s", rates[side.row]);
    }
    const double best = std::max(rates[kBoost], rates[kGeos]);
    if (best > 0) {
      rounds.Add("area index / the better of Boost and GEOS" + label_, "ratio", rates[kOurs] / best,
                 AtLeast(1));
    }
    if (rates[kPostgis] > 0) {
      rounds.Add("area index / PostGIS" + label_, "ratio", rates[kOurs] / rates[kPostgis],
                 AtLeast(10));
    }
    return absl::OkStatus();
  }

 private:
  struct Side {
    std::string row;
    std::unique_ptr<Matcher> matcher;
  };

  // OK: all sides say the same of every point.
  absl::Status Agree() {
    std::vector<absl::string_view> ours, theirs;
    if (absl::Status status = sides_.front().matcher->Match(town_.points, ours); !status.ok()) {
      return status;
    }
    for (const Side& side : sides_) {
      if (absl::Status status = side.matcher->Match(town_.points, theirs); !status.ok()) {
        return status;
      }
      const auto differ = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
      if (differ.first == ours.end()) continue;
      return absl::InternalError(
          absl::StrCat(side.row, label_, ": point ", differ.first - ours.begin(), " lies in \"",
                       *differ.second, "\" and not in \"", *differ.first, "\""));
    }
    return absl::OkStatus();
  }

  // Points a second.
  absl::StatusOr<double> Rate(Matcher& matcher) {
    const absl::Span<const Place> points(town_.points);
    std::vector<absl::string_view> ids;
    size_t count = 0;
    const absl::Time start = clock_.Steady();
    for (absl::Time now = start; now < start + length_; now = clock_.Steady()) {
      if (absl::Status status = matcher.Match(points.subspan(count % kPoints, kAtOnce), ids);
          !status.ok()) {
        return status;
      }
      count += kAtOnce;
    }
    return static_cast<double>(count) / absl::ToDoubleSeconds(clock_.Steady() - start);
  }

  const absl::Duration length_;
  const std::string label_;
  const MatchTown town_;
  SystemClock clock_;
  std::vector<Side> sides_;
  int round_ = 0;
};

absl::Status Run(int rounds, double seconds) {
  const auto postgres = StartChosen<PostgresPeer>();
  if (postgres != nullptr) {
    std::printf("- postgresql-15-postgis-3 %s\n",
                PackageVersion("postgresql-15-postgis-3").c_str());
  }
  if (Chosen("boost")) std::printf("- Boost %s\n", BOOST_LIB_VERSION);
  if (Chosen("geos")) std::printf("- GEOS %s\n", GEOSversion());
  Rounds measured;
  for (const size_t areas : {size_t{255}, size_t{20'000}}) {
    Match match(areas, absl::Seconds(seconds));
    if (absl::Status status = match.Start(postgres.get()); !status.ok()) return status;
    Rounds warm_up;
    if (absl::Status status = match.Round(warm_up); !status.ok()) return status;
    for (int i = 0; i < rounds; ++i) {
      if (absl::Status status = match.Round(measured); !status.ok()) return status;
    }
  }
  std::fputs(measured.Markdown().c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  CLI::App app("Measures how many points a second are placed in an area");
  int rounds = 5;
  double seconds = 1;
  app.add_option("--rounds", rounds, "Rounds; a row shows their median")->check(CLI::Range(1, 50));
  app.add_option("--seconds", seconds, "Length of one side's turn in a round")
      ->check(CLI::Range(0.1, 60.0));
  CLI11_PARSE(app, argc, argv);
  return vaka::bench::ExitCode(vaka::bench::Run(rounds, seconds));
}
