#include "services/vaka/file_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace vaka {
namespace {

constexpr size_t kOurs = 512;  // what the process itself has open, and some
constexpr size_t kFew = 64;

}  // namespace

void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

size_t RoomForConnections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFew;
  return limit.rlim_cur > kOurs + kFew ? static_cast<size_t>(limit.rlim_cur) - kOurs : kFew;
}

}  // namespace vaka
