#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace vaka::notifications {

struct MailParts {
  std::string from_name;
  std::string from;  // address
  std::string to;    // address
  std::string subject;
  std::string plain;
  std::string html;
  std::string message;  // our message id; a repeat has the same Message-ID
  std::string link;     // where to unsubscribe
  absl::Time date;
};

// The whole message as it goes over SMTP: multipart/alternative, UTF-8, CRLF. No value can begin a
// header of its own.
std::string MimeOf(const MailParts& mail);

// Whether an address can be put into SMTP and headers: one @, no space, control or angle.
bool IsMailAddress(absl::string_view address);

}  // namespace vaka::notifications
