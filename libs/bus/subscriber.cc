#include "libs/bus/subscriber.h"

#include <utility>

#include "libs/base/status.h"
#include "libs/bus/socket.h"
#include "libs/bus/wire.h"

namespace vaka::bus {
namespace {

absl::string_view View(const zmq::message_t& frame) {
  return {static_cast<const char*>(frame.data()), frame.size()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Subscriber>> Subscriber::Connect(Context& context, Options options,
                                                                Counters& counters) {
  VAKA_ASSIGN(Socket socket, Socket::Make(context, zmq::socket_type::sub));
  if (options.kommuns.empty()) VAKA_RETURN_IF_ERROR(socket.Subscribe(""));
  for (const std::string& kommun : options.kommuns) {
    VAKA_RETURN_IF_ERROR(socket.Subscribe(TopicPrefix(kommun)));
  }
  VAKA_RETURN_IF_ERROR(socket.Connect(options.forwarders, options.keys));
  // Not make_unique: the constructor is private.
  return std::unique_ptr<Subscriber>(
      new Subscriber(std::make_unique<Socket>(std::move(socket)), counters));
}

Subscriber::Subscriber(std::unique_ptr<Socket> socket, Counters& counters)
    : socket_(std::move(socket)), counters_(counters) {}

Subscriber::~Subscriber() = default;

std::vector<Message> Subscriber::Receive(absl::Duration wait) {
  const std::vector<zmq::message_t> frames = socket_->Receive(wait);
  if (frames.empty()) return {};
  std::vector<Message> messages;
  if (frames.size() == 3) messages = Unframe(View(frames[0]), View(frames[1]), View(frames[2]));
  if (messages.empty()) ++counters_.damaged;
  counters_.received += messages.size();
  return messages;
}

}  // namespace vaka::bus
