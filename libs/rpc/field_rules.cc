#include "libs/rpc/field_rules.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace vaka::rpc {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

struct FieldRules::Item {
  const FieldDescriptor* field = nullptr;
  options::v1::FieldRule rule;
  const Plan* nested = nullptr;  // of the field's message type; null: nothing to check below
};

// What to look at in one message type; fields without rules on or below them are left out.
struct FieldRules::Plan {
  std::vector<Item> items;
  bool complete = false;
};

// Where a field is, told from the innermost outwards: most messages are right, and then nobody
// asks.
struct FieldRules::Path {
  const Path* above = nullptr;
  const FieldDescriptor* field = nullptr;
  int index = -1;  // of a repeated field's element

  std::string Text() const {
    return absl::StrCat(above == nullptr ? "" : absl::StrCat(above->Text(), "."), field->name(),
                        index < 0 ? "" : absl::StrCat("[", index, "]"));
  }
};

namespace {

// Not empty, not zero, not unspecified.
bool IsSet(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  if (field->is_repeated()) return reflection->FieldSize(message, field) > 0;
  // Without presence HasField says "not the default", which is what `required` means.
  if (!reflection->HasField(message, field)) return false;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    return !reflection->GetString(message, field).empty();
  }
  return true;
}

}  // namespace

FieldRules::FieldRules(const std::vector<const Descriptor*>& types) {
  for (const Descriptor* type : types) Learn(type);
}

FieldRules::~FieldRules() = default;

const FieldRules::Plan* FieldRules::Learn(const Descriptor* type) {
  auto [it, fresh] = plans_.try_emplace(type, nullptr);
  if (!fresh) return it->second.get();
  it->second = std::make_unique<Plan>();
  Plan* plan = it->second.get();
  for (int i = 0; i < type->field_count(); ++i) {
    Item item;
    item.field = type->field(i);
    item.rule = item.field->options().GetExtension(options::v1::rule);
    if (item.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const Plan* nested = Learn(item.field->message_type());
      // A plan that is not complete yet is that of a type that holds itself.
      if (!nested->complete || !nested->items.empty()) item.nested = nested;
    }
    const bool has_rule =
        item.rule.required() || item.rule.max_length() > 0 || item.rule.max_items() > 0;
    if (has_rule || item.nested != nullptr) plan->items.push_back(std::move(item));
  }
  plan->complete = true;
  return plan;
}

absl::Status FieldRules::Check(const Message& message) const {
  const auto it = plans_.find(message.GetDescriptor());
  return it == plans_.end() ? absl::OkStatus() : CheckPlan(*it->second, message, nullptr);
}

absl::Status FieldRules::CheckPlan(const Plan& plan, const Message& message, const Path* above) {
  for (const Item& item : plan.items) VAKA_RETURN_IF_ERROR(CheckItem(item, message, above));
  return absl::OkStatus();
}

absl::Status FieldRules::CheckItem(const Item& item, const Message& message, const Path* above) {
  const Reflection* reflection = message.GetReflection();
  Path path{above, item.field};
  if (item.rule.required() && !IsSet(message, item.field)) {
    return FieldError(path.Text(), "required, but not given");
  }
  if (item.rule.max_length() > 0) VAKA_RETURN_IF_ERROR(CheckLength(item, message, path));
  if (!item.field->is_repeated()) {
    if (item.nested == nullptr || !reflection->HasField(message, item.field)) {
      return absl::OkStatus();
    }
    return CheckPlan(*item.nested, reflection->GetMessage(message, item.field), &path);
  }
  const int size = reflection->FieldSize(message, item.field);
  if (item.rule.max_items() > 0 && static_cast<uint32_t>(size) > item.rule.max_items()) {
    return FieldError(path.Text(), absl::StrCat(size, " items given, at most ",
                                                item.rule.max_items(), " allowed"));
  }
  for (int i = 0; item.nested != nullptr && i < size; ++i) {
    path.index = i;
    VAKA_RETURN_IF_ERROR(
        CheckPlan(*item.nested, reflection->GetRepeatedMessage(message, item.field, i), &path));
  }
  return absl::OkStatus();
}

absl::Status FieldRules::CheckLength(const Item& item, const Message& message, Path path) {
  const Reflection* reflection = message.GetReflection();
  if (item.field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return absl::OkStatus();
  const auto check = [&](size_t length) {
    if (length <= item.rule.max_length()) return absl::OkStatus();
    return FieldError(path.Text(), absl::StrCat(length, " bytes given, at most ",
                                                item.rule.max_length(), " allowed"));
  };
  std::string scratch;
  if (!item.field->is_repeated()) {
    return check(reflection->GetStringReference(message, item.field, &scratch).size());
  }
  for (int i = 0; i < reflection->FieldSize(message, item.field); ++i) {
    path.index = i;
    VAKA_RETURN_IF_ERROR(
        check(reflection->GetRepeatedStringReference(message, item.field, i, &scratch).size()));
  }
  return absl::OkStatus();
}

}  // namespace vaka::rpc
