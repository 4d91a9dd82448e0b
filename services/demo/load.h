#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/rpc/token.h"
#include "services/demo/history.h"
#include "services/demo/people.h"
#include "services/demo/town.h"

namespace grpc {
class Channel;
}

namespace vaka::demo {

// The made-up municipality in memory: who lives where, and the generator's tables.
struct Demo {
  registry::v1::MunicipalityConfig config;
  Parameters parameters;
  Town town;
  std::vector<DemoPerson> people;
  uint64_t seed = 0;
};

absl::StatusOr<Demo> MakeDemo(const registry::v1::MunicipalityConfig& config, uint64_t seed);

// Which agency a source of the generator is.
std::string AgencyOf(const std::string& source);

// Signs the demo's own calls: a system token that speaks for one agency.
std::string SystemToken(const rpc::Tokens& tokens, const std::string& kommun,
                        const std::string& agency, absl::Time now);

// Called with what is being done and how far it is.
using Progress = std::function<void(const std::string& what, size_t done, size_t of)>;

// Puts a demo municipality into a running system through its public API: configuration, areas,
// people, trainings, two years of reports, today's shift, this week's contributions. Every step is
// idempotent: a run that was cut off goes on where it was. OK and nothing done where the
// municipality already has a log that was loaded to its end.
class Loader {
 public:
  Loader(const Demo& demo, std::shared_ptr<grpc::Channel> channel, const rpc::Tokens& tokens,
         Clock& clock, Progress progress);
  ~Loader();

  absl::Status Load();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Sends one live report through the API each time it is run.
class LiveReports {
 public:
  LiveReports(const Demo& demo, std::shared_ptr<grpc::Channel> channel, const rpc::Tokens& tokens);
  ~LiveReports();

  absl::Status RunOnce(absl::Time now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::demo
