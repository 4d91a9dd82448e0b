#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/rpc/token.h"
#include "services/gateway/rate_limit.h"
#include "vaka/gateway/v1/gateway_service.pb.h"

namespace vaka::gateway {

// Exchanges codes for tokens. A one-time code is an Identity signed for the purpose "sign-in",
// whose `expires` is the code's own; it is good once. The demo's codes are good any number of
// times. Wrong tries are bounded per address; not per municipality, for a code is signed and cannot
// be guessed, while a bound that strangers can use up would keep a whole municipality out.
// Thread-safe.
class SignInDesk {
 public:
  SignInDesk(const rpc::Tokens& tokens, std::vector<v1::DemoRole> demo_roles);

  // A one-time code for `identity`, good until `expires`.
  static std::string MakeCode(const rpc::Tokens& tokens, v1::Identity identity, absl::Time expires);

  // The token and what it says. UNAUTHENTICATED: wrong, used or too old; RESOURCE_EXHAUSTED: too
  // many wrong tries, with when to come back.
  absl::StatusOr<v1::SignInResponse> Exchange(const v1::SignInRequest& request,
                                              const std::string& client, absl::Time now);

  // Of a municipality; empty `kommun`: all.
  v1::DemoRolesResponse DemoRoles(const std::string& kommun) const;

 private:
  absl::StatusOr<v1::Identity> IdentityOf(const v1::SignInRequest& request, absl::Time now);
  // UNAUTHENTICATED the second time.
  absl::Status UseOnce(const std::string& code, absl::Time expires, absl::Time now);

  const rpc::Tokens& tokens_;
  const std::vector<v1::DemoRole> demo_roles_;
  RateLimit wrong_;  // by address

  absl::Mutex mu_;
  std::map<std::string, absl::Time> used_ ABSL_GUARDED_BY(mu_);  // by hash, until they expire
};

}  // namespace vaka::gateway
