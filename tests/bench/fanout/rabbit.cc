// AMQP 0-9-1: a fanout exchange, a queue of its own for each consumer, no acknowledgements by
// consumers, confirms for the publisher; nothing is kept on disk.
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "tests/bench/fanout/medium.h"
#include "tests/bench/fanout/tcp.h"

namespace vaka::bench {
namespace {

constexpr uint8_t kMethod = 1, kHeader = 2, kBody = 3;
constexpr char kProtocol[] = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};

// Class and method of a method frame, as one number.
constexpr uint32_t Method(uint16_t of, uint16_t number) { return uint32_t{of} << 16 | number; }
constexpr uint32_t kStart = Method(10, 10), kStartOk = Method(10, 11), kTune = Method(10, 30),
                   kTuneOk = Method(10, 31), kOpen = Method(10, 40), kOpenOk = Method(10, 41),
                   kConnectionClose = Method(10, 50), kChannelOpen = Method(20, 10),
                   kChannelOpenOk = Method(20, 11), kChannelClose = Method(20, 40),
                   kExchangeDeclare = Method(40, 10), kExchangeDeclareOk = Method(40, 11),
                   kQueueDeclare = Method(50, 10), kQueueDeclareOk = Method(50, 11),
                   kQueueBind = Method(50, 20), kQueueBindOk = Method(50, 21),
                   kConsume = Method(60, 20), kConsumeOk = Method(60, 21),
                   kPublish = Method(60, 40), kAck = Method(60, 80), kSelect = Method(85, 10),
                   kSelectOk = Method(85, 11);

std::string Big(uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

uint64_t BigAt(absl::string_view bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = at; i < at + count && i < bytes.size(); ++i)
    value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

std::string Short(absl::string_view text) { return absl::StrCat(Big(text.size(), 1), text); }
std::string Long(absl::string_view text) { return absl::StrCat(Big(text.size(), 4), text); }

std::string Frame(uint8_t type, uint16_t channel, absl::string_view payload) {
  return absl::StrCat(Big(type, 1), Big(channel, 2), Big(payload.size(), 4), payload, "\xCE");
}

std::string Call(uint16_t channel, uint32_t method, absl::string_view arguments) {
  return Frame(kMethod, channel, absl::StrCat(Big(method, 4), arguments));
}

struct Read {
  size_t length = 0;  // 0: not whole
  uint8_t type = 0;
  uint32_t method = 0;
  absl::string_view payload;
};

Read ReadFrame(absl::string_view bytes) {
  if (bytes.size() < 8) return {};
  const auto size = static_cast<size_t>(BigAt(bytes, 3, 4));
  if (bytes.size() < size + 8) return {};
  Read frame{size + 8, static_cast<uint8_t>(bytes[0]), 0, bytes.substr(7, size)};
  if (frame.type == kMethod) frame.method = static_cast<uint32_t>(BigAt(frame.payload, 0, 4));
  return frame;
}

// What a client says to a step of opening a connection and a channel; empty: another frame.
std::string Opening(const Read& frame) {
  switch (frame.method) {
    case kStart:
      return Call(0, kStartOk,
                  absl::StrCat(Big(0, 4), Short("PLAIN"),
                               Long(absl::string_view("\0guest\0guest", 12)), Short("en_US")));
    case kTune:  // one channel, its frame size, no heartbeat
      return Call(0, kTuneOk, absl::StrCat(Big(1, 2), frame.payload.substr(6, 4), Big(0, 2))) +
             Call(0, kOpen, absl::StrCat(Short("/"), Short(""), Big(0, 1)));
    case kOpenOk:
      return Call(1, kChannelOpen, Short(""));
    default:
      return "";
  }
}

absl::Status Closed(const Read& frame) {
  if (frame.method != kConnectionClose && frame.method != kChannelClose) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("RabbitMQ: ", frame.payload.substr(7, static_cast<uint8_t>(frame.payload[6]))));
}

class AmqpSubscriber final : public PieceReader {
 public:
  std::string Hello() override { return {kProtocol, sizeof kProtocol}; }

 private:
  size_t TakePiece(absl::string_view bytes, Heard& heard) override {
    const Read frame = ReadFrame(bytes);
    if (frame.length == 0) return 0;
    if (frame.type == kBody) ++heard.messages;
    heard.trouble = Closed(frame);
    absl::StrAppend(&heard.answer, Opening(frame));
    if (frame.method == kChannelOpenOk) {  // a queue that nobody else has, and that goes with us
      heard.answer +=
          Call(1, kQueueDeclare, absl::StrCat(Big(0, 2), Short(""), Big(0b01100, 1), Big(0, 4)));
    } else if (frame.method == kQueueDeclareOk) {  // the last queue declared has no name here
      heard.answer +=
          Call(1, kQueueBind,
               absl::StrCat(Big(0, 2), Short(""), Short("bench"), Short(""), Big(0, 1), Big(0, 4)));
    } else if (frame.method == kQueueBindOk) {  // without acknowledgements
      heard.answer += Call(
          1, kConsume, absl::StrCat(Big(0, 2), Short(""), Short(""), Big(0b0010, 1), Big(0, 4)));
    } else if (frame.method == kConsumeOk) {
      heard.ready = true;
    }
    return frame.length;
  }
};

class Rabbit final : public Medium {
 public:
  Rabbit(int port, Clock& clock) : port_(port), clock_(clock) {}

  std::string name() const override { return "RabbitMQ"; }
  int port() const override { return port_; }
  std::unique_ptr<Subscriber> NewSubscriber(size_t) override {
    return std::make_unique<AmqpSubscriber>();
  }

  absl::Status Prepare() override {
    VAKA_RETURN_IF_ERROR(line_.Connect(port_));
    VAKA_RETURN_IF_ERROR(line_.Send({kProtocol, sizeof kProtocol}));
    VAKA_RETURN_IF_ERROR(Await(kChannelOpenOk));
    VAKA_RETURN_IF_ERROR(line_.Send(
        Call(1, kExchangeDeclare,
             absl::StrCat(Big(0, 2), Short("bench"), Short("fanout"), Big(0, 1), Big(0, 4)))));
    VAKA_RETURN_IF_ERROR(Await(kExchangeDeclareOk));
    VAKA_RETURN_IF_ERROR(line_.Send(Call(1, kSelect, Big(0, 1))));
    return Await(kSelectOk);
  }

  absl::StatusOr<Published> Publish() override {
    Published published{.sent = clock_.Steady()};
    VAKA_RETURN_IF_ERROR(Send());
    VAKA_RETURN_IF_ERROR(AwaitAck(sent_));
    published.acknowledged = clock_.Steady();
    return published;
  }

  absl::Status PublishMany(uint64_t messages) override {
    const uint64_t last = sent_ + messages;
    while (sent_ < last) {
      if (sent_ >= acknowledged_ + kWindow) VAKA_RETURN_IF_ERROR(AwaitAck(sent_ - kWindow + 1));
      VAKA_RETURN_IF_ERROR(Send());
    }
    return AwaitAck(last);
  }

 private:
  absl::Status Send() {
    ++sent_;
    const std::string payload = Payload();
    return line_.Send(
        Call(1, kPublish, absl::StrCat(Big(0, 2), Short("bench"), Short(""), Big(0, 1))) +
        Frame(kHeader, 1, absl::StrCat(Big(60, 2), Big(0, 2), Big(payload.size(), 8), Big(0, 2))) +
        Frame(kBody, 1, payload));
  }

  // Until a method comes; opens what is to be opened on the way.
  absl::Status Await(uint32_t method) {
    absl::Status trouble;
    const absl::Status read = line_.Await([&](absl::string_view unread, bool* done) {
      const Read frame = ReadFrame(unread);
      if (frame.length == 0) return frame.length;
      if (frame.method == kAck) acknowledged_ = BigAt(frame.payload, 4, 8);
      trouble = Closed(frame);
      if (const std::string answer = Opening(frame); trouble.ok() && !answer.empty())
        trouble = line_.Send(answer);
      *done = frame.method == method || !trouble.ok();
      return frame.length;
    });
    return read.ok() ? trouble : read;
  }

  absl::Status AwaitAck(uint64_t number) {
    while (acknowledged_ < number) VAKA_RETURN_IF_ERROR(Await(kAck));
    return absl::OkStatus();
  }

  const int port_;
  Clock& clock_;
  PublisherLine line_;
  uint64_t sent_ = 0;
  uint64_t acknowledged_ = 0;  // confirms come in order on one channel, several at once too
};

}  // namespace

std::unique_ptr<Medium> MakeRabbit(int port, Clock& clock) {
  return std::make_unique<Rabbit>(port, clock);
}

}  // namespace vaka::bench
