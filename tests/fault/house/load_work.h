#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/fault/house/house.h"
#include "tests/fault/house/load.h"
#include "vaka/notifications/v1/notifications_service.pb.h"

namespace vaka::fault {

// What the workers of a load have done so far. Thread-safe.
class Tally final {
 public:
  void Command(const absl::Status& status, absl::Duration took);
  // `seq`: the state that answered was the log up to there.
  void Read(const absl::Status& status, uint64_t seq, uint64_t at_least);

  LoadCounts counts() const;
  void ResetTimes();

 private:
  mutable absl::Mutex mu_;
  LoadCounts counts_ ABSL_GUARDED_BY(mu_);
  mutable std::vector<absl::Duration> took_ ABSL_GUARDED_BY(mu_);  // of the acknowledged
};

// What the workers tell one another: incidents to send the car to, and how far the log is known to
// be. Thread-safe.
class Desk final {
 public:
  void Reported(const std::string& incident, uint64_t seq);
  void Reached(uint64_t seq);
  uint64_t reached() const;
  // One of the latest; empty: there is none yet.
  std::string Incident(uint64_t draw) const;

 private:
  mutable absl::Mutex mu_;
  uint64_t reached_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<std::string> latest_ ABSL_GUARDED_BY(mu_);
};

// One client of a load. Belongs to one thread.
class Worker {
 public:
  // All outlive it. `name` is unique.
  Worker(House& house, Desk& desk, Tally& tally, std::string name, uint64_t seed,
         std::function<bool()> give_up);
  virtual ~Worker() = default;

  // The next thing it does; at most one command, or two that belong together.
  virtual void Step() = 0;

 protected:
  absl::Status Do(google::protobuf::Message& request, google::protobuf::Message* response,
                  const As& as, Caller::Way way = Caller::Way::kGrpc);
  // A read that waits for all that any worker was told of.
  template <typename Request, typename Response>
  absl::Status Look(Request request, Response* response, const As& as) {
    const uint64_t at_least = desk_.reached();
    request.set_at_least(at_least);
    const absl::Status status = caller_.Ask(request, response, as);
    tally_.Read(status, response->seq(), at_least);
    return status;
  }
  // Reads a message by its link; waits for nothing.
  absl::Status Open(notifications::v1::OpenLinkRequest& request,
                    notifications::v1::OpenLinkResponse* response);
  bool Chance(double share) { return std::bernoulli_distribution(share)(random_); }
  uint64_t Draw() { return random_(); }

  House& house_;
  Desk& desk_;
  Tally& tally_;

 private:
  std::mt19937_64 random_;
  Caller caller_;
};

std::unique_ptr<Worker> MakeReporter(House& house, Desk& desk, Tally& tally, std::string name,
                                     const LoadOptions& options, uint64_t seed,
                                     std::function<bool()> give_up);
std::unique_ptr<Worker> MakeAnswerer(House& house, Desk& desk, Tally& tally, std::string name,
                                     uint64_t seed, std::function<bool()> give_up);
std::unique_ptr<Worker> MakePatrol(House& house, Desk& desk, Tally& tally, std::string name,
                                   int crew, uint64_t seed, std::function<bool()> give_up);
std::unique_ptr<Worker> MakeReader(House& house, Desk& desk, Tally& tally, std::string name,
                                   uint64_t seed, std::function<bool()> give_up);

}  // namespace vaka::fault
