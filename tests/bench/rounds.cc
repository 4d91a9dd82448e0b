#include "tests/bench/rounds.h"

#include <algorithm>
#include <cmath>

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

// In percent of the bound.
std::string Judgement(const Target& target, double median) {
  const bool at_most = target.side == Target::Side::kAtMost;
  const double spare = (at_most ? target.bound - median : median - target.bound) / target.bound;
  const std::string bound = absl::StrFormat("%s %g", at_most ? "≤" : "≥", target.bound);
  if (spare >= 0) return absl::StrFormat("%s: met, %.0f %% to spare", bound, 100 * spare);
  return absl::StrFormat("%s: **missed** by %.0f %%", bound, std::ceil(-100 * spare));
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

}  // namespace vaka::bench
