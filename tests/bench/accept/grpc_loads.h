#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/log/log.h"
#include "tests/bench/accept/load.h"

namespace grpc {
class Channel;
class Server;
}  // namespace grpc

namespace vaka::bench {

// Reports that alert nobody, so that accepting is what is measured, by a client of the callback
// API. Every key begins with a prefix that no other load has. Used by one thread.
class ReportLoads final {
 public:
  // `token`: of somebody who may report. REQUIRES: the channel's server knows WholeSystem::kKommun.
  ReportLoads(std::shared_ptr<grpc::Channel> channel, std::string token, std::string prefix)
      : channel_(std::move(channel)), token_(std::move(token)), prefix_(std::move(prefix)) {}

  // Until one report is taken: the services have the configuration. UNAVAILABLE or what it last
  // answered when that does not come.
  absl::Status AwaitReady();
  // Calls of Report, `under_way` of them at any time, for `length`.
  absl::StatusOr<Load> Unary(size_t under_way, absl::Duration length);
  // One call of ReportMany with so many reports in a message, written to for `length`; over when
  // the last report is on disk and the call answered.
  absl::StatusOr<Load> Stream(absl::Duration length, int in_a_message = 64);
  // Until what was accepted is folded, so that one load's wake does not slow the next.
  absl::Status AwaitFolded();

 private:
  std::string NextPrefix();

  SystemClock clock_;
  const std::shared_ptr<grpc::Channel> channel_;  // shared as gRPC shares it
  const std::string token_;
  const std::string prefix_;
  int loads_ = 0;
  uint64_t seq_ = 0;  // the highest that was answered
};

// gRPC alone: a callback server whose Report answers at once with what a report's answer holds, on
// loopback TCP; with a log, when a fact of kEntryBytes is appended under the report's key. It ends
// with this object.
class EchoServer final {
 public:
  explicit EchoServer(log::Log* log = nullptr);  // outlives it
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  std::shared_ptr<grpc::Channel> NewChannel() const;

 private:
  class Service;
  const std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace vaka::bench
