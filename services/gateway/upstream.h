#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
}

namespace vaka::gateway {

// Whom a call goes to and what goes with it.
struct UpstreamCall {
  std::string service;  // "vaka.intake.v1.IntakeService"
  std::string path;     // "/vaka.intake.v1.IntakeService/Report"
  std::string authorization;
  std::string trace;
  std::string client;  // the caller's address
  absl::Duration timeout = absl::InfiniteDuration();
};

// A stream of answers, pulled one by one so that a slow caller slows its sender. Thread-safe.
class UpstreamStream {
 public:
  virtual ~UpstreamStream() = default;
  // Asks for the next message: `message` or `done` follows. REQUIRES: once for every message that
  // came, also after Cancel.
  virtual void Next() = 0;
  virtual void Cancel() = 0;
};

// Calls any method of any service by its name, with bytes. Thread-safe.
class Upstream {
 public:
  // Null: the service is not to be reached from here.
  using Channels = std::function<std::shared_ptr<grpc::Channel>(const std::string& service)>;
  // `age`: see rpc::kAgeKey; empty where the service does not say.
  using UnaryDone = std::function<void(absl::StatusOr<std::string> response, std::string age)>;
  using OnMessage = std::function<void(std::string message)>;
  using OnDone = std::function<void(absl::Status status)>;

  explicit Upstream(Channels channels);

  // Waits until no call is under way; false: some still were after `timeout`.
  bool AwaitIdle(absl::Duration timeout);

  // `done` runs once, on a gRPC thread, or at once when there is no channel. Returns what cancels
  // the call; it may be called at any time.
  std::function<void()> Unary(const UpstreamCall& call, const std::string& request, UnaryDone done);

  // A call with any number of requests and answers. The callbacks run on gRPC threads, `done` last.
  std::shared_ptr<UpstreamStream> Stream(const UpstreamCall& call,
                                         std::vector<std::string> requests, OnMessage message,
                                         OnDone done);

  class UnderWay;

 private:
  const Channels channels_;
  const std::shared_ptr<UnderWay> under_way_;
};

// True when a text may go out as gRPC metadata: gRPC ends the process over others.
bool IsMetadata(absl::string_view text);

}  // namespace vaka::gateway
