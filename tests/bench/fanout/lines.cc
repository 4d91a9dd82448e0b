// NATS core and Redis Pub/Sub: protocols of lines.
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/status.h"
#include "tests/bench/fanout/medium.h"
#include "tests/bench/fanout/tcp.h"

namespace vaka::bench {
namespace {

constexpr absl::string_view kEnd = "\r\n";
constexpr char kNatsHello[] = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";

// The length of a line with its end; 0: it is not whole.
size_t LineLength(absl::string_view bytes) {
  const size_t end = bytes.find(kEnd);
  return end == absl::string_view::npos ? 0 : end + kEnd.size();
}

class NatsSubscriber final : public PieceReader {
 public:
  std::string Hello() override { return absl::StrCat(kNatsHello, "SUB bench 1\r\nPING\r\n"); }

 private:
  size_t TakePiece(absl::string_view bytes, Heard& heard) override {
    const size_t length = LineLength(bytes);
    if (length == 0) return 0;
    const absl::string_view line = bytes.substr(0, length - kEnd.size());
    if (absl::StartsWith(line, "MSG ")) {
      size_t payload = 0;
      if (!absl::SimpleAtoi(line.substr(line.rfind(' ') + 1), &payload))
        heard.trouble = absl::InternalError("NATS: a message without a length");
      if (bytes.size() < length + payload + kEnd.size()) return 0;
      ++heard.messages;
      return length + payload + kEnd.size();
    }
    if (line == "PING") absl::StrAppend(&heard.answer, "PONG\r\n");
    if (line == "PONG") heard.ready = true;
    if (absl::StartsWith(line, "-ERR")) heard.trouble = absl::InternalError(line);
    return length;
  }
};

class RedisSubscriber final : public PieceReader {
 public:
  std::string Hello() override { return "*2\r\n$9\r\nSUBSCRIBE\r\n$5\r\nbench\r\n"; }

 private:
  // "*3", "$7", "message", "$5", "bench", "$300", payload; or "*3", "$9", "subscribe", …, ":1".
  size_t TakePiece(absl::string_view bytes, Heard& heard) override {
    const absl::string_view message = "*3\r\n$7\r\nmessage\r\n$5\r\nbench\r\n$";
    if (!absl::StartsWith(bytes, message.substr(0, bytes.size()))) {
      const absl::string_view subscribed = "*3\r\n$9\r\nsubscribe\r\n$5\r\nbench\r\n:1\r\n";
      if (bytes.size() < subscribed.size()) return 0;
      if (!absl::StartsWith(bytes, subscribed))
        heard.trouble = absl::InternalError(absl::StrCat("Redis: ", bytes.substr(0, 80)));
      heard.ready = true;
      return subscribed.size();
    }
    if (bytes.size() < message.size()) return 0;
    const size_t line = LineLength(bytes.substr(message.size()));
    if (line == 0) return 0;
    size_t payload = 0;
    if (!absl::SimpleAtoi(bytes.substr(message.size(), line - kEnd.size()), &payload))
      heard.trouble = absl::InternalError("Redis: a message without a length");
    const size_t length = message.size() + line + payload + kEnd.size();
    if (bytes.size() < length) return 0;
    ++heard.messages;
    return length;
  }
};

// A publisher that sends lines and counts those that answer.
class LineMedium : public Medium {
 public:
  LineMedium(int port, Clock& clock) : port_(port), clock_(clock) {}

  int port() const override { return port_; }

  absl::Status Prepare() override { return line_.Connect(port_); }

  absl::StatusOr<Published> Publish() override {
    Published published{.sent = clock_.Steady()};
    VAKA_RETURN_IF_ERROR(line_.Send(command_ + question_));
    VAKA_RETURN_IF_ERROR(Await());
    published.acknowledged = clock_.Steady();
    return published;
  }

  absl::Status PublishMany(uint64_t messages) override {
    for (uint64_t i = 0; i < messages + kWindow; ++i) {
      if (i >= kWindow) VAKA_RETURN_IF_ERROR(Await());
      if (i < messages) VAKA_RETURN_IF_ERROR(line_.Send(command_ + question_));
    }
    return absl::OkStatus();
  }

 protected:
  virtual bool Answers(absl::string_view line) const = 0;

  std::string command_;
  std::string question_;  // what is answered where the command is not

 private:
  absl::Status Await() {
    return line_.Await([this](absl::string_view unread, bool* done) {
      const size_t length = LineLength(unread);
      *done = length > 0 && Answers(unread.substr(0, length - kEnd.size()));
      return length;
    });
  }

  const int port_;
  Clock& clock_;
  PublisherLine line_;
};

class Nats final : public LineMedium {
 public:
  Nats(int port, Clock& clock) : LineMedium(port, clock) {
    command_ = absl::StrCat("PUB bench ", Payload().size(), "\r\n", Payload(), "\r\n");
    question_ = "PING\r\n";
  }
  std::string name() const override { return "NATS core"; }
  std::unique_ptr<Subscriber> NewSubscriber(size_t) override {
    return std::make_unique<NatsSubscriber>();
  }

 private:
  bool Answers(absl::string_view line) const override { return line == "PONG"; }
};

class RedisPubSub final : public LineMedium {
 public:
  RedisPubSub(int port, Clock& clock) : LineMedium(port, clock) {
    command_ = absl::StrCat("*3\r\n$7\r\nPUBLISH\r\n$5\r\nbench\r\n$", Payload().size(), "\r\n",
                            Payload(), "\r\n");
  }
  std::string name() const override { return "Redis Pub/Sub"; }
  std::unique_ptr<Subscriber> NewSubscriber(size_t) override {
    return std::make_unique<RedisSubscriber>();
  }

 private:
  bool Answers(absl::string_view line) const override { return absl::StartsWith(line, ":"); }
};

}  // namespace

std::string Payload() { return std::string(600, 'x'); }

std::unique_ptr<Medium> MakeNats(int port, Clock& clock) {
  return std::make_unique<Nats>(port, clock);
}

std::unique_ptr<Medium> MakeRedis(int port, Clock& clock) {
  return std::make_unique<RedisPubSub>(port, clock);
}

}  // namespace vaka::bench
