#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/power_cut/journal.h"

namespace vaka {

// Takes from a Redis what was not on disk, as when its machine loses power: see
// power_cut::Journal for what that is. Redis runs with a shim preloaded, by `program()` in the
// place of redis-server. Thread-safe.
class PowerCut final {
 public:
  // `data` is the Redis's folder, which exists; `arguments` are added to its command line, e.g.
  // {"--appendfsync", "everysec"}.
  explicit PowerCut(const std::string& data, const std::vector<std::string>& arguments = {});

  // A program that is called as redis-server is; for redis::RedisServerOptions. The last part of
  // its path is "redis-server", so its folder may also be put into a process's PATH.
  const std::string& program() const { return program_; }

  // What makes the shim watch `folder` in any program: NAME=value, of its environment.
  static std::vector<std::string> Environment(const std::string& folder);

  // The next Redis that starts here finds what a cut left, and of what was not synced the first
  // `keep_permille` in a thousand, as a disk that was in the middle of it. For a Redis that
  // somebody starts again by himself: ask for it, then kill -9.
  void CutAtNextStart(uint32_t keep_permille = 0) { journal_.CutAtNextStart(keep_permille); }
  // At once. REQUIRES: Redis does not run.
  void CutNow(uint32_t keep_permille = 0) { journal_.Cut(keep_permille); }

  uint64_t cuts() const { return journal_.Read().cuts; }
  uint64_t syncs() const { return journal_.Read().syncs; }
  uint64_t lost_bytes() const { return journal_.Read().lost_bytes; }
  uint64_t lost_entries() const { return journal_.Read().lost_entries; }

 private:
  power_cut::Journal journal_;
  std::string program_;
};

}  // namespace vaka
