#include "services/vaka/simulate.h"

#include <algorithm>
#include <cmath>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/week.h"
#include "libs/config/municipality.h"
#include "services/demo/parameters.h"
#include "services/vaka/simulate_costs.h"
#include "services/vaka/simulate_load.h"
#include "services/vaka/simulate_night.h"
#include "services/vaka/simulate_text.h"

namespace vaka {
namespace {

using namespace simulate;  // NOLINT: this command's own parts

constexpr double kMostHours = 48;
constexpr int kMostMunicipalities = 1'000'000;
constexpr int64_t kMostPeople = 1'000'000'000;
constexpr int64_t kMostPeopleACell = 2'000'000;  // more do not fit into memory
constexpr double kFinest = 1.1;                  // the factor is found to a tenth
constexpr double kMostFactor = 1024;
constexpr double kLeastFactor = 1.0 / 64;
constexpr size_t kMostReports = 3'000'000;  // a heavier night than that is not simulated

absl::Status Check(const SimulateOptions& options) {
  const auto refuse = [](absl::string_view option, double given, absl::string_view allowed) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": ", given, " is not possible; ", allowed));
  };
  if (options.municipalities < 1 || options.municipalities > kMostMunicipalities)
    return refuse("--municipalities", options.municipalities, "1 to 1000000");
  if (options.people < options.municipalities || options.people > kMostPeople) {
    return refuse("--people", static_cast<double>(options.people),
                  "at least one a municipality, at most 1000000000");
  }
  if (!(options.hours >= 1 && options.hours <= kMostHours))
    return refuse("--hours", options.hours, "1 to 48");
  return absl::OkStatus();
}

// The parts of a run that stay the same for every load.
class Simulation {
 public:
  static absl::StatusOr<Simulation> Make(const SimulateOptions& options) {
    VAKA_RETURN_IF_ERROR(Check(options));
    Simulation made;
    VAKA_ASSIGN(made.scenario_, ScenarioOf(options.scenario));
    VAKA_ASSIGN(made.options_.costs, BuiltInCosts());
    if (!options.costs.empty()) {
      VAKA_ASSIGN(made.options_.costs, LoadCosts(made.options_.costs, options.costs));
    }
    VAKA_ASSIGN(made.config_, config::LoadMunicipality(options.config));
    VAKA_ASSIGN(made.options_.zone, LoadZone(made.config_.zone()));
    VAKA_ASSIGN(made.parameters_, demo::LoadParameters());
    made.options_.rules = made.config_.notify();
    made.options_.seed = options.seed;
    const double a_cell = made.options_.costs.municipalities_a_cell;
    made.cells_ = static_cast<int>(std::ceil(options.municipalities / a_cell));
    Place& place = made.options_.place;
    place.municipalities = (options.municipalities + made.cells_ - 1) / made.cells_;
    place.people = std::max<int64_t>(options.people / made.cells_, place.municipalities);
    if (place.people > kMostPeopleACell) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--people: ", place.people, " in one installation are too many to simulate; at most ",
          kMostPeopleACell, ", or a smaller municipalities_a_cell in --costs"));
    }
    made.length_ = absl::Hours(options.hours);
    return made;
  }

  Load LoadOf(double factor) const {
    return MakeLoad(scenario_, options_.place, options_.costs, factor, length_, parameters_,
                    config_, options_.zone, options_.seed);
  }
  Night NightOf(double factor) const { return Simulate(LoadOf(factor), options_); }

  // Doubles or halves the reports until the answer changes, and then closes in.
  Breaking Search(const Night& as_it_is) const {
    Breaking breaking;
    double low = 0, high = 0;
    Night broken = as_it_is;
    if (as_it_is.Bottleneck() != nullptr) {
      high = 1;
      for (low = high / 2; low >= kLeastFactor; low /= 2) {
        Night night = NightOf(low);
        if (night.Bottleneck() == nullptr) break;
        high = low;
        broken = std::move(night);
      }
      breaking.without_reports = low < kLeastFactor;
    } else {
      for (low = 1, high = 2; high <= kMostFactor; low = high, high *= 2) {
        const Load load = LoadOf(high);
        if (load.reports.size() > kMostReports) break;
        broken = Simulate(load, options_);
        if (broken.Bottleneck() != nullptr) break;
      }
      if (broken.Bottleneck() == nullptr) {
        breaking.factor = low;
        return breaking;
      }
    }
    while (!breaking.without_reports && high / low > kFinest) {
      const double middle = std::sqrt(low * high);
      Night night = NightOf(middle);
      if (night.Bottleneck() == nullptr) {
        low = middle;
      } else {
        high = middle;
        broken = std::move(night);
      }
    }
    breaking.factor = high;
    breaking.first = *broken.Bottleneck();
    return breaking;
  }

  const NightOptions& options() const { return options_; }
  int cells() const { return cells_; }

 private:
  Simulation() = default;

  Scenario scenario_ = Scenario::kNewYear;
  NightOptions options_;
  registry::v1::MunicipalityConfig config_;
  demo::Parameters parameters_;
  absl::Duration length_;
  int cells_ = 1;
};

}  // namespace

absl::StatusOr<std::string> SimulateText(const SimulateOptions& options) {
  VAKA_ASSIGN(const Simulation simulation, Simulation::Make(options));
  Result result;
  result.scenario = options.scenario;
  result.place = simulation.options().place;
  result.cells = simulation.cells();
  result.zone = simulation.options().zone;
  result.seed = options.seed;
  result.night = simulation.NightOf(1);
  if (!options.once) result.breaking = simulation.Search(result.night);
  return options.json ? ToJson(result) : ToText(result);
}

absl::Status RunSimulate(const SimulateOptions& options) {
  VAKA_ASSIGN(const std::string text, SimulateText(options));
  std::cout << text;
  return absl::OkStatus();
}

}  // namespace vaka
