#include "libs/rpc/unary.h"

#include <grpc/support/time.h>

#include "absl/strings/str_format.h"
#include "libs/base/status.h"
#include "vaka/options/v1/status.pb.h"

namespace vaka::rpc {
namespace {

absl::string_view Metadata(const grpc::CallbackServerContext& context, const char* key) {
  const auto it = context.client_metadata().find(key);
  if (it == context.client_metadata().end()) return {};
  return {it->second.data(), it->second.size()};
}

// gRPC's deadline is of the machine's clock, the gate's of its own: what is left is the same.
absl::Time DeadlineOf(const grpc::CallbackServerContext& context, absl::Time now) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return absl::InfiniteFuture();
  }
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return now + absl::Seconds(left.tv_sec) + absl::Nanoseconds(left.tv_nsec);
}

// For clients that know nothing of ours.
void AddRetryInfo(uint32_t milliseconds, options::v1::RpcStatus& details) {
  options::v1::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(milliseconds / 1000);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(milliseconds % 1000) * 1'000'000);
  google::protobuf::Any& detail = *details.add_details();
  detail.set_type_url("type.googleapis.com/google.rpc.RetryInfo");
  detail.set_value(retry.SerializeAsString());
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  // The codes are the same numbers.
  const auto code = static_cast<grpc::StatusCode>(status.code());
  const std::string message(status.message());
  const std::optional<options::v1::ErrorInfo> info = InfoOf(status);
  if (!info.has_value()) return grpc::Status(code, message);
  options::v1::RpcStatus details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  details.add_details()->PackFrom(*info);
  if (info->retry_after_ms() > 0) AddRetryInfo(info->retry_after_ms(), details);
  return grpc::Status(code, message, details.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  options::v1::RpcStatus details;
  if (!details.ParseFromString(status.error_details())) return result;
  for (const google::protobuf::Any& detail : details.details()) {
    options::v1::ErrorInfo info;
    if (detail.UnpackTo(&info)) return WithInfo(std::move(result), info);
  }
  return result;
}

absl::StatusOr<Call> AdmitContext(Gate& gate, grpc::CallbackServerContext* context,
                                  const google::protobuf::Message& request) {
  return gate.Admit(request, Metadata(*context, "authorization"), Metadata(*context, "vaka-trace"),
                    DeadlineOf(*context, gate.Steady()));
}

void AddAge(grpc::CallbackServerContext* context, absl::Duration age) {
  if (age == absl::InfiniteDuration()) return;
  context->AddTrailingMetadata(kAgeKey, absl::StrFormat("%.3f", absl::ToDoubleSeconds(age)));
}

}  // namespace vaka::rpc
