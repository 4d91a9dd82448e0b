#include "services/vaka/simulate_load.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "services/demo/random.h"

namespace vaka::simulate {
namespace {

using demo::Random;

constexpr double kInhabitants = 85000;  // that the table's yearly rates are for
constexpr double kDaysAYear = 365.25;
constexpr int kBin = 3;  // hours

// How often a kind is reported in a bin of hours of a day, in a place of kInhabitants.
double MeanOf(const demo::Parameters& parameters, const demo::Kind& kind, absl::CivilDay day,
              int bin) {
  const auto weekday = static_cast<size_t>(absl::GetWeekday(day));
  double mean = kind.per_year / kDaysAYear;
  mean *= parameters.month.at(kind.month_shape)[static_cast<size_t>(day.month() - 1)];
  mean *= 7 * parameters.weekday.at(kind.weekday_shape)[weekday];
  mean *= parameters.hour.at(kind.hour_shape)[static_cast<size_t>(bin)];
  if (day.month() == 12 && day.day() == 31)
    mean *= parameters.SpecialFactor("nyarsafton", kind.name);
  if (day.month() == 1 && day.day() == 1) mean *= parameters.SpecialFactor("nyarsdagen", kind.name);
  return mean;
}

uint32_t SeverityOf(const registry::v1::MunicipalityConfig& config, const std::string& category) {
  for (const registry::v1::Category& known : config.categories()) {
    if (known.id() == category) return known.default_severity();
  }
  return 1;
}

class Maker {
 public:
  Maker(Scenario scenario, const Place& place, const Costs& costs, double factor, uint64_t seed)
      : scenario_(scenario),
        place_(place),
        costs_(costs),
        factor_(factor),
        areas_(AreasOf(place, costs)),
        random_(Random::For(seed, "reports")),
        tips_(Random::For(seed, "tips")) {}

  // What the tables say of the time from `from` to `to`, in every municipality.
  void Table(const demo::Parameters& parameters, const registry::v1::MunicipalityConfig& config,
             absl::TimeZone zone, absl::Time from, absl::Time to, std::vector<Arrival>& out) {
    const double inhabitants =
        static_cast<double>(place_.people) * costs_.inhabitants_a_person / place_.municipalities;
    const double bad = scenario_ == Scenario::kNewYear ? costs_.bad_night : 1;
    const absl::CivilDay last = absl::ToCivilDay(to, zone);
    for (absl::CivilDay day = absl::ToCivilDay(from, zone); day <= last; ++day) {
      for (int bin = 0; bin * kBin < 24; ++bin) {
        const absl::Time begin = absl::FromCivil(absl::CivilHour(day) + bin * kBin, zone);
        for (const demo::Kind& kind : parameters.kinds) {
          const double mean = MeanOf(parameters, kind, day, bin) * inhabitants / kInhabitants;
          const uint32_t severity = SeverityOf(config, kind.category);
          for (int m = 0; m < place_.municipalities; ++m) {
            const uint32_t count = random_.Overdispersed(mean * bad * factor_, kind.phi);
            for (uint32_t i = 0; i < count; ++i) {
              const absl::Time at = begin + absl::Hours(kBin * random_.Uniform());
              const Arrival arrival{at, m, Area(random_), severity};
              if (from <= at && at < to) out.push_back(arrival);
            }
          }
        }
      }
    }
  }

  // Contact persons who report what all hear at once.
  void Tips(double share, absl::Time around, absl::Duration spread, bool after,
            std::vector<Arrival>& out) {
    const double mean =
        share * factor_ * static_cast<double>(place_.people) / place_.municipalities;
    for (int m = 0; m < place_.municipalities; ++m) {
      for (uint32_t left = tips_.Poisson(mean); left > 0; --left) {
        const absl::Time at =
            after ? around + absl::Seconds(tips_.Exponential(absl::ToDoubleSeconds(spread)))
                  : around + spread * tips_.Normal();
        const double u = tips_.Uniform();
        const uint32_t severity = u < costs_.tip_critical_share                             ? 5
                                  : u < costs_.tip_critical_share + costs_.tip_severe_share ? 3
                                                                                            : 2;
        out.push_back({at, m, Area(tips_), severity});
      }
    }
  }

 private:
  int Area(Random& random) { return static_cast<int>(random.Below(static_cast<size_t>(areas_))); }

  const Scenario scenario_;
  const Place& place_;
  const Costs& costs_;
  const double factor_;
  const int areas_;
  Random random_;
  Random tips_;
};

}  // namespace

absl::StatusOr<Scenario> ScenarioOf(const std::string& name) {
  if (name == "ordinary") return Scenario::kOrdinary;
  if (name == "new-year") return Scenario::kNewYear;
  if (name == "storm") return Scenario::kStorm;
  return absl::InvalidArgumentError(absl::StrCat("--scenario: there is no \"", name,
                                                 "\"; there are ordinary, new-year and storm"));
}

int AreasOf(const Place& place, const Costs& costs) {
  const double people = static_cast<double>(place.people) / place.municipalities;
  return std::max(1, static_cast<int>(std::lround(people / costs.people_an_area)));
}

Load MakeLoad(Scenario scenario, const Place& place, const Costs& costs, double factor,
              absl::Duration length, const demo::Parameters& parameters,
              const registry::v1::MunicipalityConfig& config, absl::TimeZone zone, uint64_t seed) {
  const bool new_year = scenario == Scenario::kNewYear;
  const absl::CivilDay day = new_year ? absl::CivilDay(2026, 12, 31) : absl::CivilDay(2026, 11, 18);
  Load load;
  load.start = absl::FromCivil(absl::CivilHour(day) + 16, zone);
  load.end = load.start + length;
  Maker maker(scenario, place, costs, factor, seed);
  maker.Table(parameters, config, zone, load.start - absl::Hours(23), load.start, load.waiting);
  maker.Table(parameters, config, zone, load.start, load.end, load.reports);
  if (new_year) {
    maker.Tips(costs.tip_share, absl::FromCivil(day + 1, zone), absl::Minutes(costs.tip_minutes),
               /*after=*/false, load.reports);
  } else if (scenario == Scenario::kStorm) {
    maker.Tips(costs.storm_share, absl::FromCivil(absl::CivilHour(day) + 20, zone),
               absl::Minutes(costs.storm_minutes), /*after=*/true, load.reports);
  }
  // "Töm bilen", fireworks, a storm on its way: before the quiet hours.
  if (scenario != Scenario::kOrdinary) load.message = load.start + absl::Hours(3);
  load.out_from = load.start + absl::Hours(new_year ? 4 : 0);
  load.out_to = load.start + absl::Hours(new_year ? 11 : 5);
  const auto by_time = [](const Arrival& a, const Arrival& b) {
    return std::tie(a.at, a.municipality, a.area, a.severity) <
           std::tie(b.at, b.municipality, b.area, b.severity);
  };
  std::sort(load.reports.begin(), load.reports.end(), by_time);
  while (!load.reports.empty() && load.reports.back().at >= load.end) load.reports.pop_back();
  return load;
}

}  // namespace vaka::simulate
