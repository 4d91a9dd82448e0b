// MQTT 3.1.1, quality of service 1 both ways.
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "tests/bench/fanout/medium.h"
#include "tests/bench/fanout/tcp.h"

namespace vaka::bench {
namespace {

constexpr uint8_t kConnect = 0x10, kConnAck = 0x20, kPublishOnce = 0x32, kPubAck = 0x40,
                  kSubscribe = 0x82, kSubAck = 0x90;
constexpr char kTopic[] = "bench";

std::string Number(size_t n) {
  return {static_cast<char>(n >> 8 & 0xff), static_cast<char>(n & 0xff)};
}

std::string Text(absl::string_view text) { return absl::StrCat(Number(text.size()), text); }

std::string Packet(uint8_t type, absl::string_view body) {
  std::string packet(1, static_cast<char>(type));
  size_t left = body.size();
  do {
    const size_t digit = left & 0x7f;
    left >>= 7;
    packet += static_cast<char>(left > 0 ? digit | 0x80 : digit);
  } while (left > 0);
  return absl::StrCat(packet, body);
}

struct Read {
  size_t length = 0;  // 0: not whole
  uint8_t type = 0;
  absl::string_view body;
};

Read ReadPacket(absl::string_view bytes) {
  size_t length = 0;
  for (size_t i = 1, shift = 0; i < bytes.size() && i < 5; ++i, shift += 7) {
    const auto digit = static_cast<uint8_t>(bytes[i]);
    length |= static_cast<size_t>(digit & 0x7f) << shift;
    if ((digit & 0x80) != 0) continue;
    if (bytes.size() < i + 1 + length) break;
    return {i + 1 + length, static_cast<uint8_t>(bytes[0]), bytes.substr(i + 1, length)};
  }
  return {};
}

std::string Connect(const std::string& client) {
  // Clean session, no keep-alive.
  return Packet(kConnect, absl::StrCat(Text("MQTT"), "\x04\x02", Number(0), Text(client)));
}

class MqttSubscriber final : public PieceReader {
 public:
  explicit MqttSubscriber(size_t n) : client_(absl::StrCat("sub-", n)) {}

  std::string Hello() override {
    return Connect(client_) + Packet(kSubscribe, absl::StrCat(Number(1), Text(kTopic), "\x01"));
  }

 private:
  size_t TakePiece(absl::string_view bytes, Heard& heard) override {
    const Read packet = ReadPacket(bytes);
    if (packet.length == 0) return 0;
    if (packet.type == kSubAck) heard.ready = true;
    if ((packet.type & 0xf0) == 0x30) {
      ++heard.messages;
      const size_t topic =
          static_cast<uint8_t>(packet.body[0]) * 256U + static_cast<uint8_t>(packet.body[1]);
      absl::StrAppend(&heard.answer, Packet(kPubAck, packet.body.substr(2 + topic, 2)));
    }
    return packet.length;
  }

  const std::string client_;
};

class Mosquitto final : public Medium {
 public:
  Mosquitto(int port, Clock& clock) : port_(port), clock_(clock) {}

  std::string name() const override { return "Mosquitto QoS 1"; }
  int port() const override { return port_; }
  std::unique_ptr<Subscriber> NewSubscriber(size_t n) override {
    return std::make_unique<MqttSubscriber>(n);
  }

  absl::Status Prepare() override {
    VAKA_RETURN_IF_ERROR(line_.Connect(port_));
    VAKA_RETURN_IF_ERROR(line_.Send(Connect("publisher")));
    return Await(kConnAck);
  }

  absl::StatusOr<Published> Publish() override {
    Published published{.sent = clock_.Steady()};
    VAKA_RETURN_IF_ERROR(Send());
    VAKA_RETURN_IF_ERROR(Await(kPubAck));
    published.acknowledged = clock_.Steady();
    return published;
  }

  absl::Status PublishMany(uint64_t messages) override {
    for (uint64_t i = 0; i < messages + kWindow; ++i) {
      if (i >= kWindow) VAKA_RETURN_IF_ERROR(Await(kPubAck));
      if (i < messages) VAKA_RETURN_IF_ERROR(Send());
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Send() {
    id_ = id_ % 60'000 + 1;
    return line_.Send(Packet(kPublishOnce, absl::StrCat(Text(kTopic), Number(id_), Payload())));
  }

  absl::Status Await(uint8_t type) {
    return line_.Await([type](absl::string_view unread, bool* done) {
      const Read packet = ReadPacket(unread);
      *done = packet.length > 0 && packet.type == type;
      return packet.length;
    });
  }

  const int port_;
  Clock& clock_;
  PublisherLine line_;
  size_t id_ = 0;
};

}  // namespace

std::unique_ptr<Medium> MakeMosquitto(int port, Clock& clock) {
  return std::make_unique<Mosquitto>(port, clock);
}

}  // namespace vaka::bench
