#include "tests/fault/house/house_process.h"

#include <dirent.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stop_token>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/clock.h"
#include "libs/curl/http_client.h"
#include "tests/fault/judge/history.h"

namespace vaka::fault {
namespace {

constexpr absl::Duration kBetweenStarts = absl::Milliseconds(50);

// "Rss:   123 kB" of a file of such lines.
uint64_t Field(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!absl::StartsWith(line, name)) continue;
    std::istringstream rest(line.substr(name.size()));
    uint64_t value = 0;
    rest >> value;
    return value;
  }
  return 0;
}

uint64_t EntriesOf(const std::string& folder) {
  DIR* dir = opendir(folder.c_str());
  if (dir == nullptr) return 0;
  uint64_t count = 0;
  while (const dirent* entry = readdir(dir)) count += entry->d_name[0] != '.';
  closedir(dir);
  return count;
}

}  // namespace

HouseProcess::HouseProcess(Plan plan, std::vector<std::string> arguments, History& history)
    : plan_(std::move(plan)), arguments_(std::move(arguments)), history_(history) {}

bool HouseProcess::Has(const std::string& target) const {
  return std::any_of(plan_.targets.begin(), plan_.targets.end(),
                     [&](const std::string& own) { return own == "all" || own == target; });
}

absl::Status HouseProcess::Start(absl::Duration within) {
  absl::MutexLock moving(&moving_);
  return StartIt(within);
}

absl::Status HouseProcess::StartOnce(absl::Duration within) {
  absl::MutexLock moving(&moving_);
  return running() ? absl::OkStatus() : TryIt(within);
}

absl::Status HouseProcess::TryIt(absl::Duration within) {
  KeepLines();
  auto process = VakaProcess::Start({.arguments = arguments_,
                                     .environment = plan_.environment,
                                     .wrapper = plan_.wrapper,
                                     .ready_within = within});
  if (!process.ok()) {
    return absl::UnavailableError(absl::StrCat(name(), ": ", process.status().message()));
  }
  {
    absl::MutexLock lock(&mu_);
    vaka_ = *std::move(process);
    ++lives_;
  }
  EndFault();
  return absl::OkStatus();
}

absl::Status HouseProcess::StartIt(absl::Duration within) {
  SystemClock clock;
  const absl::Time until = clock.Steady() + within;
  while (!running()) {
    const absl::Status status = TryIt(within);
    if (!status.ok() && clock.Steady() >= until) return status;
    if (!status.ok()) clock.SleepFor(kBetweenStarts, std::stop_token());
  }
  return absl::OkStatus();
}

void HouseProcess::Kill() {
  absl::MutexLock moving(&moving_);
  KillIt();
}

void HouseProcess::KillIt() {
  const std::shared_ptr<VakaProcess> vaka = Present();
  if (vaka == nullptr || !vaka->running()) return;
  BeginFault("kill -9", Has("notifications"));
  vaka->Kill();
}

absl::Status HouseProcess::Restart(absl::Duration within) {
  absl::MutexLock moving(&moving_);
  KillIt();
  return StartIt(within);
}

HouseProcess::End HouseProcess::Terminate(absl::Duration at_most) {
  absl::MutexLock moving(&moving_);
  if (!running()) return {};
  BeginFault("SIGTERM", false);
  return EndIt(at_most);
}

HouseProcess::End HouseProcess::Close(absl::Duration at_most) {
  absl::MutexLock moving(&moving_);
  return EndIt(at_most);
}

HouseProcess::End HouseProcess::EndIt(absl::Duration at_most) {
  const std::shared_ptr<VakaProcess> vaka = Present();
  if (vaka == nullptr) return {};
  SystemClock clock;
  const absl::Time asked = clock.Steady();
  const int code = vaka->Stop(at_most);
  return {code, clock.Steady() - asked};
}

void HouseProcess::Freeze() {
  absl::MutexLock moving(&moving_);
  const std::shared_ptr<VakaProcess> vaka = Present();
  if (vaka == nullptr) return;
  // Who stands still too long is taken for dead, and its messages are handed over by another.
  BeginFault("SIGSTOP", Has("notifications"));
  vaka->Signal(SIGSTOP);
}

void HouseProcess::Thaw() {
  absl::MutexLock moving(&moving_);
  const std::shared_ptr<VakaProcess> vaka = Present();
  if (vaka == nullptr) return;
  vaka->Signal(SIGCONT);
  EndFault();
}

void HouseProcess::BeginFault(const std::string& kind, bool ends_sender) {
  EndFault();
  absl::MutexLock lock(&mu_);
  fault_ = history_.FaultBegins(kind, name(), ends_sender);
}

void HouseProcess::EndFault() {
  absl::MutexLock lock(&mu_);
  if (fault_.has_value()) history_.FaultEnds(*fault_);
  fault_.reset();
}

std::shared_ptr<VakaProcess> HouseProcess::Present() const {
  absl::MutexLock lock(&mu_);
  return vaka_;
}

bool HouseProcess::running() const { return pid() != 0; }

pid_t HouseProcess::pid() const {
  const std::shared_ptr<VakaProcess> vaka = Present();
  return vaka == nullptr ? 0 : vaka->pid();
}

uint64_t HouseProcess::lives() const {
  absl::MutexLock lock(&mu_);
  return lives_;
}

std::string HouseProcess::AddressAfter(const std::string& label) const {
  const std::shared_ptr<VakaProcess> vaka = Present();
  return vaka == nullptr ? "" : vaka->AddressAfter(label);
}

// "metrics http://127.0.0.1:1/metrics", or without the scheme where the process serves HTTP too.
std::string HouseProcess::metrics_address() const {
  const std::string plain = AddressAfter("metrics ");
  return absl::StartsWith(plain, "http:") ? AddressAfter("metrics http://") : plain;
}

void HouseProcess::KeepLines() {
  absl::MutexLock lock(&mu_);
  if (vaka_ == nullptr) return;
  for (absl::string_view line : absl::StrSplit(vaka_->output(), '\n', absl::SkipEmpty()))
    lines_.emplace_back(line);
  vaka_.reset();
}

std::vector<std::string> HouseProcess::lines() const {
  absl::MutexLock lock(&mu_);
  std::vector<std::string> lines = lines_;
  if (vaka_ == nullptr) return lines;
  for (absl::string_view line : absl::StrSplit(vaka_->output(), '\n', absl::SkipEmpty()))
    lines.emplace_back(line);
  return lines;
}

void HouseProcess::HandLines() {
  const std::vector<std::string> all = lines();
  absl::MutexLock lock(&mu_);
  for (; handed_ < all.size(); ++handed_) history_.Wrote(name(), all[handed_]);
}

Usage HouseProcess::usage() const {
  const pid_t pid = this->pid();
  if (pid == 0) return {};
  const std::string proc = absl::StrCat("/proc/", pid);
  return {.rss_kib = Field(proc + "/smaps_rollup", "Rss:"),
          .pss_kib = Field(proc + "/smaps_rollup", "Pss:"),
          .files = EntriesOf(proc + "/fd"),
          .threads = Field(proc + "/status", "Threads:")};
}

double HouseProcess::Metric(const std::string& sample) const {
  const std::string address = metrics_address();
  if (address.empty()) return 0;
  curl::HttpClient client;
  const auto answer = client.Do({.url = absl::StrCat("http://", address, "/metrics")});
  if (!answer.ok()) return 0;
  for (absl::string_view line : absl::StrSplit(answer->body, '\n')) {
    double value = 0;
    if (absl::StartsWith(line, sample + " ") &&
        absl::SimpleAtod(line.substr(sample.size() + 1), &value)) {
      return value;
    }
  }
  return 0;
}

}  // namespace vaka::fault
