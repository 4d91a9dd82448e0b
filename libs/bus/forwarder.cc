#include "libs/bus/forwarder.h"

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/bus/socket.h"
#include "libs/bus/zap.h"

namespace vaka::bus {

// A started forwarder. The sockets are the thread's from the constructor to the join.
class Forwarder::Running final {
 public:
  Running(std::unique_ptr<ZapHandler> zap, Socket publishers, Socket subscribers,
          Socket control_here, Socket control_there)
      : zap_(std::move(zap)),
        publishers_(std::move(publishers)),
        subscribers_(std::move(subscribers)),
        control_here_(std::move(control_here)),
        control_there_(std::move(control_there)),
        thread_([this] { Run(); }) {}

  ~Running() {
    control_here_.TrySend({"TERMINATE"});
    thread_.join();
  }

  const std::vector<std::string>& publish_addresses() const { return publishers_.bound(); }
  const std::vector<std::string>& subscribe_addresses() const { return subscribers_.bound(); }

 private:
  void Run() {
    try {
      zmq::proxy_steerable(publishers_.zmq(), subscribers_.zmq(), zmq::socket_ref(),
                           control_there_.zmq());
    } catch (const zmq::error_t& error) {
      if (error.num() != ETERM) LogError("bus", "the forwarder has stopped: ", error.what());
    }
  }

  const std::unique_ptr<ZapHandler> zap_;
  Socket publishers_;     // XSUB
  Socket subscribers_;    // XPUB
  Socket control_here_;   // PAIR, the owner's end
  Socket control_there_;  // PAIR, the thread's end
  std::jthread thread_;
};

Forwarder::Forwarder(Context& context, Options options, Counters& counters)
    : context_(context), options_(std::move(options)), counters_(counters) {}

Forwarder::~Forwarder() { Stop(); }

absl::Status Forwarder::Start() {
  std::unique_ptr<ZapHandler> zap;
  if (options_.keys.has_value()) {
    VAKA_ASSIGN(zap, ZapHandler::Start(context_, *options_.keys, counters_));
  }
  VAKA_ASSIGN(Socket publishers, Socket::Make(context_, zmq::socket_type::xsub));
  VAKA_RETURN_IF_ERROR(publishers.SetQueue(options_.queue));
  VAKA_RETURN_IF_ERROR(publishers.Bind(options_.publish_addresses, options_.keys));
  VAKA_ASSIGN(Socket subscribers, Socket::Make(context_, zmq::socket_type::xpub));
  VAKA_RETURN_IF_ERROR(subscribers.SetQueue(options_.queue));
  VAKA_RETURN_IF_ERROR(subscribers.Bind(options_.subscribe_addresses, options_.keys));
  VAKA_ASSIGN(Socket control_here, Socket::Make(context_, zmq::socket_type::pair));
  VAKA_ASSIGN(Socket control_there, Socket::Make(context_, zmq::socket_type::pair));
  const std::string control =
      absl::StrCat("inproc://vaka-forwarder-", reinterpret_cast<uintptr_t>(this));
  VAKA_RETURN_IF_ERROR(control_here.Bind({control}, std::nullopt));
  VAKA_RETURN_IF_ERROR(control_there.Connect({control}, std::nullopt));
  running_ =
      std::make_unique<Running>(std::move(zap), std::move(publishers), std::move(subscribers),
                                std::move(control_here), std::move(control_there));
  return absl::OkStatus();
}

void Forwarder::Stop() { running_.reset(); }

std::vector<std::string> Forwarder::publish_addresses() const {
  return running_ == nullptr ? std::vector<std::string>() : running_->publish_addresses();
}

std::vector<std::string> Forwarder::subscribe_addresses() const {
  return running_ == nullptr ? std::vector<std::string>() : running_->subscribe_addresses();
}

}  // namespace vaka::bus
