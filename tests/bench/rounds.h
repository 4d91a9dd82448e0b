#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace vaka::bench {

// The value below which the share `q` of `values` lies, by the nearest rank.
// REQUIRES: `values` is not empty.
double Quantile(std::vector<double> values, double q);

// What a row's median is to be.
struct Target {
  enum class Side { kAtMost, kAtLeast };
  Side side = Side::kAtMost;
  double bound = 0;
  double aim = 0;  // what is wished for beyond it; 0: nothing
};
inline Target AtMost(double bound, double aim = 0) { return {Target::Side::kAtMost, bound, aim}; }
inline Target AtLeast(double bound, double aim = 0) { return {Target::Side::kAtLeast, bound, aim}; }

// What several rounds measured, each row in the order in which it was first added.
class Rounds final {
 public:
  // One round's value of a row. The target is the same in every round.
  void Add(const std::string& row, const std::string& unit, double value,
           std::optional<Target> target = std::nullopt);

  // "| row | unit | median | least–most | target |", a line a row. The last is empty, or says
  // whether the median meets it and by how much: "≤ 2: met, 31 % to spare", "≥ 0.5: **missed** by
  // 12 %".
  std::string Markdown() const;

 private:
  struct Row {
    std::string name;
    std::string unit;
    std::optional<Target> target;
    std::vector<double> values;
  };
  std::vector<Row> rows_;
  std::map<std::string, size_t> places_;
};

// What a program ends with; says why it failed.
int ExitCode(const absl::Status& status);

}  // namespace vaka::bench
