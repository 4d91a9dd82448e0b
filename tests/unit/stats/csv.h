#pragma once

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace vaka::stats {

// Rows of a reference file as column name → text. An unreadable file has no rows.
inline std::vector<std::map<std::string, std::string>> ReadCsv(const std::string& name) {
  std::ifstream file(std::string(VAKA_SOURCE_DIR "/tests/unit/stats/data/") + name);
  std::vector<std::map<std::string, std::string>> rows;
  std::vector<std::string> header;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, ',');
    if (header.empty()) {
      header = fields;
      continue;
    }
    std::map<std::string, std::string>& row = rows.emplace_back();
    for (size_t i = 0; i < header.size() && i < fields.size(); ++i) row[header[i]] = fields[i];
  }
  return rows;
}

inline double Number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

}  // namespace vaka::stats
