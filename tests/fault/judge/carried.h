#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace vaka::fault {

// The notification's own id ("msg-" and sixteen letters) in a message as a provider gets it; empty
// when there is none.
//
// A mail's stands in its Message-ID header; `data` is headers and body.
std::string MessageOfMail(absl::string_view data);
// An SMS's stands in the recipient's link, ".../l/<kommun><letters><tag>".
std::string MessageOfSms(absl::string_view text);

}  // namespace vaka::fault
