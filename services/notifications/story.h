#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/notifications/state.h"
#include "services/notifications/text.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::notifications {

// What the state holds of one message: everything but the texts that the vault has to open.
struct Draft {
  Story story;
  registry::v1::Sealed words;    // a coordinator's text, if it is one
  registry::v1::Sealed contact;  // the person's; empty when erased
  std::string sender_name;
};

// The alert as it now stands, as version `version` tells it to `person`. A place is named as the
// area it lies in where the category is burglary at home, or the place is an exact address.
// NOT_FOUND: no such alert or version.
absl::StatusOr<Draft> DraftOf(const State& state, const std::string& alert, uint32_t version,
                              const std::string& person, const std::string& area, absl::Time now);

// The story of an alert without a recipient, as a coordinator sees it.
absl::StatusOr<Draft> OverviewOf(const State& state, const std::string& alert, absl::Time now);

}  // namespace vaka::notifications
