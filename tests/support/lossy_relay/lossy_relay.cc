#include "tests/support/lossy_relay/lossy_relay.h"

#include <cstdlib>
#include <deque>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/bus/context.h"
#include "libs/bus/socket.h"
#include "tests/support/memory_bus/memory_bus.h"

namespace vaka::bus {
namespace {

constexpr size_t kMostHeld = 16;
constexpr absl::Duration kLook = absl::Milliseconds(20);

Socket Bound(Context& context, zmq::socket_type type) {
  absl::StatusOr<Socket> socket = Socket::Make(context, type);
  if (socket.ok() && socket->SetQueue(100000).ok() &&
      socket->Bind({"tcp://127.0.0.1:*"}, std::nullopt).ok()) {
    return *std::move(socket);
  }
  std::cerr << "the relay cannot listen" << std::endl;
  std::abort();
}

}  // namespace

class LossyRelay::Impl {
 public:
  explicit Impl(uint64_t seed)
      : random_(seed),
        publishers_(Bound(context_, zmq::socket_type::xsub)),
        subscribers_(Bound(context_, zmq::socket_type::xpub)),
        in_(publishers_.bound().front()),
        out_(subscribers_.bound().front()),
        thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

  const std::string& in() const { return in_; }
  const std::string& out() const { return out_; }

  void Set(const Faults& faults) {
    absl::MutexLock lock(&mu_);
    faults_ = faults;
  }

  Counts counts() const {
    absl::MutexLock lock(&mu_);
    return counts_;
  }

 private:
  using Frames = std::vector<std::string>;

  static std::optional<Frames> Next(Socket& socket) {
    const std::vector<zmq::message_t> parts = socket.Receive(absl::ZeroDuration());
    if (parts.empty()) return std::nullopt;
    Frames frames;
    for (const zmq::message_t& part : parts) frames.push_back(part.to_string());
    return frames;
  }

  static void Send(Socket& socket, const Frames& frames) {
    // What does not fit is lost, as on any bus.
    (void)socket.TrySend(std::vector<absl::string_view>(frames.begin(), frames.end()));
  }

  void Run(std::stop_token stop) {
    while (!stop.stop_requested()) {
      zmq::pollitem_t items[] = {{publishers_.zmq().handle(), 0, ZMQ_POLLIN, 0},
                                 {subscribers_.zmq().handle(), 0, ZMQ_POLLIN, 0}};
      const int ready =
          zmq::poll(items, 2, std::chrono::milliseconds(kLook / absl::Milliseconds(1)));
      // Who subscribes is told to the publishers, who send nothing that nobody wants.
      while (const std::optional<Frames> wish = Next(subscribers_)) Send(publishers_, *wish);
      while (const std::optional<Frames> message = Next(publishers_)) Pass(*message);
      if (ready == 0) LetGo();
    }
  }

  void Pass(const Frames& message) {
    absl::MutexLock lock(&mu_);
    ++counts_.heard;
    if (random_.Chance(faults_.lose)) {
      ++counts_.lost;
    } else if (random_.Chance(faults_.reorder)) {
      ++counts_.reordered;
      held_.push_back(message);
    } else {
      Send(subscribers_, message);
    }
    if (random_.Chance(faults_.repeat)) {
      ++counts_.repeated;
      held_.push_back(message);
    }
    if (held_.size() > kMostHeld || (!held_.empty() && random_.Chance(0.2))) LetOneGo();
  }

  // Nothing follows that could overtake what is held back.
  void LetGo() {
    absl::MutexLock lock(&mu_);
    while (!held_.empty()) LetOneGo();
  }

  void LetOneGo() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    const auto one = held_.begin() + static_cast<ptrdiff_t>(random_.Below(held_.size()));
    Send(subscribers_, *one);
    held_.erase(one);
  }

  Context context_;
  SplitMix random_;          // the thread's
  std::deque<Frames> held_;  // the thread's: to come later
  Socket publishers_;        // XSUB, the thread's
  Socket subscribers_;       // XPUB, the thread's
  const std::string in_;
  const std::string out_;

  mutable absl::Mutex mu_;
  Faults faults_ ABSL_GUARDED_BY(mu_) = {0, 0, 0};
  Counts counts_ ABSL_GUARDED_BY(mu_);

  std::jthread thread_;  // last: it uses everything above
};

LossyRelay::LossyRelay(uint64_t seed) : impl_(std::make_unique<Impl>(seed)) {}
LossyRelay::~LossyRelay() = default;

const std::string& LossyRelay::in() const { return impl_->in(); }
const std::string& LossyRelay::out() const { return impl_->out(); }
void LossyRelay::Set(const Faults& faults) { impl_->Set(faults); }
LossyRelay::Counts LossyRelay::counts() const { return impl_->counts(); }

}  // namespace vaka::bus
