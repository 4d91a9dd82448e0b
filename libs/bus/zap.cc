#include "libs/bus/zap.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/bus/socket.h"

namespace vaka::bus {
namespace {

constexpr char kAddress[] = "inproc://zeromq.zap.01";
constexpr absl::Duration kListen = absl::Milliseconds(50);

// Frames of a request: version, id, domain, address, identity, mechanism, then the key's 32 bytes.
constexpr size_t kRequestFrames = 7;
constexpr size_t kRawKey = 32;

absl::string_view View(const zmq::message_t& frame) {
  return {static_cast<const char*>(frame.data()), frame.size()};
}

std::string Z85(absl::string_view raw) {
  std::array<char, 41> text;
  const auto* bytes = reinterpret_cast<const uint8_t*>(raw.data());
  return zmq_z85_encode(text.data(), bytes, raw.size()) == nullptr ? "" : text.data();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ZapHandler>> ZapHandler::Start(Context& context, const Keys& keys,
                                                              Counters& counters) {
  VAKA_ASSIGN(Socket socket, Socket::Make(context, zmq::socket_type::rep));
  if (const absl::Status bound = socket.Bind({kAddress}, std::nullopt); !bound.ok()) {
    return absl::FailedPreconditionError(
        "bus: this context has a forwarder with keys already; a second one needs a context of its "
        "own");
  }
  // Not make_unique: the constructor is private.
  return std::unique_ptr<ZapHandler>(
      new ZapHandler(std::make_unique<Socket>(std::move(socket)), keys.allowed, counters));
}

ZapHandler::ZapHandler(std::unique_ptr<Socket> socket, std::string allowed, Counters& counters)
    : allowed_(std::move(allowed)),
      counters_(counters),
      socket_(std::move(socket)),
      thread_([this](std::stop_token stop) { Loop(std::move(stop)); }) {}

ZapHandler::~ZapHandler() {
  thread_.request_stop();
  thread_.join();
}

void ZapHandler::Loop(std::stop_token stop) {
  while (!stop.stop_requested()) Answer();
}

void ZapHandler::Answer() {
  const std::vector<zmq::message_t> request = socket_->Receive(kListen);
  if (request.empty()) return;
  if (request.size() < 2) {
    LogWarning("bus", "a malformed question for the allow-list");
    return;
  }
  const bool whole = request.size() == kRequestFrames && View(request[0]) == "1.0" &&
                     View(request[2]) == kZapDomain && View(request[5]) == "CURVE" &&
                     request[6].size() == kRawKey;
  const bool allowed = whole && IsAllowed(allowed_, Z85(View(request[6])));
  ++(allowed ? counters_.admitted : counters_.refused);
  if (!allowed) {
    LogWarning("bus", "refused a connection: its key is not in ", allowed_, ": ",
               whole ? Z85(View(request[6])) : "no key");
  }
  const absl::string_view code = allowed ? "200" : "400";
  const absl::string_view text = allowed ? "OK" : "key not allowed";
  // The peer is ZeroMQ itself, so the reply is never refused except at the very end.
  socket_->TrySend({"1.0", View(request[1]), code, text, "", ""});
}

}  // namespace vaka::bus
