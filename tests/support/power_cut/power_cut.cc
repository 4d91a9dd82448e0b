#include "tests/support/power_cut/power_cut.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vaka {
namespace {

// Where Redis keeps its append-only file; the journal needs the name without symbolic links.
std::string Watched(const std::string& data) {
  return (std::filesystem::canonical(data) / "appendonlydir").string();
}

}  // namespace

PowerCut::PowerCut(const std::string& data, const std::vector<std::string>& arguments)
    : journal_(Watched(data)) {
  const std::string bin = absl::StrCat(Watched(data), ".power-cut/bin");
  std::filesystem::create_directories(bin);
  program_ = absl::StrCat(bin, "/redis-server");
  // By its full name: its own folder may be the first in PATH.
  std::ofstream(program_) << "#!/bin/sh\n"
                          << absl::StrJoin(Environment(Watched(data)), " ")
                          << " exec '" VAKA_REDIS_SERVER "' \"$@\" "
                          << absl::StrJoin(arguments, " ") << "\n";
  std::filesystem::permissions(program_, std::filesystem::perms::owner_all);
}

std::vector<std::string> PowerCut::Environment(const std::string& folder) {
  return {"LD_PRELOAD=" VAKA_POWER_CUT_SHIM, absl::StrCat("VAKA_POWER_CUT=", folder)};
}

}  // namespace vaka
