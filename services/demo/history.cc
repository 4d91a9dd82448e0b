#include "services/demo/history.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace vaka::demo {
namespace {

constexpr double kWeeksAYear = 52.18;
constexpr double kMetresALatDegree = 111320.0;

// What the rate of a kind is proportional to.
double Exposure(const DemoArea& area, const std::string& kind) {
  const double flats = area.households - area.houses;
  if (kind == "hh_small") return area.houses;
  if (kind == "hh_flat") return flats;
  if (kind == "cars") return 0.8 * area.households;
  if (kind == "public") return 20.0 + 0.5 * area.households;
  if (kind == "centre") return 5.0 + flats;
  return area.households;
}

// Rates of one kind in every area, a year; they sum to the table's level.
std::vector<double> YearlyRates(const Town& town, const Kind& kind, uint64_t seed) {
  std::vector<double> rates;
  double sum = 0;
  for (const DemoArea& area : town.areas) {
    Random random = Random::For(seed, absl::StrCat("risk/", kind.name, "/", area.area.id()));
    rates.push_back(Exposure(area, kind.exposure) * area.risk * random.Gamma(3, 1));
    sum += rates.back();
  }
  for (double& rate : rates) rate *= sum > 0 ? kind.per_year / sum : 0;
  return rates;
}

// The names of the special days that a day is, as the table writes them.
std::vector<std::string> SpecialNames(absl::CivilDay day) {
  std::vector<std::string> names;
  const int month = day.month();
  const int date = day.day();
  if (month == 1 && date == 1) names.push_back("nyarsdagen");
  if ((month == 4 && date == 30) || (month == 5 && date == 1)) names.push_back("valborg+1maj");
  if (month == 4 && date == 30) names.push_back("valborg");
  if (month == 6 && date >= 19 && date <= 26 && absl::GetWeekday(day) == absl::Weekday::friday)
    names.push_back("midsommarhelg");
  if (date >= 25 && date <= 27 &&
      (absl::GetWeekday(day) == absl::Weekday::friday ||
       absl::GetWeekday(day) == absl::Weekday::saturday)) {
    names.push_back("lonehelg_25e");
  }
  if (month == 12 && date >= 23 && date <= 27) names.push_back("jul_23-27dec");
  if (month == 12 && date == 31) names.push_back("nyarsafton");
  const int week = WeekOf(day).week;
  if (week == 44) names.push_back("hostlov_v44");
  if (week == 48) names.push_back("v48");
  if (week >= 33 && week <= 35) names.push_back("skolstart_v33-35");
  return names;
}

double DayFactor(const Parameters& parameters, const Kind& kind, absl::CivilDay day) {
  double factor = 1;
  for (const std::string& name : SpecialNames(day))
    factor *= parameters.SpecialFactor(name, kind.name);
  return factor;
}

// Days until the report comes in: the table's cumulative shares, even in between; at most a quarter
// of a year.
absl::Duration Delay(const Parameters& parameters, const std::string& source, const Kind& kind,
                     Random& random) {
  const bool burglary = source == "police" && absl::StartsWith(kind.name, "bostadsinbrott");
  const auto cdf = parameters.delay.find(burglary ? "police_burglary" : source);
  if (cdf == parameters.delay.end()) return absl::Hours(1);
  constexpr double kDays[] = {1, 3, 7, 14, 30, 90};
  const double u = random.Uniform();
  double low = 0;
  double before = 0;
  for (size_t i = 0; i < cdf->second.size(); ++i) {
    const double share = cdf->second[i];
    if (u < share) {
      const double days = low + (kDays[i] - low) * (u - before) / (share - before);
      return absl::Seconds(std::floor(days * 86400));
    }
    low = kDays[i];
    before = share;
  }
  return absl::Hours(24 * 90);
}

// Makes the reports of one kind in one area; one stream of numbers for each pair.
class Maker {
 public:
  Maker(const Parameters& parameters, const HistoryOptions& options)
      : parameters_(parameters),
        options_(options),
        first_(AddWeeks(WeekOf(options.until, options.zone), -options.weeks)) {}

  IsoWeek first() const { return first_; }

  void MakeAll(const Kind& kind, const DemoArea& area, double yearly,
               std::vector<DemoReport>& out) {
    Random random = Random::For(options_.seed, absl::StrCat(kind.name, "/", area.area.id()));
    std::vector<DemoReport> parents;
    for (int i = 0; i <= options_.weeks; ++i) {
      const IsoWeek week = AddWeeks(first_, i);
      const int month = (MondayOf(week) + 3).month();
      const double mean = yearly / kWeeksAYear *
                          parameters_.month.at(kind.month_shape)[static_cast<size_t>(month - 1)];
      uint32_t count = random.Overdispersed(mean, kind.phi);
      if (kind.name == "klotter" && random.Chance(0.1 / 255))
        count += 10 + static_cast<uint32_t>(random.Below(31));
      for (uint32_t n = 0; n < count; ++n) {
        parents.push_back(Make(kind, area, week, random));
        parents.back().key = absl::StrCat("demo/", options_.seed, "/", kind.name, "/",
                                          area.area.id(), "/", ToString(week), "/", n);
      }
    }
    AddChildren(kind, area, parents, random);
    for (DemoReport& report : parents) Finish(kind, std::move(report), random, out);
  }

  DemoReport Make(const Kind& kind, const DemoArea& area, IsoWeek week, Random& random) {
    DemoReport report;
    report.category = kind.category;
    report.source = kind.sources[random.Below(kind.sources.size())];
    report.area = area.area.id();
    report.district = area.area.district();
    report.point = PointIn(area, random);
    std::vector<double> days;
    for (int d = 0; d < 7; ++d) {
      days.push_back(parameters_.weekday.at(kind.weekday_shape)[static_cast<size_t>(d)] *
                     DayFactor(parameters_, kind, MondayOf(week) + d));
    }
    const auto& hours = parameters_.hour.at(kind.hour_shape);
    const absl::CivilDay day = MondayOf(week) + static_cast<int>(random.Weighted(days));
    const size_t bin = random.Weighted({hours.begin(), hours.end()});
    const int minute = static_cast<int>(bin) * 180 + static_cast<int>(random.Below(180));
    report.observed_to = absl::FromCivil(absl::CivilMinute(day) + minute, options_.zone);
    // Half of what happens is seen at its hour; the rest is found later.
    const absl::Duration window =
        random.Chance(0.55)
            ? absl::ZeroDuration()
            : absl::Minutes(std::floor(std::min(60.0 * 48, 60 * random.Lognormal(9, 1))));
    report.observed_from = report.observed_to - window;
    return report;
  }

 private:
  // Each has children near by and soon after, and these have children in turn.
  void AddChildren(const Kind& kind, const DemoArea& area, std::vector<DemoReport>& reports,
                   Random& random) {
    for (size_t i = 0; i < reports.size() && reports.size() < 5000; ++i) {
      const uint32_t children = random.Poisson(kind.children);
      for (uint32_t n = 0; n < children; ++n) {
        DemoReport child = reports[i];
        const absl::Duration later =
            absl::Minutes(std::floor(1440 * std::min(28.0, random.Exponential(6))));
        const double metres = random.Chance(0.08) ? 0 : std::min(400.0, random.Exponential(90));
        const double angle = random.Uniform(0, 2 * 3.14159265358979);
        child.observed_from += later;
        child.observed_to += later;
        child.point.set_lat(child.point.lat() + metres * std::sin(angle) / kMetresALatDegree);
        child.point.set_lon(child.point.lon() +
                            metres * std::cos(angle) / (kMetresALatDegree * 0.512));
        child.area = area.area.id();
        absl::StrAppend(&child.key, "+", n);
        reports.push_back(std::move(child));
      }
    }
  }

  // A source that was silent that week never reports it; one that has not reported yet is not there
  // yet.
  void Finish(const Kind& kind, DemoReport report, Random& random, std::vector<DemoReport>& out) {
    report.reported_at = report.observed_to + Delay(parameters_, report.source, kind, random);
    if (random.Chance(0.3)) report.text = TextFor(kind.name, random);
    if (report.reported_at > options_.until) return;
    const IsoWeek week = WeekOf(report.observed_to, options_.zone);
    const double silent = MondayOf(week).month() == 7 ? 0.10 : 0.04;
    Random source =
        Random::For(options_.seed, absl::StrCat("silent/", report.source, "/", ToString(week)));
    if (source.Chance(silent) && AddWeeks(week, 6) < WeekOf(options_.until, options_.zone)) return;
    out.push_back(std::move(report));
  }

  const Parameters& parameters_;
  const HistoryOptions& options_;
  const IsoWeek first_;
};

const Kind* FindKind(const Parameters& parameters, absl::string_view name) {
  for (const Kind& kind : parameters.kinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

const DemoArea* FirstArea(const Town& town, absl::string_view district, bool houses) {
  for (const DemoArea& area : town.areas) {
    if (area.area.district() == district && area.stage == registry::v1::AREA_STAGE_ACTIVE &&
        (!houses || area.houses > 0))
      return &area;
  }
  return town.areas.empty() ? nullptr : &town.areas.front();
}

// More of one kind in one district in one week than chance gave.
int Plant(Maker& maker, const Kind& kind, const Town& town, const std::string& district,
          IsoWeek week, int added, const HistoryOptions& options, std::vector<DemoReport>& out) {
  Random random = Random::For(
      options.seed, absl::StrCat("plant/", kind.name, "/", district, "/", ToString(week)));
  std::vector<const DemoArea*> areas;
  for (const DemoArea& area : town.areas) {
    if (area.area.district() == district) areas.push_back(&area);
  }
  if (areas.empty()) return 0;
  for (int i = 0; i < added; ++i) {
    DemoReport report = maker.Make(kind, *areas[random.Below(areas.size())], week, random);
    report.observed_from = report.observed_to;  // not found later: its week is beyond doubt
    report.reported_at = report.observed_to + absl::Hours(2);
    report.key = absl::StrCat("demo/", options.seed, "/planted/", kind.name, "/", district, "/",
                              ToString(week), "/", i);
    out.push_back(std::move(report));
  }
  return added;
}

void PlantChain(const Parameters& parameters, const Town& town, const HistoryOptions& options,
                Maker& maker, History& history) {
  const Kind* kind = FindKind(parameters, "bostadsinbrott_smahus");
  const DemoArea* area = FirstArea(town, "tullinge", true);
  if (kind == nullptr || area == nullptr) return;
  Random random = Random::For(options.seed, "chain");
  history.truth.chain.area = area->area.id();
  for (int i = 0; i < 5; ++i) {
    DemoReport report = maker.Make(*kind, *area, WeekOf(options.until, options.zone), random);
    report.observed_to = options.until - absl::Hours(24 * 14) + absl::Hours(24 * 3 * i + 5);
    report.observed_from = report.observed_to - absl::Hours(4);
    report.reported_at = report.observed_to + absl::Hours(3);
    report.point = area->centre;
    report.point.set_lat(report.point.lat() + random.Uniform(-70, 70) / kMetresALatDegree);
    report.point.set_lon(report.point.lon() +
                         random.Uniform(-70, 70) / (kMetresALatDegree * 0.512));
    report.key = absl::StrCat("demo/", options.seed, "/chain/", i);
    history.truth.chain.keys.push_back(report.key);
    history.reports.push_back(std::move(report));
  }
}

// Takes a third of a category away in the treated district from the measure's week on, and moves a
// fifth of that.
void PlantMeasure(const Parameters& parameters, const Town& town, const HistoryOptions& options,
                  IsoWeek first, History& history) {
  const Kind* kind = FindKind(parameters, "stold_ur_fran_fordon");
  const DemoArea* buffer = FirstArea(town, "storvreten", false);
  if (kind == nullptr || buffer == nullptr) return;
  Truth::Measure& measure = history.truth.measure;
  measure = {.treated = {"tumba", kind->category},
             .buffer_district = "storvreten",
             .comparison_district = "tullinge",
             .first = first,
             .effect = -0.35,
             .displaced = 0.2};
  std::vector<DemoReport> kept;
  for (DemoReport& report : history.reports) {
    const bool treated = report.category == kind->category && report.district == "tumba" &&
                         WeekOf(report.observed_to, options.zone) >= first;
    Random random = Random::For(options.seed, absl::StrCat("measure/", report.key));
    if (treated && random.Chance(-measure.effect)) {
      ++measure.prevented;
      if (!random.Chance(measure.displaced)) continue;
      ++measure.moved;
      report.area = buffer->area.id();
      report.district = buffer->area.district();
      report.point = PointIn(*buffer, random);
    }
    kept.push_back(std::move(report));
  }
  history.reports = std::move(kept);
}

}  // namespace

History MakeHistory(const Town& town, const Parameters& parameters, const HistoryOptions& options) {
  History history;
  Maker maker(parameters, options);
  for (const Kind& kind : parameters.kinds) {
    const std::vector<double> rates = YearlyRates(town, kind, options.seed);
    for (size_t i = 0; i < town.areas.size(); ++i) {
      if (rates[i] > 0) maker.MakeAll(kind, town.areas[i], rates[i], history.reports);
    }
  }
  PlantMeasure(parameters, town, options, AddWeeks(maker.first(), 70), history);
  const IsoWeek last = AddWeeks(WeekOf(options.until, options.zone), -1);
  if (const Kind* kind = FindKind(parameters, "inbrott_kallare_vind"); kind != nullptr) {
    history.truth.spike = {{"fittja", kind->category},
                           last,
                           Plant(maker, *kind, town, "fittja", last, 6, options, history.reports)};
  }
  if (const Kind* kind = FindKind(parameters, "buskorning"); kind != nullptr) {
    history.truth.drift = {{"norsborg", kind->category}, AddWeeks(last, -3), 4, 3};
    for (int i = 0; i < 4; ++i)
      Plant(maker, *kind, town, "norsborg", AddWeeks(last, -i), 3, options, history.reports);
  }
  PlantChain(parameters, town, options, maker, history);
  std::sort(history.reports.begin(), history.reports.end(),
            [](const DemoReport& a, const DemoReport& b) {
              return std::tie(a.reported_at, a.key) < std::tie(b.reported_at, b.key);
            });
  return history;
}

DemoReport MakeLiveReport(const Town& town, const Parameters& parameters, absl::Time now,
                          uint64_t number, Random& random) {
  std::vector<double> rates;
  for (const Kind& kind : parameters.kinds) rates.push_back(kind.per_year);
  const Kind& kind = parameters.kinds[random.Weighted(rates)];
  std::vector<double> exposures;
  for (const DemoArea& area : town.areas)
    exposures.push_back(Exposure(area, kind.exposure) * area.risk);
  const DemoArea& area = town.areas[random.Weighted(exposures)];
  DemoReport report;
  report.key = absl::StrCat("demo/live/", absl::ToUnixMillis(now), "/", number);
  report.category = kind.category;
  report.source = kind.sources[random.Below(kind.sources.size())];
  report.area = area.area.id();
  report.district = area.area.district();
  report.point = PointIn(area, random);
  report.observed_from = report.observed_to = report.reported_at = now;
  report.text = TextFor(kind.name, random);
  return report;
}

}  // namespace vaka::demo
