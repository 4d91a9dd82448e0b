#include "libs/rpc/method_table.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/base/log_line.h"
#include "vaka/dispatch/v1/dispatch_service.pb.h"
#include "vaka/est/v1/est_service.pb.h"
#include "vaka/gateway/v1/gateway_service.pb.h"
#include "vaka/intake/v1/intake_service.pb.h"
#include "vaka/notifications/v1/notifications_service.pb.h"
#include "vaka/registry/v1/registry_service.pb.h"
#include "vaka/runtime/v1/inspect_service.pb.h"

namespace vaka::rpc {
namespace {

using google::protobuf::FileDescriptor;

// Naming a message of each file makes the linker keep it; a test compares with the files in proto/.
std::vector<const FileDescriptor*> ServiceFiles() {
  return {
      registry::v1::GetMunicipalityRequest::descriptor()->file(),
      intake::v1::ReportRequest::descriptor()->file(),
      dispatch::v1::GetShiftRequest::descriptor()->file(),
      notifications::v1::GetAlertRequest::descriptor()->file(),
      est::v1::GetWeekRequest::descriptor()->file(),
      gateway::v1::WatchRequest::descriptor()->file(),
      runtime::v1::StatesRequest::descriptor()->file(),
  };
}

Method::Kind KindOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming() || method.server_streaming()) return Method::Kind::kStream;
  if (method.file()->package() == "vaka.runtime.v1") return Method::Kind::kInspection;
  return method.input_type()->FindFieldByName("idempotency_key") != nullptr ? Method::Kind::kCommand
                                                                            : Method::Kind::kQuery;
}

std::unique_ptr<const Method> MakeMethod(const google::protobuf::MethodDescriptor* descriptor) {
  auto method = std::make_unique<Method>();
  method->descriptor = descriptor;
  method->path = absl::StrCat("/", descriptor->service()->full_name(), "/", descriptor->name());
  method->access = descriptor->options().GetExtension(options::v1::access);
  for (int role : method->access.roles()) method->role_bits |= uint32_t{1} << role;
  method->kind = KindOf(*descriptor);
  const auto* kommun = descriptor->input_type()->FindFieldByName("kommun");
  if (kommun != nullptr && kommun->type() == google::protobuf::FieldDescriptor::TYPE_STRING &&
      !kommun->is_repeated()) {
    method->kommun = kommun;
  }
  return method;
}

}  // namespace

MethodTable::MethodTable() {
  for (const FileDescriptor* file : ServiceFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods_.push_back(MakeMethod(file->service(s)->method(m)));
      }
    }
  }
  for (const auto& method : methods_) {
    by_path_.emplace(method->path, method.get());
    if (!by_request_.emplace(method->descriptor->input_type(), method.get()).second) {
      LogError("rpc", "impossible: ", method->descriptor->input_type()->full_name(),
               " is the request of two methods");
      std::abort();
    }
  }
}

const Method* MethodTable::ByRequest(const google::protobuf::Descriptor* request) const {
  const auto it = by_request_.find(request);
  return it == by_request_.end() ? nullptr : it->second;
}

const Method* MethodTable::ByPath(absl::string_view path) const {
  const auto it = by_path_.find(path);
  return it == by_path_.end() ? nullptr : it->second;
}

}  // namespace vaka::rpc
