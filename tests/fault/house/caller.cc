#include "tests/fault/house/caller.h"

#include <algorithm>
#include <stop_token>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "libs/base/status.h"
#include "tests/fault/house/house.h"
#include "tests/fault/house/wire.h"
#include "tests/fault/judge/history.h"

namespace vaka::fault {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// Longer than a healthy answer takes on a busy machine, short enough to notice a cut soon.
constexpr absl::Duration kTry = absl::Seconds(5);
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(1);

const MethodDescriptor* MethodOf(const Message& request) {
  const google::protobuf::FileDescriptor* file = request.GetDescriptor()->file();
  for (int i = 0; i < file->service_count(); ++i) {
    for (int j = 0; j < file->service(i)->method_count(); ++j) {
      const MethodDescriptor* method = file->service(i)->method(j);
      if (method->input_type() == request.GetDescriptor()) return method;
    }
  }
  std::abort();  // no request of an rpc
}

std::string Text(const Message& message, const char* field) {
  const auto* descriptor = message.GetDescriptor()->FindFieldByName(field);
  return descriptor == nullptr ? "" : message.GetReflection()->GetString(message, descriptor);
}

void SetText(Message& message, const char* field, const std::string& value) {
  const auto* descriptor = message.GetDescriptor()->FindFieldByName(field);
  if (descriptor != nullptr) message.GetReflection()->SetString(&message, descriptor, value);
}

uint64_t SeqOf(const Message& message) {
  const auto* descriptor = message.GetDescriptor()->FindFieldByName("seq");
  return descriptor == nullptr ? 0 : message.GetReflection()->GetUInt64(message, descriptor);
}

// Whether asking again with the same key may bring another answer.
bool MayBeAskedAgain(const absl::Status& status) {
  return OutcomeOf(status) == Outcome::kUnknown || absl::IsResourceExhausted(status);
}

absl::Duration HintOf(const absl::Status& status) {
  const auto info = InfoOf(status);
  return absl::Milliseconds(info.has_value() ? info->retry_after_ms() : 0);
}

}  // namespace

As Coordinator() { return {options::v1::ROLE_COORDINATOR, "samordnare", "municipality"}; }
As Police() { return {options::v1::ROLE_BRIEFING_OFFICER, "utsattare", "police"}; }
As Patroller(const std::string& person) { return {options::v1::ROLE_PATROLLER, person, "patrol"}; }
As ByLink(const std::string& alert, const std::string& person) {
  return {options::v1::ROLE_UNSPECIFIED, person, "", alert};
}

struct Caller::Rpc {
  const MethodDescriptor* method = nullptr;
  std::string command;  // as services know its key; empty: a query

  std::string target() const {
    return std::vector<std::string>(absl::StrSplit(method->full_name(), '.'))[1];
  }
  std::string path() const {
    return absl::StrCat("/", method->service()->full_name(), "/", method->name());
  }
};

Caller::Caller(House& house, std::string name, std::function<bool()> give_up)
    : house_(house),
      name_(std::move(name)),
      give_up_(std::move(give_up)),
      wire_(std::make_unique<Wire>()) {}
Caller::~Caller() = default;
Caller::Caller(Caller&&) noexcept = default;

absl::Status Caller::Send(const Rpc& rpc, const Message& request, Message* response, const As& as,
                          Way way, absl::Duration timeout) {
  WireCall call{.path = rpc.path(),
                .authorization = house_.Authorization(as),
                .body = request.SerializeAsString(),
                .timeout = timeout};
  absl::StatusOr<std::string> answer =
      way == Way::kHttp ? wire_->Http(house_.http_address(), call)
                        : Wire::Grpc(house_.channel(rpc.target(), replica_), call);
  if (!answer.ok()) return answer.status();
  return response->ParseFromString(*answer) ? absl::OkStatus()
                                            : absl::UnknownError("an answer that does not decode");
}

absl::Status Caller::Ask(Message& request, Message* response, const As& as, Way way,
                         absl::Duration timeout) {
  SetText(request, "kommun", House::kKommun);
  return Send({MethodOf(request), ""}, request, response, as, way, timeout);
}

// One try, in the history.
absl::Status Caller::Try(const Rpc& rpc, const Message& request, Message* response, const As& as,
                         Way way) {
  Operation operation;
  operation.client = name_;
  operation.rpc = rpc.method->full_name();
  operation.kommun = House::kKommun;
  operation.key = Text(request, "idempotency_key");
  operation.command = rpc.command;
  operation.person = as.person;
  const size_t number = house_.history().Sent(std::move(operation));
  const absl::Time sent = house_.clock().Now();
  const absl::Status status = Send(rpc, request, response, as, way, kTry);
  last_took_ = house_.clock().Now() - sent;
  house_.history().Answered(number, status, status.ok() ? SeqOf(*response) : 0);
  return status;
}

absl::Status Caller::Do(Message& request, Message* response, const As& as, Way way,
                        absl::Duration within) {
  SetText(request, "kommun", House::kKommun);
  if (Text(request, "idempotency_key").empty())
    SetText(request, "idempotency_key", absl::StrCat(name_, "-", ++key_));
  const MethodDescriptor* method = MethodOf(request);
  const std::string key = Text(request, "idempotency_key");
  const std::string command =
      as.alert.empty() ? CommandKey(method->full_name(), House::kKommun, as.person, as.agency, key)
                       : LinkCommandKey(method->name() == "Acknowledge" ? "ack" : "relay",
                                        House::kKommun, as.alert, as.person, key);
  Clock& clock = house_.clock();
  const absl::Time until = clock.Now() + within;
  absl::Duration pause = kFirstPause;
  for (;;) {
    const absl::Status status = Try({method, command}, request, response, as, way);
    if (status.ok()) seq_ = std::max(seq_, SeqOf(*response));
    if (!MayBeAskedAgain(status)) return status;
    if (clock.Now() >= until || (give_up_ && give_up_())) return status;
    ++repeats_;
    clock.SleepFor(std::max(pause, std::min(HintOf(status), kLongestPause)), std::stop_token());
    pause = std::min(2 * pause, kLongestPause);
  }
}

}  // namespace vaka::fault
