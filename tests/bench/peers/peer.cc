#include "tests/bench/peers/peer.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace vaka::bench {
namespace {

// The processes that each process started, as /proc has it now.
void AddChildren(pid_t parent, std::vector<pid_t>& processes) {
  std::error_code none;
  const std::string tasks = absl::StrCat("/proc/", parent, "/task");
  for (const auto& task : std::filesystem::directory_iterator(tasks, none)) {
    std::ifstream in(task.path() / "children");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipWhitespace())) {
      pid_t child = 0;
      if (!absl::SimpleAtoi(word, &child)) continue;
      processes.push_back(child);
      AddChildren(child, processes);
    }
  }
}

}  // namespace

std::string Peer::Describe() const {
  return absl::StrCat(package_, " ", PackageVersion(package_), ": ", Settings());
}

std::vector<pid_t> Peer::Processes() const {
  std::vector<pid_t> processes;
  if (pid() == 0) return processes;
  processes.push_back(pid());
  AddChildren(pid(), processes);
  return processes;
}

absl::Status Peer::NotInstalled() const {
  return absl::NotFoundError(absl::StrCat("the package ", package_, " is not installed"));
}

bool Chosen(const std::string& peer) {
  const char* wish = std::getenv("PEERS");
  if (wish == nullptr || absl::string_view(wish).empty() || absl::string_view(wish) == "all") {
    return true;
  }
  for (const absl::string_view name : absl::StrSplit(wish, ',')) {
    if (absl::StripAsciiWhitespace(name) == peer) return true;
  }
  return false;
}

bool Started(Peer& peer) {
  if (!Chosen(peer.name())) return false;
  if (const absl::Status status = peer.Start(); !status.ok()) {
    std::fprintf(stderr, "%s is left out: %s\n", peer.name().c_str(), status.ToString().c_str());
    return false;
  }
  std::fprintf(stderr, "%s runs\n", peer.name().c_str());
  std::printf("- %s\n", peer.Describe().c_str());
  std::fflush(stdout);
  return true;
}

std::string PackageVersion(const std::string& package) {
  const std::string command =
      absl::StrCat("dpkg-query -W -f '${Version}' ", package, " 2>/dev/null");
  const auto close = [](FILE* file) { pclose(file); };
  const std::unique_ptr<FILE, decltype(close)> out(popen(command.c_str(), "r"), close);
  std::array<char, 256> text{};
  const size_t size = out == nullptr ? 0 : fread(text.data(), 1, text.size(), out.get());
  return size == 0 ? "unknown" : std::string(text.data(), size);
}

}  // namespace vaka::bench
