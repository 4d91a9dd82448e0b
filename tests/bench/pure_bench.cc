// What the pure parts cost: finding a point's area, folding a report into the weekly counts, and
// computing a week's picture. Nothing here waits for disk or network.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "libs/base/week.h"
#include "libs/geo/area_index.h"
#include "services/est/est.h"
#include "tests/bench/rounds.h"

namespace vaka::bench {
namespace {

// Areas side by side in a square of a tenth of a degree, each with sixteen corners.
std::vector<registry::v1::Polygon> Town(int areas) {
  const int side = static_cast<int>(std::ceil(std::sqrt(areas)));
  const double step = 0.1 / side;
  constexpr int kCorners = 16;
  std::vector<registry::v1::Polygon> polygons(static_cast<size_t>(areas));
  for (int i = 0; i < areas; ++i) {
    registry::v1::Ring& ring = *polygons[static_cast<size_t>(i)].add_rings();
    for (int corner = 0; corner <= kCorners; ++corner) {
      const double angle = 2 * 3.14159265358979 * (corner % kCorners) / kCorners;
      registry::v1::Point& point = *ring.add_points();
      point.set_lat(59.2 + step * (i / side + 0.5 + 0.5 * std::sin(angle)));
      point.set_lon(17.8 + step * (i % side + 0.5 + 0.5 * std::cos(angle)));
    }
  }
  return polygons;
}

void FindArea(benchmark::State& run) {
  const std::vector<registry::v1::Polygon> polygons = Town(static_cast<int>(run.range(0)));
  std::vector<std::string> ids;
  for (size_t i = 0; i < polygons.size(); ++i) ids.push_back(absl::StrCat("a", i));
  std::vector<geo::NamedPolygon> named;
  for (size_t i = 0; i < polygons.size(); ++i) named.push_back({ids[i], &polygons[i]});
  const geo::AreaIndex index(named);
  std::mt19937_64 random(20121106);
  std::uniform_real_distribution<double> within(0, 0.1);
  std::vector<std::pair<double, double>> points(4096);
  for (auto& [lat, lon] : points) {
    lat = 59.2 + within(random);
    lon = 17.8 + within(random);
  }
  size_t next = 0;
  for ([[maybe_unused]] auto _ : run) {
    const auto& [lat, lon] = points[next++ % points.size()];
    benchmark::DoNotOptimize(index.Find(lat, lon));
  }
  run.SetLabel(absl::StrCat("a point's area among ", run.range(0)));
}

constexpr int kDistricts = 20, kCategories = 30, kWeeks = 156;
const absl::CivilDay kMonday(2026, 11, 16);
constexpr IsoWeek kWeek{2026, 47};

void Configure(est::State& state) {
  event::v1::Event event;
  event.set_seq(1);
  auto& config = *event.mutable_municipality_configured()->mutable_config();
  config.set_kommun("0127");
  config.set_zone("Europe/Stockholm");
  for (int i = 0; i < kDistricts; ++i) config.add_districts()->set_id(absl::StrCat("d", i));
  constexpr const char* kShapes[] = {"even", "villa", "graffiti", "youth", "robbery"};
  for (int i = 0; i < kCategories; ++i) {
    registry::v1::Category& category = *config.add_categories();
    category.set_id(absl::StrCat("c", i));
    category.set_month_shape(kShapes[i % 5]);
  }
  if (!state.Apply(event).ok()) std::abort();
}

// The n-th report of a history that fills every cell evenly, one report a cell and week, the
// newest week first.
event::v1::Event Report(uint64_t n) {
  event::v1::Event event;
  event.set_seq(n + 2);
  intake::v1::Incident& incident = *event.mutable_incident_reported()->mutable_incident();
  incident.set_id(absl::StrCat("inc-", n));
  incident.set_category(absl::StrCat("c", n % kCategories));
  incident.mutable_where()->set_district(absl::StrCat("d", n / kCategories % kDistricts));
  incident.set_source_agency(n % 3 == 0 ? "municipality" : "police");
  const auto back = static_cast<int64_t>(n / (kCategories * kDistricts) % kWeeks);
  const absl::Time noon = absl::FromCivil(kMonday, absl::UTCTimeZone()) + absl::Hours(36);
  *incident.mutable_observed_from() = ToProto(noon - absl::Hours(168 * back));
  *incident.mutable_reported_at() = incident.observed_from();
  return event;
}

void FoldReport(benchmark::State& run) {
  est::State state;
  Configure(state);
  constexpr size_t kBatch = 1024;  // made outside of what is measured
  std::vector<event::v1::Event> reports;
  uint64_t made = 0;
  size_t next = kBatch;
  for ([[maybe_unused]] auto _ : run) {
    if (next == kBatch) {
      run.PauseTiming();
      reports.clear();
      for (size_t i = 0; i < kBatch; ++i) reports.push_back(Report(made++));
      next = 0;
      run.ResumeTiming();
    }
    if (!state.Apply(reports[next++]).ok()) run.SkipWithError("a report was not folded");
  }
  run.SetLabel("fold one report into the weekly counts");
}

void Picture(benchmark::State& run) {
  est::State state;
  Configure(state);
  for (uint64_t n = 0; n < uint64_t{kDistricts} * kCategories * kWeeks; ++n) {
    if (!state.Apply(Report(n)).ok()) return run.SkipWithError("a report was not folded");
  }
  for ([[maybe_unused]] auto _ : run) {
    Configure(state);  // nothing is kept of the picture before
    benchmark::DoNotOptimize(state.Draft(kWeek).cells_size());
  }
  run.SetLabel(absl::StrCat("the picture of ", kDistricts, " districts × ", kCategories,
                            " categories, ", kWeeks, " weeks"));
}

// The repetitions as the rounds of the common table.
class TableReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred) std::fprintf(stderr, "%s\n", run.error_message.c_str());
      failed_ = failed_ || run.error_occurred;
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      rounds_.Add(run.report_label, benchmark::GetTimeUnitString(run.time_unit),
                  run.GetAdjustedCPUTime());
    }
  }
  void Finalize() override { std::fputs(rounds_.Markdown().c_str(), stdout); }
  bool failed() const { return failed_; }

 private:
  Rounds rounds_;
  bool failed_ = false;
};

BENCHMARK(FindArea)->Arg(255)->Arg(20'000)->MinTime(0.2)->Repetitions(5);
BENCHMARK(FoldReport)->MinTime(0.2)->Repetitions(5);
BENCHMARK(Picture)->Unit(benchmark::kMillisecond)->MinTime(0.2)->Repetitions(5);

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  vaka::bench::TableReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return reporter.failed() ? 1 : 0;
}
