// What single parts cost: finding a point's area, deciding for a recipient, reading a fact's bytes,
// folding it into the weekly counts, computing a week's picture. None of these waits for disk or
// network, and processor time is what counts. An append to the log waits for both, and counts by
// the clock.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "libs/base/clock.h"
#include "libs/fold/replay.h"
#include "libs/geo/area_index.h"
#include "libs/log/redis_log.h"
#include "services/est/est.h"
#include "services/est/report_scan.h"
#include "services/notifications/policy.h"
#include "tests/bench/fold/facts.h"
#include "tests/bench/rounds.h"
#include "tests/support/redis_server/test_redis.h"

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

void DecideForRecipient(benchmark::State& run) {
  notifications::Recipient person;
  person.consent = true;
  person.preferences.add_channels()->set_channel(registry::v1::CHANNEL_SMS);
  registry::v1::NotifyRules rules;
  rules.set_now_severity(3);
  rules.set_critical_severity(5);
  rules.mutable_default_quiet()->set_from_minute(22 * 60);
  rules.mutable_default_quiet()->set_to_minute(7 * 60);
  absl::TimeZone zone;
  if (!absl::LoadTimeZone("Europe/Stockholm", &zone)) return run.SkipWithError("no time zones");
  const absl::Time now = absl::FromCivil(absl::CivilHour(2026, 11, 20, 23), zone);
  const notifications::Occasion occasion{.severity = 3, .not_before = absl::InfinitePast()};
  const notifications::Plan plan = PlanFor(person, occasion, rules, zone, now);
  if (plan.state != notifications::DELIVERY_STATE_HELD) {
    return run.SkipWithError("a message in the night is not held");
  }
  for ([[maybe_unused]] auto _ : run) {
    benchmark::DoNotOptimize(PlanFor(person, occasion, rules, zone, now));
  }
  run.SetLabel("the policy for one recipient, in quiet hours");
}

void DecodeReport(benchmark::State& run) {
  const std::string bytes = ReportedFact(0).SerializeAsString();
  google::protobuf::Arena arena;
  for ([[maybe_unused]] auto _ : run) {
    arena.Reset();
    if (fold::Decode(1, bytes, arena) == nullptr) run.SkipWithError("not decoded");
  }
  run.SetLabel("decode a report's fact");
}

void ScanReportedFact(benchmark::State& run) {
  const std::string bytes = ReportedFact(0).SerializeAsString();
  for ([[maybe_unused]] auto _ : run) {
    est::ScannedReport report;
    if (!est::ScanReport(bytes, report, [](absl::string_view) {})) run.SkipWithError("not read");
  }
  run.SetLabel("read what est counts of it, undecoded");
}

void FoldReport(benchmark::State& run) {
  est::State state;
  if (!state.Apply(ConfiguredFact()).ok()) return run.SkipWithError("not configured");
  constexpr size_t kBatch = 1024;  // made outside of what is measured
  std::vector<event::v1::Event> reports;
  uint64_t made = 0;
  size_t next = kBatch;
  for ([[maybe_unused]] auto _ : run) {
    if (next == kBatch) {
      run.PauseTiming();
      reports.clear();
      for (size_t i = 0; i < kBatch; ++i) reports.push_back(ReportedFact(made++));
      next = 0;
      run.ResumeTiming();
    }
    if (!state.Apply(reports[next++]).ok()) run.SkipWithError("a report was not folded");
  }
  run.SetLabel("fold one report into the weekly counts");
}

void Picture(benchmark::State& run) {
  est::State state;
  const event::v1::Event configured = ConfiguredFact();
  if (!state.Apply(configured).ok()) return run.SkipWithError("not configured");
  for (uint64_t n = 0; n < uint64_t{kDistricts} * kCategories * kWeeks; ++n) {
    if (!state.Apply(ReportedFact(n)).ok()) return run.SkipWithError("a report was not folded");
  }
  for ([[maybe_unused]] auto _ : run) {
    // Configured anew, nothing is kept of the picture before.
    if (!state.Apply(configured).ok()) run.SkipWithError("not configured");
    benchmark::DoNotOptimize(state.Draft(kNewestWeek).cells_size());
  }
  run.SetLabel(absl::StrCat("the picture of ", kDistricts, " districts × ", kCategories,
                            " categories, ", kWeeks, " weeks"));
}

// Until the facts are on disk, in a Redis of its own.
void Append(benchmark::State& run) {
  const auto facts = static_cast<size_t>(run.range(0));
  SystemClock clock;
  redis::TestRedis redis;
  const std::unique_ptr<redis::Client> client = redis.NewClient();
  const auto log = log::RedisLog::Open(*client, {}, clock);
  if (!log.ok()) return run.SkipWithError(std::string(log.status().message()).c_str());
  const std::string bytes = ReportedFact(0).SerializeAsString();
  uint64_t n = 0;
  for ([[maybe_unused]] auto _ : run) {
    log::AppendRequest request{.kommun = "0127", .idempotency_key = absl::StrCat("key-", n++)};
    request.facts.assign(facts, bytes);
    absl::Notification done;
    bool appended = false;
    (*log)->Append(std::move(request), [&](const absl::StatusOr<log::Appended>& answer) {
      appended = answer.ok();
      done.Notify();
    });
    done.WaitForNotification();
    if (!appended) run.SkipWithError("not appended");
  }
  run.SetLabel(absl::StrCat("append ", facts, facts == 1 ? " fact" : " facts", ", on disk"));
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
      const bool clock = run.run_name.time_type == "real_time";
      const std::string unit = benchmark::GetTimeUnitString(run.time_unit);
      rounds_.Add(run.report_label, unit == "us" ? "µs" : unit,
                  clock ? run.GetAdjustedRealTime() : run.GetAdjustedCPUTime());
    }
  }
  void Finalize() override { std::fputs(rounds_.Markdown().c_str(), stdout); }
  bool failed() const { return failed_; }

 private:
  Rounds rounds_;
  bool failed_ = false;
};

BENCHMARK(FindArea)->Arg(255)->Arg(20'000)->MinTime(0.2)->Repetitions(5);
BENCHMARK(DecideForRecipient)->MinTime(0.2)->Repetitions(5);
BENCHMARK(DecodeReport)->MinTime(0.2)->Repetitions(5);
BENCHMARK(ScanReportedFact)->MinTime(0.2)->Repetitions(5);
BENCHMARK(FoldReport)->MinTime(0.2)->Repetitions(5);
BENCHMARK(Picture)->Unit(benchmark::kMillisecond)->MinTime(0.2)->Repetitions(5);
BENCHMARK(Append)
    ->Arg(1)
    ->Arg(64)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime()
    ->MinTime(0.2)
    ->Repetitions(5);

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  vaka::bench::TableReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return reporter.failed() ? 1 : 0;
}
