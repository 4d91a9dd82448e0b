#include "libs/rpc/health.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "libs/rpc/unary.h"

namespace vaka::rpc {
namespace {

// HealthCheckResponse{status: SERVING} on the wire; Debian ships the service without its proto.
constexpr char kServing[] = "\x08\x01";

std::string Text(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices)
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

}  // namespace

absl::Status AskHealth(const std::shared_ptr<grpc::Channel>& channel, absl::Time deadline) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  grpc::CompletionQueue queue;
  const grpc::ByteBuffer request(nullptr, 0);
  const auto call =
      stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  if (!status.ok())
    return absl::UnavailableError(absl::StrCat("it does not answer: ", status.error_message()));
  return Text(response) == kServing ? absl::OkStatus()
                                    : absl::UnavailableError("it answers that it does not serve");
}

}  // namespace vaka::rpc
