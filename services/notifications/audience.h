#pragma once

#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "libs/registry_view/registry_view.h"
#include "services/notifications/policy.h"
#include "vaka/notifications/v1/types.pb.h"

namespace vaka::notifications {

// Whom an alert concerns at a moment, each once, in order of ids: contact persons, lead contacts
// and caretakers of its areas; without an area, those of its district's areas; and people of its
// agencies who take webhooks. Who of them is told is the policy's to say.
//
// They are found as they are asked for: the first ones of a million cost no more than those of ten.
// Not thread-safe. The registry outlives it and does not change meanwhile.
class Audience final {
 public:
  // Of those whose ids come after `after`.
  Audience(const Alert& alert, const RegistryView& registry, absl::Time at,
           absl::string_view after = "");
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;

  struct Member {
    std::string person;
    std::string area;  // the first of the alert's that makes them one; empty: an agency does
    const PersonEntry* entry = nullptr;  // never null
  };
  std::optional<Member> Next();

 private:
  // People by id, of an area or (the last of sources_) of the agencies.
  struct Source {
    std::string area;
    std::set<std::string>::const_iterator next, end;
  };
  bool Belongs(const PersonEntry& person, const std::string& area) const;
  const PersonEntry& EntryOf(const std::string& person);
  void Push(size_t source);

  const RegistryView& registry_;
  const absl::Time at_;
  std::map<std::string, PersonEntry>::const_iterator near_;  // whom EntryOf found last
  std::set<std::string> subscribers_;
  std::vector<Source> sources_;
  // The next of each source that has one, by id and then in the order of sources.
  using Head = std::pair<absl::string_view, size_t>;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
};

// All of an audience as recipients.
std::vector<Recipient> AudienceOf(const Alert& alert, const RegistryView& registry, absl::Time at);

// One person as a recipient, with what the registry says of them now; an erased or unknown person
// comes as erased.
Recipient RecipientOf(const std::string& person, const std::string& area,
                      const RegistryView& registry);
Recipient RecipientOf(const Audience::Member& member);

// Agencies of which somebody takes webhooks, sorted.
std::vector<std::string> SubscribedAgencies(const RegistryView& registry, absl::Time at);

}  // namespace vaka::notifications
