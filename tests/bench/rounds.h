#pragma once

#include <map>
#include <string>
#include <vector>

namespace vaka::bench {

// The value below which the share `q` of `values` lies, by the nearest rank.
// REQUIRES: `values` is not empty.
double Quantile(std::vector<double> values, double q);

// What several rounds measured, each row in the order in which it was first added.
class Rounds final {
 public:
  // One round's value of a row.
  void Add(const std::string& row, const std::string& unit, double value);

  // "| row | unit | median | least–most |", a line a row.
  std::string Markdown() const;

 private:
  struct Row {
    std::string name;
    std::string unit;
    std::vector<double> values;
  };
  std::vector<Row> rows_;
  std::map<std::string, size_t> places_;
};

}  // namespace vaka::bench
