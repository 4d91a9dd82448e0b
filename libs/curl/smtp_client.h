#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace vaka::curl {

struct SmtpOptions {
  std::string url = {};   // "smtp://host:587" or "smtps://host:465"
  std::string user = {};  // no authentication when empty
  std::string password = {};
  bool require_tls = false;                    // STARTTLS or nothing
  absl::Duration timeout = absl::Seconds(15);  // for one message
};

// Hands messages to one mail server over libcurl and keeps the connection. Belongs to one thread.
class SmtpClient {
 public:
  explicit SmtpClient(SmtpOptions options);
  ~SmtpClient();

  // `mail`: the whole message with its headers, lines ended by CRLF. OK: the server has taken it
  // over. What else becomes of it:
  //   FAILED_PRECONDITION  this recipient or message is refused for good (5xx)
  //   ABORTED              this recipient or message is refused for now (4xx)
  //   UNAVAILABLE          the server is away, or takes nobody's: no connection, no TLS, a refusal
  //                        before the recipient was named, 421
  //   DEADLINE_EXCEEDED    the whole message went out and no answer came: it may have been taken
  //   CANCELLED            `stop` was requested, within about two seconds: it may have been taken
  // The message of an error names the server's code and never an address.
  absl::Status Send(const std::string& from, const std::string& to, const std::string& mail,
                    std::stop_token stop = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::curl
