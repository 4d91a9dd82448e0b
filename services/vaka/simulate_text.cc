#include "services/vaka/simulate_text.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vaka::simulate {
namespace {

constexpr absl::Duration kColumn = absl::Minutes(15);
constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

// 12 345
std::string Count(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), " ");
  return digits;
}

std::string Percent(double share) {
  return share > 0 && share < 0.001 ? "<0.1 %" : absl::StrFormat("%.1f %%", 100 * share);
}

std::string Factor(double factor) {
  return factor < 10 ? absl::StrFormat("%.1f", factor) : absl::StrFormat("%.0f", factor);
}

std::string Head(const Result& result) {
  const Night& night = result.night;
  const auto clock = [&](absl::Time time) {
    return absl::FormatTime("%Y-%m-%d %H:%M", time, result.zone);
  };
  std::string text = absl::StrCat(
      result.scenario, ", ", clock(night.start), " to ", clock(night.end), ", seed ", result.seed,
      "\n", Count(static_cast<uint64_t>(result.place.municipalities)),
      result.place.municipalities == 1 ? " municipality with " : " municipalities with ",
      Count(static_cast<uint64_t>(result.place.people)), " contact persons in one installation");
  if (result.cells > 1) absl::StrAppend(&text, "; ", result.cells, " such installations");
  absl::StrAppend(&text, "\n\n", Count(night.reports), " reports, ", Count(night.accepted),
                  " accepted: p50 ", Short(night.accept.Quantile(0.5)), ", p99 ",
                  Short(night.accept.Quantile(0.99)), "; ", Count(night.given_up), " given up\n");
  absl::StrAppend(&text, Count(night.messages), " messages handed over: p50 ",
                  Short(night.tell.Quantile(0.5)), ", p99 ", Short(night.tell.Quantile(0.99)), "; ",
                  Count(night.held), " were held before\n");
  absl::StrAppend(&text, Count(night.facts), " facts and ", Count(night.deliveries),
                  " of deliveries\n\n");
  return text;
}

std::string Table(const Night& night) {
  std::string text =
      absl::StrFormat("%-14s %-8s %7s %7s %8s %9s %9s %9s %9s %9s\n", "station", "unit", "servers",
                      "busy", "busiest", "longest", "wait p50", "wait p99", "longest", "refused");
  for (const Row& row : night.rows) {
    const sim::Tally& tally = row.tally;
    absl::StrAppendFormat(&text, "%-14s %-8s %7d %7s %8s %9s %9s %9s %9s %9s\n", row.name, row.what,
                          tally.servers, Percent(row.Utilisation()), Percent(row.Busiest()),
                          Count(tally.longest), Short(tally.waits.Quantile(0.5)),
                          Short(tally.waits.Quantile(0.99)), Short(tally.waits.longest()),
                          Count(tally.refused));
  }
  return text;
}

// The longest queue of each quarter of an hour.
std::vector<uint64_t> Columns(const Row& row, const Night& night) {
  std::vector<uint64_t> columns(
      static_cast<size_t>(std::ceil(absl::FDivDuration(night.end - night.start, kColumn))));
  for (size_t i = 0; i < row.tally.windows.size(); ++i) {
    const absl::Duration at = row.tally.window * static_cast<double>(i);
    const auto column = static_cast<size_t>(absl::FDivDuration(at, kColumn));
    if (column >= columns.size()) break;
    columns[column] = std::max(columns[column], row.tally.windows[i].longest);
  }
  return columns;
}

std::string Chart(const Result& result) {
  const Night& night = result.night;
  std::string text = absl::StrFormat("\n%-14s ", "queues");
  const auto hours = static_cast<int>(std::ceil(absl::ToDoubleHours(night.end - night.start)));
  for (int hour = 0; hour < hours; hour += 2) {
    absl::StrAppendFormat(&text, "%-8s",
                          absl::FormatTime("%H", night.start + absl::Hours(hour), result.zone));
  }
  absl::StrAppend(&text, "\n");
  for (const Row& row : night.rows) {
    absl::StrAppendFormat(&text, "%-14s ", row.name);
    for (const uint64_t longest : Columns(row, night)) {
      if (longest == 0) {
        absl::StrAppend(&text, " ");
        continue;
      }
      const double share = static_cast<double>(longest) / static_cast<double>(row.tally.longest);
      absl::StrAppend(&text, kBars[std::min<size_t>(7, static_cast<size_t>(8 * share))]);
    }
    absl::StrAppend(&text, " ", Count(row.tally.longest), "\n");
  }
  return text;
}

std::string Why(const Row& row) {
  std::string why;
  if (row.tally.refused > 0)
    absl::StrAppend(&why, Count(row.tally.refused), " of ", Count(row.tally.arrived), " ", row.what,
                    "s are refused");
  if (row.tally.waits.longest() > row.may_wait) {
    absl::StrAppend(&why, why.empty() ? "" : ", and ", "a ", row.what, " waits ",
                    Short(row.tally.waits.longest()), ", longer than ", Short(row.may_wait));
  }
  return why;
}

std::string Sentence(const Breaking& breaking) {
  if (!breaking.first) {
    return absl::StrCat("No bottleneck up to ", Factor(breaking.factor),
                        " times as many reports.\n");
  }
  return absl::StrCat("The first bottleneck: ", breaking.first->name, ", ",
                      breaking.without_reports
                          ? "however few report"
                          : absl::StrCat("at ", Factor(breaking.factor), " times these reports"),
                      ": ", Why(*breaking.first), ".\n");
}

nlohmann::ordered_json WaitsJson(const sim::Waits& waits) {
  return {{"p50_seconds", absl::ToDoubleSeconds(waits.Quantile(0.5))},
          {"p99_seconds", absl::ToDoubleSeconds(waits.Quantile(0.99))},
          {"longest_seconds", absl::ToDoubleSeconds(waits.longest())}};
}

}  // namespace

std::string Short(absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  if (duration == absl::ZeroDuration()) return "0";
  if (seconds < 0.001) return absl::StrFormat("%.0f us", std::max(1.0, seconds * 1e6));
  if (seconds < 1) return absl::StrFormat("%.*f ms", seconds < 0.01 ? 1 : 0, seconds * 1e3);
  if (seconds < 120) return absl::StrFormat("%.*f s", seconds < 10 ? 1 : 0, seconds);
  if (seconds < 7200) return absl::StrFormat("%.0f min", seconds / 60);
  return absl::StrFormat("%.1f h", seconds / 3600);
}

std::string ToText(const Result& result) {
  std::string text = absl::StrCat(Head(result), Table(result.night), Chart(result));
  if (result.breaking) absl::StrAppend(&text, "\n", Sentence(*result.breaking));
  return text;
}

std::string ToJson(const Result& result) {
  using nlohmann::ordered_json;
  const Night& night = result.night;
  ordered_json out = {{"scenario", result.scenario},
                      {"seed", result.seed},
                      {"installations", result.cells},
                      {"municipalities", result.place.municipalities},
                      {"people", result.place.people},
                      {"reports", night.reports},
                      {"accepted", night.accepted},
                      {"given_up", night.given_up},
                      {"facts", night.facts},
                      {"deliveries", night.deliveries},
                      {"messages", night.messages},
                      {"held", night.held},
                      {"accept", WaitsJson(night.accept)},
                      {"tell", WaitsJson(night.tell)}};
  for (const Row& row : night.rows) {
    ordered_json station = {{"name", row.name},
                            {"unit", row.what},
                            {"servers", row.tally.servers},
                            {"utilisation", row.Utilisation()},
                            {"busiest_minute", row.Busiest()},
                            {"arrived", row.tally.arrived},
                            {"done", row.tally.done},
                            {"inside", row.tally.inside},
                            {"refused", row.tally.refused},
                            {"longest_queue", row.tally.longest},
                            {"wait", WaitsJson(row.tally.waits)}};
    station["queue_by_quarter_hour"] = Columns(row, night);
    out["stations"].push_back(std::move(station));
  }
  if (result.breaking) {
    const Breaking& breaking = *result.breaking;
    out["bottleneck"] = {{"station", breaking.first ? ordered_json(breaking.first->name) : nullptr},
                         {"factor", breaking.factor},
                         {"without_reports", breaking.without_reports},
                         {"sentence", Sentence(breaking)}};
  }
  return out.dump(1) + "\n";
}

}  // namespace vaka::simulate
