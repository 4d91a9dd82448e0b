#include "services/demo/phones.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "libs/sink/mail.h"

namespace vaka::demo {
namespace {

constexpr size_t kShownPeople = 9;
constexpr size_t kKeptMessages = 20;

// The first link of a text that leads to a message's page.
std::string LinkIn(const std::string& text) {
  const size_t path = text.find("/l/");
  if (path == std::string::npos) return "";
  const size_t begin = text.rfind("http", path);
  if (begin == std::string::npos) return "";
  const size_t end = text.find_first_of(" \r\n\t<>\"", path);
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

}  // namespace

Phones::Phones(const std::vector<DemoPerson>& people, const Town& town) {
  std::map<std::string, std::string> names;
  for (const DemoArea& area : town.areas) names[area.area.id()] = area.area.name();
  for (const DemoPerson& person : people) {
    const Owner owner = {person.id, person.contact.name(), names[person.area]};
    owners_[person.contact.phone()] = owner;
    owners_[person.contact.email()] = owner;
  }
}

void Phones::Caught(const sink::CaughtSms& sms, absl::Time at) {
  gateway::v1::CaughtMessage message;
  message.set_channel("sms");
  message.set_from(sms.from);
  message.set_text(sms.message);
  message.set_link(LinkIn(sms.message));
  Keep(sms.to, std::move(message), at);
}

void Phones::Caught(const sink::CaughtMail& mail, absl::Time at) {
  const sink::Mail read = sink::ParseMail(mail.data);
  gateway::v1::CaughtMessage message;
  message.set_channel("email");
  const auto header = [&](const char* name) {
    const auto found = read.headers.find(name);
    return found == read.headers.end() ? std::string() : found->second;
  };
  message.set_from(header("from"));
  message.set_subject(header("subject"));
  message.set_text(read.plain);
  message.set_link(LinkIn(read.plain));
  for (const std::string& to : mail.to) Keep(to, message, at);
}

void Phones::Keep(const std::string& address, gateway::v1::CaughtMessage message, absl::Time at) {
  *message.mutable_at() = ToProto(at);
  const auto owner = owners_.find(address);
  absl::MutexLock lock(&mu_);
  ++caught_;
  if (owner == owners_.end()) return;
  known_[owner->second.person] = owner->second;
  Inbox& inbox = inboxes_[owner->second.person];
  inbox.last = at;
  inbox.messages.push_front(std::move(message));
  if (inbox.messages.size() > kKeptMessages) inbox.messages.pop_back();
}

gateway::v1::PhonesResponse Phones::Show() const {
  absl::MutexLock lock(&mu_);
  std::vector<const std::pair<const std::string, Inbox>*> order;
  for (const auto& entry : inboxes_) order.push_back(&entry);
  std::sort(order.begin(), order.end(),
            [](const auto* a, const auto* b) { return a->second.last > b->second.last; });
  gateway::v1::PhonesResponse response;
  response.set_caught(caught_);
  for (size_t i = 0; i < std::min(order.size(), kShownPeople); ++i) {
    const Owner& owner = known_.at(order[i]->first);
    gateway::v1::Phone* phone = response.add_phones();
    phone->set_person(owner.person);
    phone->set_name(owner.name);
    phone->set_area(owner.area);
    for (const auto& message : order[i]->second.messages) *phone->add_messages() = message;
  }
  return response;
}

}  // namespace vaka::demo
