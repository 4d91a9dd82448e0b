#include <nats/nats.h>

#include <atomic>
#include <memory>

#include "absl/strings/str_cat.h"
#include "tests/bench/accept/peer_loads.h"

namespace vaka::bench {
namespace {

constexpr char kSubject[] = "entries";

absl::Status ToStatus(natsStatus status, const char* what) {
  if (status == NATS_OK) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("NATS, ", what, ": ", natsStatus_GetText(status)));
}

void CountError(jsCtx* /*stream*/, jsPubAckErr* /*error*/, void* errors) {
  ++*static_cast<std::atomic<uint64_t>*>(errors);
}

template <typename T, void (*Destroy)(T*)>
struct Deleter {
  void operator()(T* owned) const { Destroy(owned); }
};
using Connection = std::unique_ptr<natsConnection, Deleter<natsConnection, natsConnection_Destroy>>;
using Context = std::unique_ptr<jsCtx, Deleter<jsCtx, jsCtx_Destroy>>;

}  // namespace

absl::StatusOr<Load> NatsLoad(const NatsPeer& peer, size_t under_way, absl::Duration length) {
  const SystemClock clock;
  natsConnection* connected = nullptr;
  absl::Status status =
      ToStatus(natsConnection_ConnectTo(&connected, peer.url().c_str()), "connect");
  if (!status.ok()) return status;
  const Connection connection(connected);

  std::atomic<uint64_t> errors{0};
  jsOptions options;
  jsOptions_Init(&options);
  options.PublishAsync.MaxPending = static_cast<int64_t>(under_way);
  options.PublishAsync.StallWait = absl::ToInt64Milliseconds(kLoadLimit);
  options.PublishAsync.ErrHandler = CountError;
  options.PublishAsync.ErrHandlerClosure = &errors;
  jsCtx* made = nullptr;
  status = ToStatus(natsConnection_JetStream(&made, connection.get(), &options), "JetStream");
  if (!status.ok()) return status;
  const Context jetstream(made);

  jsStreamConfig stream;
  jsStreamConfig_Init(&stream);
  const char* subjects[] = {kSubject};
  stream.Name = "ENTRIES";
  stream.Subjects = subjects;
  stream.SubjectsLen = 1;
  stream.Storage = js_FileStorage;
  status = ToStatus(js_AddStream(nullptr, jetstream.get(), &stream, nullptr, nullptr), "stream");
  if (!status.ok()) return status;

  const std::string body(kEntryBytes, 'x');
  uint64_t sent = 0;
  const absl::Time start = clock.Steady();
  for (; clock.Steady() < start + length; ++sent) {
    // Waits while `under_way` are not acknowledged.
    status = ToStatus(js_PublishAsync(jetstream.get(), kSubject, body.data(),
                                      static_cast<int>(body.size()), nullptr),
                      "publish");
    if (!status.ok()) return status;
  }
  status = ToStatus(js_PublishAsyncComplete(jetstream.get(), nullptr), "acknowledgements");
  if (!status.ok()) return status;
  const Load load{static_cast<double>(sent) / absl::ToDoubleSeconds(clock.Steady() - start)};
  if (errors > 0) return absl::UnavailableError("NATS refused a message");
  status = ToStatus(js_DeleteStream(jetstream.get(), stream.Name, nullptr, nullptr), "delete");
  if (!status.ok()) return status;
  return load;
}

}  // namespace vaka::bench
