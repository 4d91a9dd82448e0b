#include "tests/fault/bus/other_machine.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace vaka::fault {
namespace {

absl::Status Ip(const std::string& arguments) {
  const std::string command = absl::StrCat("ip ", arguments, " 2>&1");
  FILE* out = popen(command.c_str(), "r");
  if (out == nullptr) return absl::UnavailableError("no shell");
  std::string said;
  std::array<char, 256> line;
  while (fgets(line.data(), line.size(), out) != nullptr) said += line.data();
  if (pclose(out) == 0) return absl::OkStatus();
  absl::StripTrailingAsciiWhitespace(&said);
  return absl::UnavailableError(absl::StrCat("ip ", arguments, ": ", said));
}

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << std::endl;
  std::abort();
}

// The names of both ends; an interface's has at most fifteen bytes.
std::string Here(const std::string& name) { return absl::StrCat(name, "h"); }
std::string There(const std::string& name) { return absl::StrCat(name, "t"); }

}  // namespace

absl::StatusOr<std::unique_ptr<OtherMachine>> OtherMachine::Make() {
  const auto id = static_cast<unsigned>(getpid());
  const std::string name = absl::StrCat("vaka", id % 1000000);
  // Not make_unique: the constructor is private.
  std::unique_ptr<OtherMachine> machine(
      new OtherMachine(name, absl::StrCat("10.79.", id % 250, ".")));
  for (const std::string& step :
       {absl::StrCat("netns add ", name),
        absl::StrCat("link add ", Here(name), " type veth peer name ", There(name), " netns ",
                     name),
        absl::StrCat("addr add ", machine->here_, "/30 dev ", Here(name)),
        absl::StrCat("link set ", Here(name), " up"),
        absl::StrCat("-n ", name, " addr add ", machine->there_, "/30 dev ", There(name)),
        absl::StrCat("-n ", name, " link set ", There(name), " up"),
        absl::StrCat("-n ", name, " link set lo up")}) {
    if (absl::Status status = Ip(step); !status.ok()) return status;
  }
  return machine;
}

OtherMachine::OtherMachine(std::string name, std::string net)
    : name_(std::move(name)), here_(net + "1"), there_(net + "2") {}

OtherMachine::~OtherMachine() {
  // The cable goes with the namespace.
  Ip(absl::StrCat("netns del ", name_)).IgnoreError();
}

void OtherMachine::Cut() {
  Must(Ip(absl::StrCat("-n ", name_, " link set ", There(name_), " down")));
}

void OtherMachine::Heal() {
  Must(Ip(absl::StrCat("-n ", name_, " link set ", There(name_), " up")));
}

}  // namespace vaka::fault
