#include "tests/bench/rounds.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vaka::bench {
namespace {

// Three digits that say something, and no more.
std::string Text(double value) {
  const double size = std::abs(value);
  if (size >= 100) return absl::StrFormat("%.0f", value);
  return size >= 10 ? absl::StrFormat("%.1f", value) : absl::StrFormat("%.2f", value);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// How far the median is on the right side of a bound, of the bound; negative: on the wrong one.
double Spare(const Target& target, double bound, double median) {
  const bool at_most = target.side == Target::Side::kAtMost;
  return (at_most ? bound - median : median - bound) / bound;
}

std::string Judgement(const Target& target, double median) {
  const double spare = Spare(target, target.bound, median);
  std::string text =
      absl::StrFormat("%s %g: ", target.side == Target::Side::kAtMost ? "≤" : "≥", target.bound);
  if (spare >= 0) {
    absl::StrAppend(&text, absl::StrFormat("met, %.0f %% to spare", 100 * spare));
  } else {
    absl::StrAppend(&text, absl::StrFormat("**missed** by %.0f %%", std::ceil(-100 * spare)));
  }
  if (target.aim == 0) return text;
  const double further = Spare(target, target.aim, median);
  return further >= 0 ? absl::StrFormat("%s; aim %g: reached", text, target.aim)
                      : absl::StrFormat("%s; aim %g: short by %.0f %%", text, target.aim,
                                        std::ceil(-100 * further));
}

}  // namespace

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(q * static_cast<double>(values.size()));
  return values[static_cast<size_t>(std::max(rank, 1.0)) - 1];
}

void Rounds::Add(const std::string& row, const std::string& unit, double value,
                 std::optional<Target> target) {
  const auto [place, fresh] = places_.emplace(row, rows_.size());
  if (fresh) rows_.push_back({row, unit, target, {}});
  rows_[place->second].values.push_back(value);
}

std::string Rounds::Markdown() const {
  std::string lines;
  for (const Row& row : rows_) {
    const auto [least, most] = std::minmax_element(row.values.begin(), row.values.end());
    const double median = Median(row.values);
    absl::StrAppend(&lines, "| ", row.name, " | ", row.unit, " | ", Text(median), " | ",
                    Text(*least), "–", Text(*most), " | ",
                    row.target.has_value() ? Judgement(*row.target, median) : "", " |\n");
  }
  return lines;
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

}  // namespace vaka::bench
