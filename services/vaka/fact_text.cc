#include "services/vaka/fact_text.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "libs/base/time.h"

namespace vaka {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

const FieldDescriptor* FactField(const event::v1::Event& event) {
  return event.GetReflection()->GetOneofFieldDescriptor(
      event, event.GetDescriptor()->FindOneofByName("fact"));
}

// Clears every field whose rule says that it is sealed, however deep.
void ClearSealed(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->options().GetExtension(options::v1::rule).sealed()) {
      reflection.ClearField(&message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i)
        ClearSealed(*reflection.MutableRepeatedMessage(&message, field, i));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      ClearSealed(*reflection.MutableMessage(&message, field));
    }
  }
}

std::string Json(const Message& message) {
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json).ok()) return "{}";
  return json;
}

}  // namespace

std::string FactName(const event::v1::Event& event) {
  const FieldDescriptor* field = FactField(event);
  return field == nullptr ? "" : field->name();
}

std::string FactJson(const event::v1::Event& event) {
  event::v1::Event shown = event;
  ClearSealed(shown);
  return Json(shown);
}

std::string FactLine(const event::v1::Event& event) {
  event::v1::Event shown = event;
  ClearSealed(shown);
  const FieldDescriptor* field = FactField(shown);
  std::string role = absl::AsciiStrToLower(options::v1::Role_Name(shown.actor().role()));
  absl::string_view who = role;
  absl::ConsumePrefix(&who, "role_");
  return absl::StrFormat(
      "%6d  %s  %-24s  %s%s%s  %s", shown.seq(),
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", FromProto(shown.recorded_at()), absl::UTCTimeZone()),
      field == nullptr ? "(unknown kind)" : field->name(), who,
      shown.actor().agency().empty() ? "" : "@", shown.actor().agency(),
      field == nullptr ? "" : Json(shown.GetReflection()->GetMessage(shown, field)));
}

}  // namespace vaka
