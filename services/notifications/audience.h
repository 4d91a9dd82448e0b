#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/registry_view/registry_view.h"
#include "services/notifications/policy.h"
#include "vaka/notifications/v1/types.pb.h"

namespace vaka::notifications {

// Whom an alert concerns at `at`, each once, by id: contact persons, lead contacts and caretakers
// of its areas; without an area, those of its district's areas; and people of its agencies who take
// webhooks. Who of them is told is the policy's to say. `reporters`: people who wrote it.
std::vector<Recipient> AudienceOf(const Alert& alert, const std::set<std::string>& reporters,
                                  const RegistryView& registry, absl::Time at);

// One person as a recipient, with what the registry says of them now; an erased or unknown person
// comes as erased.
Recipient RecipientOf(const std::string& person, const std::string& area,
                      const RegistryView& registry);

// Agencies of which somebody takes webhooks, sorted.
std::vector<std::string> SubscribedAgencies(const RegistryView& registry, absl::Time at);

}  // namespace vaka::notifications
