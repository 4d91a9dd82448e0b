#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "vaka/options/v1/options.pb.h"

namespace vaka::fault {

class House;
class Wire;

// Who calls: somebody with a token of the house's keys, or the holder of a message's signed link.
struct As {
  options::v1::Role role = options::v1::ROLE_UNSPECIFIED;  // unspecified: no token
  std::string person = {};
  std::string agency = {};
  std::string alert = {};  // with a link: of what; `person` is whose it is
};

As Coordinator();
As Police();
As Patroller(const std::string& person);
As ByLink(const std::string& alert, const std::string& person);

// A client of the house over its public API that records what it did. The rpc is the one that takes
// the request's type; kommun and, where empty, the idempotency key are set here. Belongs to one
// thread.
class Caller final {
 public:
  enum class Way { kGrpc, kHttp };  // straight to the target; by the gateway

  // `name` is unique in the house's history and the first part of its keys. `give_up` (may be
  // empty) is asked between tries. The house outlives it.
  Caller(House& house, std::string name, std::function<bool()> give_up = {});
  ~Caller();
  Caller(Caller&&) noexcept;

  // A command: repeated with the same key until it is known what came of it, until `within` has
  // passed or give_up says so: then the last error, and its outcome stays unknown. What is said for
  // certain (INVALID_ARGUMENT, FAILED_PRECONDITION, NOT_FOUND, ABORTED …) is answered at once;
  // RESOURCE_EXHAUSTED is tried again after its hint.
  absl::Status Do(google::protobuf::Message& request, google::protobuf::Message* response,
                  const As& as, Way way = Way::kGrpc, absl::Duration within = absl::Minutes(2));

  // One try of anything, not recorded: reads.
  absl::Status Ask(google::protobuf::Message& request, google::protobuf::Message* response,
                   const As& as, Way way = Way::kGrpc, absl::Duration timeout = absl::Seconds(10));

  // Every later call goes to this replica of a target, where there are several.
  void Prefer(uint64_t replica) { replica_ = replica; }

  // Highest number that an answered command of this caller led to; for `at_least`.
  uint64_t seq() const { return seq_; }
  // How long the last Do took in its last try, the one that was answered.
  absl::Duration last_took() const { return last_took_; }
  // Tries of Do so far that left the outcome open or were turned away for a while.
  uint64_t repeats() const { return repeats_; }

 private:
  struct Rpc;

  absl::Status Send(const Rpc& rpc, const google::protobuf::Message& request,
                    google::protobuf::Message* response, const As& as, Way way,
                    absl::Duration timeout);
  absl::Status Try(const Rpc& rpc, const google::protobuf::Message& request,
                   google::protobuf::Message* response, const As& as, Way way);

  House& house_;
  const std::string name_;
  const std::function<bool()> give_up_;
  std::unique_ptr<Wire> wire_;
  uint64_t key_ = 0;
  uint64_t seq_ = 0;
  uint64_t replica_ = 0;
  uint64_t repeats_ = 0;
  absl::Duration last_took_;
};

}  // namespace vaka::fault
