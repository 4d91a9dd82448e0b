#include "services/demo/parameters.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/demo/tables.h"

namespace vaka::demo {
namespace {

double Number(const std::string& text) {
  double value = 0;
  return absl::SimpleAtod(text, &value) ? value : 0;
}

template <size_t N>
absl::Status ReadShapes(const char* name, const std::string& table,
                        std::map<std::string, std::array<double, N>>& shapes) {
  const auto rows = ParseCsv(table);
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() < N + 1)
      return absl::InternalError(absl::StrCat(name, ": row ", i, " is too short"));
    for (size_t j = 0; j < N; ++j) shapes[rows[i][0]][j] = Number(rows[i][j + 1]);
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::vector<std::string>> ParseCsv(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  std::string field;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field.push_back(c);
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field.push_back('"');
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      row.push_back(std::move(field));
      field.clear();
    } else if (c == '\n') {
      row.push_back(std::move(field));
      field.clear();
      if (row.size() > 1 || !row[0].empty()) rows.push_back(std::move(row));
      row.clear();
    } else if (c != '\r') {
      field.push_back(c);
    }
  }
  row.push_back(std::move(field));
  if (row.size() > 1 || !row[0].empty()) rows.push_back(std::move(row));
  return rows;
}

absl::StatusOr<Parameters> LoadParameters() {
  Parameters parameters;
  std::map<std::string, std::string> categories;
  for (const auto& row : ParseCsv(tables::kCategoryMap)) {
    if (row.size() >= 2) categories[row[0]] = row[1];
  }
  const auto rows = ParseCsv(tables::kCategories);
  for (size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    if (row.size() < 9)
      return absl::InternalError(absl::StrCat("categories: row ", i, " is too short"));
    const auto category = categories.find(row[0]);
    if (category == categories.end()) {
      return absl::InternalError(absl::StrCat("category_map: nothing for \"", row[0], "\""));
    }
    parameters.kinds.push_back({.name = row[0],
                                .category = category->second,
                                .sources = absl::StrSplit(row[1], '+'),
                                .month_shape = row[2],
                                .weekday_shape = row[3],
                                .hour_shape = row[4],
                                .per_year = Number(row[5]),
                                .phi = Number(row[6]),
                                .exposure = row[7],
                                .children = Number(row[8])});
  }
  if (absl::Status s = ReadShapes("month_index", tables::kMonthIndex, parameters.month); !s.ok())
    return s;
  if (absl::Status s = ReadShapes("weekday_index", tables::kWeekdayIndex, parameters.weekday);
      !s.ok())
    return s;
  if (absl::Status s = ReadShapes("hour_index", tables::kHourIndex, parameters.hour); !s.ok())
    return s;
  if (absl::Status s = ReadShapes("report_delay_cdf", tables::kReportDelayCdf, parameters.delay);
      !s.ok())
    return s;
  const auto special = ParseCsv(tables::kSpecialDays);
  for (size_t i = 1; i < special.size(); ++i) {
    if (special[i].size() < 3)
      return absl::InternalError(absl::StrCat("special_days: row ", i, " is too short"));
    parameters.special.push_back({special[i][0], special[i][1], Number(special[i][2])});
  }
  return parameters;
}

double Parameters::SpecialFactor(const std::string& when, const std::string& kind) const {
  for (const SpecialDay& day : special) {
    if (day.when != when) continue;
    absl::string_view prefix = day.kind;
    if (absl::ConsumeSuffix(&prefix, "*") ? absl::StartsWith(kind, prefix) : day.kind == kind)
      return day.factor;
  }
  return 1;
}

}  // namespace vaka::demo
