#include "tests/fault/clock/machine_clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace vaka::fault {
namespace {

constexpr char kFile[] = "/time-of-day";

}  // namespace

MachineClock::MachineClock() {
  const int fd =
      open((folder_.path() + kFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0 || ftruncate(fd, sizeof(*ahead_)) != 0) std::abort();
  void* mapped =
      mmap(nullptr, sizeof(*ahead_), PROT_READ | PROT_WRITE, MAP_SHARED, fd, /*offset=*/0);
  if (mapped == MAP_FAILED) std::abort();
  close(fd);
  ahead_ = static_cast<std::atomic<int64_t>*>(mapped);
}

MachineClock::~MachineClock() { munmap(ahead_, sizeof(*ahead_)); }

std::vector<std::string> MachineClock::environment() const {
  return {absl::StrCat("LD_PRELOAD=", VAKA_TIME_OF_DAY_SHIM),
          absl::StrCat("VAKA_TIME_OF_DAY=", folder_.path(), kFile)};
}

void MachineClock::Set(absl::Duration ahead) { *ahead_ = absl::ToInt64Nanoseconds(ahead); }

}  // namespace vaka::fault
