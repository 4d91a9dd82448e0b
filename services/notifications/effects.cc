#include "services/notifications/effects.h"

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"

namespace vaka::notifications {

using registry::v1::Channel;

absl::string_view NameOf(Channel channel) {
  switch (channel) {
    case registry::v1::CHANNEL_SMS:
      return "sms";
    case registry::v1::CHANNEL_EMAIL:
      return "email";
    case registry::v1::CHANNEL_WEBHOOK:
      return "webhook";
    case registry::v1::CHANNEL_INBOX:
      return "inbox";
    default:
      return "none";
  }
}

std::string MessageId(absl::string_view kommun, absl::string_view alert, uint32_t version,
                      absl::string_view person, Channel channel) {
  return DeriveId("msg", kommun,
                  absl::StrCat(alert, "/", version, "/", person, "/", static_cast<int>(channel)));
}

}  // namespace vaka::notifications
