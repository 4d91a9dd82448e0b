#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace vaka::demo {

// One kind of incident of the generator; the tables and what is observed or assumed in them:
// services/demo/data.
struct Kind {
  std::string name;      // the table's
  std::string category;  // the municipality's category id
  std::vector<std::string> sources;
  std::string month_shape;
  std::string weekday_shape;
  std::string hour_shape;
  double per_year = 0;   // in a municipality of 85 000 inhabitants
  double phi = 1;        // overdispersion: variance over mean
  std::string exposure;  // what the rate of an area is proportional to
  double children = 0;   // mean number of near repeats that one incident has
};

struct SpecialDay {
  std::string when;
  std::string kind;  // may end in *
  double factor = 1;
};

struct Parameters {
  std::vector<Kind> kinds;
  std::map<std::string, std::array<double, 12>> month;   // January first, mean 1
  std::map<std::string, std::array<double, 7>> weekday;  // Monday first, sum 1
  std::map<std::string, std::array<double, 8>> hour;     // three-hour bins, sum 1
  std::map<std::string, std::array<double, 6>>
      delay;  // share reported within 1, 3, 7, 14, 30, 90 days, by source
  std::vector<SpecialDay> special;

  double SpecialFactor(const std::string& when, const std::string& kind) const;
};

// The tables that are built into the program. INTERNAL when one is damaged.
absl::StatusOr<Parameters> LoadParameters();

// Rows of fields; quotes as in RFC 4180; the first row is the header.
std::vector<std::vector<std::string>> ParseCsv(const std::string& text);

}  // namespace vaka::demo
