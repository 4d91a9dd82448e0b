#include "libs/bus/publisher.h"

#include <utility>

#include "libs/base/status.h"
#include "libs/bus/socket.h"
#include "libs/bus/wire.h"

namespace vaka::bus {
namespace {

// The last facts before an orderly end still go out.
constexpr absl::Duration kLinger = absl::Milliseconds(200);

}  // namespace

absl::StatusOr<std::unique_ptr<Publisher>> Publisher::Connect(Context& context, Options options,
                                                              Counters& counters) {
  if (options.forwarders.empty()) return absl::InvalidArgumentError("bus: no address");
  std::vector<Socket> sockets;
  for (const std::string& forwarder : options.forwarders) {
    VAKA_ASSIGN(Socket socket, Socket::Make(context, zmq::socket_type::pub));
    VAKA_RETURN_IF_ERROR(socket.SetQueue(options.queue));
    VAKA_RETURN_IF_ERROR(socket.SetLinger(kLinger));
    VAKA_RETURN_IF_ERROR(socket.RefuseWhenFull());
    VAKA_RETURN_IF_ERROR(socket.Connect({forwarder}, options.keys));
    sockets.push_back(std::move(socket));
  }
  // Not make_unique: the constructor is private.
  return std::unique_ptr<Publisher>(new Publisher(std::move(sockets), counters));
}

Publisher::Publisher(std::vector<Socket> sockets, Counters& counters)
    : counters_(counters), sockets_(std::move(sockets)) {}

Publisher::~Publisher() = default;

void Publisher::Publish(const std::string& kommun, log::Stream stream, uint64_t first_seq,
                        const std::vector<std::string>& facts) {
  const std::vector<Frames> all = FrameAll(kommun, stream, first_seq, facts);
  absl::MutexLock lock(&mu_);
  for (const Frames& frames : all) {
    for (Socket& socket : sockets_) {
      const bool sent = socket.TrySend({frames.topic, frames.header, frames.body});
      (sent ? counters_.published : counters_.dropped) += frames.facts;
    }
  }
}

}  // namespace vaka::bus
