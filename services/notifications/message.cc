#include "services/notifications/message.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "services/notifications/audience.h"
#include "services/notifications/gsm7.h"
#include "services/notifications/policy.h"
#include "services/notifications/text.h"

namespace vaka::notifications {
namespace {
constexpr uint32_t kUsualSeverity = 3;
constexpr uint32_t kMostSevere = 5;
}  // namespace

absl::StatusOr<Alert> AlertOf(const Message& message, const RegistryView& registry) {
  std::set<std::string> areas;
  for (const std::string& id : message.areas()) {
    if (registry.FindArea(id) == nullptr) {
      return FieldError("message.areas", absl::StrCat("no area ", id));
    }
    areas.insert(id);
  }
  for (const std::string& id : message.districts()) {
    if (registry.FindDistrict(id) == nullptr) {
      return FieldError("message.districts", absl::StrCat("no district ", id));
    }
    for (const auto& [area, entry] : registry.areas()) {
      if (entry.area.district() == id) areas.insert(area);
    }
  }
  if (areas.empty()) return FieldError("message.areas", "give at least one area or district");
  if (message.severity() > kMostSevere) {
    return FieldError("message.severity",
                      absl::StrCat(message.severity(), " given, 1 to 5 allowed"));
  }
  Alert alert;
  alert.set_kind(ALERT_KIND_MESSAGE);
  for (const std::string& area : areas) alert.add_areas(area);
  if (message.districts_size() == 1) alert.set_district(message.districts(0));
  alert.set_category(message.category());
  alert.set_severity(message.severity() == 0 ? kUsualSeverity : message.severity());
  return alert;
}

PreviewMessageResponse PreviewOf(const State& state, const Alert& alert, const std::string& words,
                                 const std::string& link, const std::string& id, absl::Time now) {
  Story story;
  story.form = Story::Form::kMessage;
  story.sender = state.registry().config().sender();
  story.role = RoleText(options::v1::ROLE_CONTACT_PERSON, story.language);
  if (const AreaEntry* area = state.registry().FindArea(alert.areas(0))) {
    story.area = area->area.name();
  }
  story.words = words;
  const Texts texts = Write(story, link, id);
  PreviewMessageResponse preview;
  preview.set_sms_text(texts.sms);
  preview.set_email_subject(texts.title);
  preview.set_email_text(texts.plain);
  Occasion occasion;
  occasion.kind = ALERT_KIND_MESSAGE;
  occasion.severity = alert.severity();
  occasion.not_before = absl::InfinitePast();
  for (const Recipient& recipient : AudienceOf(alert, state.registry(), now)) {
    preview.set_recipients(preview.recipients() + 1);
    const Plan plan = PlanFor(recipient, occasion, state.rules(), state.registry().zone(), now);
    if (plan.state == DELIVERY_STATE_SUPPRESSED) {
      preview.set_suppressed(preview.suppressed() + 1);
    } else if (plan.channel == registry::v1::CHANNEL_SMS) {
      preview.set_sms(preview.sms() + 1);
      preview.set_sms_parts(preview.sms_parts() + static_cast<uint32_t>(SmsParts(texts.sms)));
    } else if (plan.channel == registry::v1::CHANNEL_EMAIL) {
      preview.set_emails(preview.emails() + 1);
    }
  }
  return preview;
}

}  // namespace vaka::notifications
