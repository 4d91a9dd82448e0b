#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "tests/support/redis_server/test_redis.h"
#include "tests/support/vaka_process/vaka_process.h"
#include "vaka/options/v1/options.pb.h"

namespace grpc {
class Channel;
}

namespace vaka::bench {

struct SystemOptions {
  std::vector<std::string> arguments = {};  // beside addresses and the data folder
  absl::Duration ready_within = absl::Minutes(5);
};

// `vaka run` as a process of its own, as a user has it: every service, its private Redis with every
// write on disk before it answers, gRPC, HTTP and metrics on free loopback ports, in a temporary
// folder. Ends with this object. Used by one thread.
class System final {
 public:
  // UNAVAILABLE: it did not get ready, with what it printed.
  static absl::StatusOr<std::unique_ptr<System>> Start(SystemOptions options = {});

  // Configures a municipality as Botkyrka is, under another number.
  absl::Status Configure(const std::string& kommun);
  // Waits until every service of it has taken in the fact of that number.
  absl::Status AwaitFolded(const std::string& kommun, uint64_t seq);

  // For the metadata "authorization" it needs "Bearer " before it. Valid for a day.
  std::string Token(const std::string& kommun, options::v1::Role role, const std::string& person,
                    const std::string& agency) const;
  std::string Coordinator(const std::string& kommun) const;
  std::string Police(const std::string& kommun) const;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  std::string http_address() const;  // "127.0.0.1:8080"
  const std::string& data() const { return folder_.path(); }
  Clock& clock() { return clock_; }

  // Itself and its Redis.
  std::vector<pid_t> Processes() const;
  // What a start leaves to be done afterwards, snapshots above all, belongs to nothing that is
  // measured: until the processes use less than a twentieth of a core, for two minutes at most.
  void AwaitQuiet();
  // Ends it in order; its data stays.
  void Stop();
  // Starts it with them. `redis`: one that runs already, in place of its own. How long it took
  // until it was ready.
  absl::StatusOr<absl::Duration> Restart(const std::string& redis = "");

 private:
  explicit System(SystemOptions options) : options_(std::move(options)) {}

  SystemClock clock_;
  const SystemOptions options_;
  redis::TempFolder folder_;
  std::unique_ptr<VakaProcess> process_;
  std::shared_ptr<grpc::Channel> channel_;
};

// The n-th of municipalities made up for a benchmark, "1001" and on.
std::string KommunOf(int n);

}  // namespace vaka::bench
