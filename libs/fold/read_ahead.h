#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "libs/log/log.h"

namespace vaka::fold {

// Reads a long log page by page on a thread of its own, ahead of who takes the pages in: while the
// log's store fetches one, another is folded. At most two pages wait. Next is for one thread.
//
// A page that cannot be read, or that is not full, is the last.
class ReadAhead final {
 public:
  struct Page {
    std::vector<log::Entry> entries;
    uint64_t head = 0;  // of the log, asked for after a full page; 0: not known
  };

  // The first page begins after number `after`, each other one with the last entry of the page
  // before once more, so that it can be compared. `log` outlives this object. REQUIRES: size > 1.
  ReadAhead(log::Log& log, std::string kommun, log::Stream stream, uint64_t after, size_t size);
  // Waits for the read under way.
  ~ReadAhead();

  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The next page, waiting for it, or why it cannot be read. REQUIRES: the last was not returned.
  absl::StatusOr<Page> Next();

 private:
  void Run(uint64_t after);
  absl::StatusOr<Page> Read(uint64_t after);

  // Constant after construction.
  log::Log& log_;
  const std::string kommun_;
  const log::Stream stream_;
  const size_t size_;

  absl::Mutex mu_;
  std::optional<absl::StatusOr<Page>> next_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  std::thread thread_;  // last: it uses the others
};

}  // namespace vaka::fold
