#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/curl/http_client.h"

namespace grpc {
class Channel;
}

namespace vaka::fault {

// One unary call as bytes: any rpc of any service by its path.
struct WireCall {
  std::string path;  // "/vaka.intake.v1.IntakeService/Report"
  std::string authorization;
  std::string body;  // serialized request
  absl::Duration timeout;
};

// Both ways into the house, waiting for the answer. A call without an answer is UNAVAILABLE or
// DEADLINE_EXCEEDED: it may have been carried out. Belongs to one thread.
class Wire {
 public:
  static absl::StatusOr<std::string> Grpc(const std::shared_ptr<grpc::Channel>& channel,
                                          const WireCall& call);
  // The Connect protocol at a gateway.
  absl::StatusOr<std::string> Http(const std::string& address, const WireCall& call);

 private:
  curl::HttpClient http_;
};

}  // namespace vaka::fault
