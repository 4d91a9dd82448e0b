#pragma once

#include <memory>
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
  // over. FAILED_PRECONDITION: refused for good (5xx). UNAVAILABLE: not taken now (4xx, no
  // connection). DEADLINE_EXCEEDED: the server may have taken it; the answer was lost.
  // The message of an error names the server's code and never an address.
  absl::Status Send(const std::string& from, const std::string& to, const std::string& mail);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::curl
