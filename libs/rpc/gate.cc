#include "libs/rpc/gate.h"

#include <algorithm>
#include <cstdlib>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/ids.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/field_rules.h"
#include "libs/rpc/method_table.h"
#include "libs/rpc/rpc_metrics.h"

namespace vaka::rpc {
namespace {

using gateway::v1::Identity;
using google::protobuf::Message;

constexpr absl::string_view kBearer = "Bearer ";
constexpr size_t kRememberedTokens = 4096;
constexpr size_t kLongestTrace = 64;
// More queries than commands, for many may wait for what they want to see.
constexpr int kBurstOfCommands = 64;
constexpr int kBurstOfQueries = 256;
constexpr absl::Duration kRetry = absl::Seconds(1);

bool HasRole(const Identity& identity, options::v1::Role role) {
  return std::count(identity.roles().begin(), identity.roles().end(), role) > 0;
}

// A system's token may be for all municipalities; a person's never is.
bool Covers(const Identity& identity, const std::string& kommun) {
  if (identity.kommun() == kommun) return true;
  return identity.kommun() == "*" && HasRole(identity, options::v1::ROLE_SYSTEM);
}

bool IsKommun(absl::string_view text) {
  return text.size() == 4 && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// Traces end in facts and log lines: short, and of harmless characters.
std::string TraceOf(absl::string_view given) {
  const bool fine = !given.empty() && given.size() <= kLongestTrace &&
                    std::all_of(given.begin(), given.end(), [](unsigned char c) {
                      return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
                    });
  return fine ? std::string(given) : RandomId("trace");
}

std::vector<const google::protobuf::Descriptor*> RequestTypes(const MethodTable& table) {
  std::vector<const google::protobuf::Descriptor*> types;
  for (const auto& method : table.all()) types.push_back(method->descriptor->input_type());
  return types;
}

// Remembers whose token is whose, so that a signature is checked once and not with every call.
// Thread-safe.
class TokenMemory {
 public:
  explicit TokenMemory(const Tokens& tokens) : tokens_(tokens) {}

  absl::StatusOr<Identity> Verify(absl::string_view token, absl::Time now) {
    {
      absl::MutexLock lock(&mu_);
      const auto it = identities_.find(token);
      if (it != identities_.end()) {
        VAKA_RETURN_IF_ERROR(CheckNotExpired(it->second, now));
        return it->second;
      }
    }
    absl::StatusOr<Identity> identity = tokens_.Verify(token, now);
    if (!identity.ok()) return identity;
    absl::MutexLock lock(&mu_);
    if (identities_.size() >= kRememberedTokens) identities_.clear();
    identities_.emplace(token, *identity);
    return identity;
  }

 private:
  const Tokens& tokens_;
  absl::Mutex mu_;
  absl::flat_hash_map<std::string, Identity> identities_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

bool Call::Has(options::v1::Role role) const { return HasRole(caller, role); }

event::v1::Actor Call::actor() const {
  event::v1::Actor actor;
  if (caller.roles_size() > 0) actor.set_role(caller.roles(0));
  actor.set_agency(caller.agency());
  actor.set_person(caller.person());
  return actor;
}

fold::Command Call::CommandOf(const std::string& idempotency_key) const {
  // 43 characters. Parts cannot run into each other: each is preceded by its length.
  std::string input;
  for (const std::string* part :
       {&method->full_name(), &kommun, &caller.person(), &caller.agency(), &idempotency_key}) {
    absl::StrAppend(&input, part->size(), ":", *part);
  }
  fold::Command command;
  command.kommun = kommun;
  command.key = Base64Url(Hash256(input));
  command.actor = actor();
  command.trace = trace;
  command.deadline = deadline;
  return command;
}

class Gate::Impl {
 public:
  Impl(const Tokens& tokens, Clock& clock, prometheus::Registry& registry, Limits limits)
      : clock_(clock),
        limits_(limits),
        rules_(RequestTypes(table_)),
        metrics_(table_, registry),
        tokens_(tokens),
        commands_({.burst = kBurstOfCommands, .most = limits.in_flight}, clock.Steady()),
        queries_({.burst = kBurstOfQueries, .most = limits.in_flight}, clock.Steady()) {}

  absl::StatusOr<Call> Admit(const Message& request, absl::string_view authorization,
                             absl::string_view trace, absl::Time deadline) {
    const Method* method = table_.ByRequest(request.GetDescriptor());
    if (method == nullptr) {
      return absl::UnimplementedError(
          absl::StrCat(request.GetTypeName(), ": is no method's request"));
    }
    Admission* const admission = AdmissionOf(*method);
    if (admission != nullptr && !admission->Enter()) {
      metrics_.Refused(*method, absl::StatusCode::kResourceExhausted);
      return Overloaded(absl::StrCat(admission->bound(), " calls are in flight"), kRetry);
    }
    absl::StatusOr<Call> call = Examine(*method, request, authorization, deadline);
    if (!call.ok()) {
      if (admission != nullptr) admission->Drop();
      metrics_.Refused(*method, call.status().code());
      return call;
    }
    call->trace = TraceOf(trace);
    metrics_.Started();
    return call;
  }

  void Finished(const Call& call, const absl::Status& status) {
    const Method* method = table_.ByRequest(call.method->input_type());
    metrics_.Finished(*method, status.code(), clock_.Steady() - call.began);
    if (Admission* admission = AdmissionOf(*method); admission != nullptr) {
      const absl::Time now = clock_.Steady();
      admission->Leave(now, now - call.began);
    }
    // Our bug, or damage: the caller only sees a code, the operator sees the line.
    if (status.code() == absl::StatusCode::kInternal ||
        status.code() == absl::StatusCode::kDataLoss) {
      LogError("rpc", method->path, " trace=", call.trace, ": ", status.ToString());
    }
  }

  const FieldRules& rules() const { return rules_; }
  Clock& clock() const { return clock_; }

 private:
  // Null: not bounded here.
  Admission* AdmissionOf(const Method& method) {
    if (method.kind == Method::Kind::kCommand) return &commands_;
    return method.kind == Method::Kind::kQuery ? &queries_ : nullptr;
  }

  absl::StatusOr<Call> Examine(const Method& method, const Message& request,
                               absl::string_view authorization, absl::Time deadline) {
    Call call;
    call.method = method.descriptor;
    call.now = clock_.Now();
    call.began = clock_.Steady();
    if (method.kommun != nullptr) {
      call.kommun = request.GetReflection()->GetString(request, method.kommun);
    }
    VAKA_RETURN_IF_ERROR(Identify(method, authorization, call));
    VAKA_RETURN_IF_ERROR(Limit(method, deadline, call));
    VAKA_RETURN_IF_ERROR(rules_.Check(request));
    return call;
  }

  // Fills in caller and kommun by the method's access option.
  absl::Status Identify(const Method& method, absl::string_view authorization, Call& call) {
    absl::StatusOr<Identity> identity = IdentityOf(authorization, call.now);
    if (!call.kommun.empty() && !IsKommun(call.kommun)) {
      return FieldError("kommun", "must be a kommunkod of four digits");
    }
    if (method.access.public_() || method.access.signed_link()) {
      if (identity.ok() && call.kommun.empty() && identity->kommun() != "*") {
        call.kommun = identity->kommun();
      }
      if (identity.ok() && Covers(*identity, call.kommun)) call.caller = *std::move(identity);
      return absl::OkStatus();
    }
    if (method.role_bits == 0) {
      return absl::UnimplementedError(absl::StrCat(method.path, ": nobody may call it"));
    }
    if (!identity.ok()) return identity.status();
    if (call.kommun.empty() && identity->kommun() == "*") {
      return FieldError("kommun", "required with a token for all municipalities");
    }
    if (call.kommun.empty()) call.kommun = identity->kommun();
    if (!Covers(*identity, call.kommun)) {
      return absl::PermissionDeniedError(
          absl::StrCat("the token is not for municipality ", call.kommun));
    }
    VAKA_RETURN_IF_ERROR(CheckRole(method, *identity));
    call.caller = *std::move(identity);
    return absl::OkStatus();
  }

  absl::StatusOr<Identity> IdentityOf(absl::string_view authorization, absl::Time now) {
    if (authorization.empty()) {
      return absl::UnauthenticatedError("token: none given; sign in first");
    }
    if (!absl::StartsWithIgnoreCase(authorization, kBearer)) {
      return absl::UnauthenticatedError("token: authorization must be \"Bearer <token>\"");
    }
    return tokens_.Verify(absl::StripAsciiWhitespace(authorization.substr(kBearer.size())), now);
  }

  static absl::Status CheckRole(const Method& method, const Identity& identity) {
    for (int role : identity.roles()) {
      if (role > 0 && role < 32 && (method.role_bits >> role & 1) != 0) return absl::OkStatus();
    }
    return absl::PermissionDeniedError(
        absl::StrCat(method.path, ": needs one of ",
                     absl::StrJoin(method.access.roles(), ", ", [](std::string* out, int role) {
                       out->append(options::v1::Role_Name(static_cast<options::v1::Role>(role)));
                     })));
  }

  absl::Status Limit(const Method& method, absl::Time deadline, Call& call) const {
    call.deadline = deadline;
    if (!method.descriptor->server_streaming() && !method.descriptor->client_streaming()) {
      if (deadline == absl::InfiniteFuture()) call.deadline = call.began + limits_.default_deadline;
      call.deadline = std::min(call.deadline, call.began + limits_.longest_deadline);
    }
    if (call.deadline > call.began) return absl::OkStatus();
    return absl::DeadlineExceededError("the deadline had passed when the call came");
  }

  // Constant after construction.
  Clock& clock_;
  const Limits limits_;
  const MethodTable table_;
  const FieldRules rules_;
  // Internally synchronized.
  Metrics metrics_;
  TokenMemory tokens_;
  Admission commands_;
  Admission queries_;
};

Gate::Gate(const Tokens& tokens, Clock& clock, prometheus::Registry& metrics, Limits limits)
    : impl_(std::make_unique<Impl>(tokens, clock, metrics, limits)) {}

Gate::~Gate() = default;

absl::StatusOr<Call> Gate::Admit(const Message& request, absl::string_view authorization,
                                 absl::string_view trace, absl::Time deadline) {
  return impl_->Admit(request, authorization, trace, deadline);
}

absl::Status Gate::CheckFields(const Message& request) const {
  return impl_->rules().Check(request);
}

void Gate::Finished(const Call& call, const absl::Status& status) { impl_->Finished(call, status); }

absl::Time Gate::Steady() const { return impl_->clock().Steady(); }

}  // namespace vaka::rpc
