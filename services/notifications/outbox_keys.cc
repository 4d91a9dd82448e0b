#include "services/notifications/outbox_keys.h"

#include "absl/strings/str_cat.h"
#include "services/notifications/effects.h"

namespace vaka::notifications {
namespace {

std::string KeyOf(absl::string_view kommun, absl::string_view rest) {
  return absl::StrCat("{", kommun, "}:", rest);
}

}  // namespace

std::string PlannerKey(absl::string_view kommun) { return KeyOf(kommun, "planner"); }
std::string HeldKey(absl::string_view kommun) { return KeyOf(kommun, "held"); }

std::string OutboxKey(absl::string_view kommun, registry::v1::Channel channel) {
  return KeyOf(kommun, absl::StrCat("outbox:", NameOf(channel)));
}

std::string OnceKey(absl::string_view kommun, absl::string_view name) {
  return KeyOf(kommun, absl::StrCat("once:", name));
}

std::vector<std::string> AllOutboxKeys(absl::string_view kommun) {
  std::vector<std::string> keys;
  const google::protobuf::EnumDescriptor& channels = *registry::v1::Channel_descriptor();
  for (int i = 0; i < channels.value_count(); ++i) {
    const auto channel = static_cast<registry::v1::Channel>(channels.value(i)->number());
    if (channel != registry::v1::CHANNEL_UNSPECIFIED) keys.push_back(OutboxKey(kommun, channel));
  }
  return keys;
}

}  // namespace vaka::notifications
