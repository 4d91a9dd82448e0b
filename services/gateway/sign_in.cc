#include "services/gateway/sign_in.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/gateway/peers.h"

namespace vaka::gateway {
namespace {

constexpr absl::string_view kPurpose = "sign-in";
constexpr absl::Duration kSession = absl::Hours(12);

// Ten wrong tries, then one a minute.
constexpr double kTries = 10;
constexpr double kTriesPerSecond = 1.0 / 60;

}  // namespace

SignInDesk::SignInDesk(const rpc::Tokens& tokens, std::vector<v1::DemoRole> demo_roles)
    : tokens_(tokens), demo_roles_(std::move(demo_roles)), wrong_(kTriesPerSecond, kTries) {}

std::string SignInDesk::MakeCode(const rpc::Tokens& tokens, v1::Identity identity,
                                 absl::Time expires) {
  *identity.mutable_expires() = ToProto(expires);
  return tokens.Sign(kPurpose, identity.SerializeAsString());
}

absl::StatusOr<v1::SignInResponse> SignInDesk::Exchange(const v1::SignInRequest& request,
                                                        const std::string& client, absl::Time now) {
  const std::string address = LimitKey(client);
  const absl::Duration wait = wrong_.Wait(address, now);
  if (wait > absl::ZeroDuration()) return Overloaded("too many wrong codes", wait);
  absl::StatusOr<v1::Identity> identity = IdentityOf(request, now);
  if (!identity.ok()) {
    wrong_.Take(address, now);
    return identity.status();
  }
  *identity->mutable_expires() = ToProto(now + kSession);
  v1::SignInResponse response;
  response.set_token(tokens_.Mint(*identity));
  *response.mutable_identity() = *std::move(identity);
  return response;
}

v1::DemoRolesResponse SignInDesk::DemoRoles(const std::string& kommun) const {
  v1::DemoRolesResponse response;
  for (const v1::DemoRole& role : demo_roles_) {
    if (!kommun.empty() && role.identity().kommun() != kommun) continue;
    *response.add_roles() = role;
    response.set_kommun(role.identity().kommun());
  }
  return response;
}

absl::StatusOr<v1::Identity> SignInDesk::IdentityOf(const v1::SignInRequest& request,
                                                    absl::Time now) {
  v1::Identity identity;
  const auto demo =
      std::find_if(demo_roles_.begin(), demo_roles_.end(),
                   [&](const v1::DemoRole& role) { return role.code() == request.code(); });
  if (demo != demo_roles_.end()) {
    identity = demo->identity();
  } else {
    const absl::StatusOr<std::string> bytes = tokens_.Open(kPurpose, request.code());
    if (!bytes.ok() || !identity.ParseFromString(*bytes)) {
      return absl::UnauthenticatedError("code: is not a valid one");
    }
    if (!rpc::CheckNotExpired(identity, now).ok()) {
      return absl::UnauthenticatedError("code: is too old; ask for a new one");
    }
  }
  if (!request.kommun().empty() && request.kommun() != identity.kommun()) {
    return absl::UnauthenticatedError("code: is for another municipality");
  }
  if (demo == demo_roles_.end()) {
    VAKA_RETURN_IF_ERROR(UseOnce(request.code(), FromProto(identity.expires()), now));
  }
  return identity;
}

absl::Status SignInDesk::UseOnce(const std::string& code, absl::Time expires, absl::Time now) {
  // By the signed bytes, not the text: several texts of base64 can stand for the same bytes.
  std::string signed_bytes;
  FromBase64Url(code.substr(0, code.find('.')), &signed_bytes);
  absl::MutexLock lock(&mu_);
  std::erase_if(used_, [now](const auto& entry) { return entry.second <= now; });
  if (used_.emplace(Hash256(signed_bytes), expires).second) return absl::OkStatus();
  return absl::UnauthenticatedError("code: was used already; ask for a new one");
}

}  // namespace vaka::gateway
