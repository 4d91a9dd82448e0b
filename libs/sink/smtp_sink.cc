#include "libs/sink/smtp_sink.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace vaka::sink {
namespace {

// "MAIL FROM:<a@b> SIZE=3" → "a@b".
std::string AddressOf(const std::string& line) {
  const size_t open = line.find('<');
  const size_t close = line.find('>', open);
  if (open == std::string::npos || close == std::string::npos) return "";
  return line.substr(open + 1, close - open - 1);
}

}  // namespace

SmtpSink::SmtpSink(SmtpSinkOptions options)
    : options_(std::move(options)),
      listener_([this](Connection& connection) { Serve(connection); }) {}

std::string SmtpSink::url() const { return absl::StrCat("smtp://127.0.0.1:", port()); }

// True: replied, and the exchange goes on. `reply` is the one for going on as usual; empty: none is
// due.
bool SmtpSink::Act(Connection& connection, SmtpStage stage, const std::string& argument,
                   const std::string& reply) {
  return Carry(connection, options_.decide ? options_.decide(stage, argument) : SmtpAction{},
               reply);
}

bool SmtpSink::Carry(Connection& connection, const SmtpAction& action, const std::string& reply) {
  switch (action.kind) {
    case SmtpAction::kHang:
      connection.AwaitClose();
      return false;
    case SmtpAction::kDrop:
      return false;
    case SmtpAction::kReply:
      return connection.Write(action.reply + "\r\n");
    case SmtpAction::kProceed:
      return reply.empty() || connection.Write(reply + "\r\n");
  }
  return false;
}

// As Act; `begun`: the client was told to go ahead.
bool SmtpSink::BeginMessage(Connection& connection, bool* begun) {
  const SmtpAction action = options_.decide ? options_.decide(SmtpStage::kData, "") : SmtpAction{};
  if (action.kind != SmtpAction::kProceed) {
    return Carry(connection, action, "");
  }
  *begun = true;
  return connection.Write("354 go ahead\r\n") && Act(connection, SmtpStage::kBody, "", "");
}

bool SmtpSink::ReadMessage(Connection& connection, CaughtMail& mail) {
  std::string line;
  while (connection.ReadLine(&line)) {
    if (line == ".") {
      if (options_.caught) options_.caught(mail);
      return Act(connection, SmtpStage::kMessage, "", "250 2.0.0 kept");
    }
    absl::StrAppend(&mail.data, !line.empty() && line.front() == '.' ? line.substr(1) : line,
                    "\r\n");
  }
  return false;
}

void SmtpSink::Serve(Connection& connection) {
  if (!Act(connection, SmtpStage::kGreeting, "", "220 sink ESMTP")) return;
  CaughtMail mail;
  std::string line;
  while (connection.ReadLine(&line)) {
    bool ok = true;
    if (absl::StartsWithIgnoreCase(line, "EHLO") || absl::StartsWithIgnoreCase(line, "HELO")) {
      ok = connection.Write("250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN\r\n");
    } else if (absl::StartsWithIgnoreCase(line, "AUTH")) {
      // PLAIN may carry its answer with it; LOGIN asks twice. Whatever comes is right.
      const int asks = absl::StartsWithIgnoreCase(line, "AUTH LOGIN") ? 2
                       : line.find(' ', 5) == std::string::npos       ? 1
                                                                      : 0;
      for (int i = 0; ok && i < asks; ++i) {
        ok = connection.Write("334 \r\n") && connection.ReadLine(&line);
      }
      ok = ok && connection.Write("235 2.7.0 welcome\r\n");
    } else if (absl::StartsWithIgnoreCase(line, "MAIL FROM:")) {
      mail = CaughtMail{AddressOf(line), {}, ""};
      ok = Act(connection, SmtpStage::kSender, mail.from, "250 2.1.0 ok");
    } else if (absl::StartsWithIgnoreCase(line, "RCPT TO:")) {
      mail.to.push_back(AddressOf(line));
      ok = Act(connection, SmtpStage::kRecipient, mail.to.back(), "250 2.1.5 ok");
    } else if (absl::StartsWithIgnoreCase(line, "DATA")) {
      bool begun = false;
      ok = BeginMessage(connection, &begun) && (!begun || ReadMessage(connection, mail));
    } else if (absl::StartsWithIgnoreCase(line, "RSET")) {
      mail = CaughtMail{};
      ok = connection.Write("250 2.0.0 ok\r\n");
    } else if (absl::StartsWithIgnoreCase(line, "QUIT")) {
      connection.Write("221 2.0.0 bye\r\n");
      return;
    } else {
      ok = connection.Write(absl::StartsWithIgnoreCase(line, "NOOP") ? "250 2.0.0 ok\r\n"
                                                                     : "502 5.5.2 what?\r\n");
    }
    if (!ok) return;
  }
}

}  // namespace vaka::sink
