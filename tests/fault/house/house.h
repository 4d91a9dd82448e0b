#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "tests/fault/house/caller.h"
#include "tests/fault/house/house_process.h"
#include "tests/fault/house/providers.h"
#include "tests/fault/house/town.h"
#include "tests/support/redis_server/test_redis.h"

namespace grpc {
class Channel;
}

namespace vaka::fault {

class History;

// One process with every target; a process for each target; a process for each with `replicas` of
// those that are named: the names are "intake", "intake-2" ….
std::vector<HouseProcess::Plan> AllInOne();
std::vector<HouseProcess::Plan> OnePerTarget(const std::map<std::string, int>& replicas = {});

struct HouseOptions {
  std::vector<HouseProcess::Plan> processes = AllInOne();
  std::string redis = {};  // empty: one of the house's own, see House::redis
  // The process starts its Redis itself in the data folder, as an installation of one machine does;
  // both end together. REQUIRES: one process, `redis` empty.
  bool own_redis = false;
  std::string bus = {};  // IN,OUT; empty: sockets in the data folder
  // Where the gateway looks for a target, instead of at the target's own address: a gate between.
  std::map<std::string, std::string> peers = {};
  std::vector<std::string> arguments = {};    // for every process
  std::vector<std::string> environment = {};  // for every process
  TownOptions town = {};
};

// The system as real child processes of the `vaka` that was built beside the test, with a Redis, a
// mail server and an SMS gateway of its own, in a temporary folder on ports of its own. All ends
// with the object, also when the test fails. Thread-safe but for Start and the destructor.
//
//   History history;
//   House house({.processes = OnePerTarget()}, history);
//   ASSERT_TRUE(house.Start().ok());
//   Load load(house, {});
//   load.Start();  … house.process("intake").Restart() …  load.Stop();
//   CloseAndJudge(house, Seed());  // verdict.h
//   report
class House final {
 public:
  static constexpr char kKommun[] = "0127";

  // `history` outlives it.
  House(HouseOptions options, History& history);
  ~House();
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  // Providers, Redis, every process in the order of the options, then the town. An error says what
  // did not come up, with what it printed.
  absl::Status Start();
  // The same without the town: nothing is recorded yet.
  absl::Status StartProcesses();
  // Ends every process in order (SIGTERM), the last first, then the providers. Redis stays. What
  // the processes printed is in the history then.
  void Stop();

  // Crashes the test when there is none of this name.
  HouseProcess& process(const std::string& name);
  const std::vector<std::unique_ptr<HouseProcess>>& processes() const { return processes_; }
  // Those that run a target; at least one.
  std::vector<HouseProcess*> Serving(const std::string& target);

  // To a target's process, by its fixed address; reconnects by itself. With several replicas
  // `replica` chooses, modulo their number.
  std::shared_ptr<grpc::Channel> channel(const std::string& target, uint64_t replica = 0);
  std::string grpc_address(const std::string& target, uint64_t replica = 0);
  // Of the gateway: fixed, so that links in messages hold.
  const std::string& http_address() const { return http_; }
  // "Bearer …", or empty for a role that is unspecified. Valid for twelve hours.
  std::string Authorization(const As& as);
  Caller NewCaller(const std::string& name) { return Caller(*this, name); }

  History& history() { return history_; }
  Providers& providers() { return providers_; }
  const Town& town() const { return town_; }
  // REQUIRES: neither an address of another Redis nor own_redis.
  redis::TestRedis& redis() { return *redis_; }
  // Starts the Redis of own_redis again for looking at its data after Stop; else nothing.
  absl::Status OpenStoppedRedis();
  const std::string& redis_url() const { return redis_url_; }
  const std::string& data() const { return folder_.path(); }
  Clock& clock() { return clock_; }

 private:
  std::string Peers() const;
  std::vector<std::string> ArgumentsOf(const HouseProcess::Plan& plan) const;
  void ChooseAddresses();
  absl::Status StartAll();

  const HouseOptions options_;
  History& history_;
  SystemClock clock_;
  redis::TempFolder folder_;
  std::unique_ptr<redis::TestRedis> redis_;
  std::unique_ptr<redis::RedisServer> stopped_redis_;  // see OpenStoppedRedis
  std::string redis_url_;
  Providers providers_;
  const Town town_;
  std::string http_;
  std::map<std::string, std::string> addresses_;  // gRPC, by process
  std::vector<std::unique_ptr<HouseProcess>> processes_;

  absl::Mutex mu_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::string> tokens_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::fault
