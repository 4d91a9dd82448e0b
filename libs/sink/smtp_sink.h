#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/sink/listener.h"

namespace vaka::sink {

struct CaughtMail {
  std::string from;
  std::vector<std::string> to;
  std::string data;  // headers and body, dots unstuffed, CRLF line ends
};

// Points of the exchange at which a sink can be told to misbehave.
enum class SmtpStage {
  kGreeting,
  kSender,     // MAIL
  kRecipient,  // RCPT
  kData,       // before the 354
  kBody,       // after the 354, before the first line is read; a reply here breaks the protocol
  kMessage,    // the whole message was read
};

struct SmtpAction {
  enum Kind { kProceed, kReply, kHang, kDrop };
  Kind kind = kProceed;
  std::string reply;  // with kReply: "451 try later"
};

struct SmtpSinkOptions {
  uint16_t port = 0;  // 0: a free one
  // Once per message, after DATA and before the reply; from many threads. May be empty.
  std::function<void(const CaughtMail&)> caught = {};
  // What to do at a stage; `argument` is the address at kSender and kRecipient. It may block, as a
  // slow server would. Empty: always proceed.
  std::function<SmtpAction(SmtpStage stage, const std::string& argument)> decide = {};
};

// A mail server on loopback that accepts everything, delivers nothing and shows each message to a
// callback: where the demo's and the tests' mail ends. Speaks EHLO, AUTH PLAIN and LOGIN (any
// password), MAIL, RCPT, DATA, RSET, NOOP, QUIT.
class SmtpSink {
 public:
  explicit SmtpSink(SmtpSinkOptions options);

  // UNAVAILABLE: the port is taken.
  absl::Status Start() { return listener_.Start(options_.port); }
  void Stop() { listener_.Stop(); }
  uint16_t port() const { return listener_.port(); }
  std::string url() const;  // "smtp://127.0.0.1:port"

 private:
  void Serve(Connection& connection);
  bool Act(Connection& connection, SmtpStage stage, const std::string& argument,
           const std::string& reply);
  static bool Carry(Connection& connection, const SmtpAction& action, const std::string& reply);
  bool BeginMessage(Connection& connection, bool* begun);
  bool ReadMessage(Connection& connection, CaughtMail& mail);

  const SmtpSinkOptions options_;
  Listener listener_;
};

}  // namespace vaka::sink
