#pragma once

#include <vector>

#include "absl/status/status.h"
#include "services/intake/intake.h"
#include "services/intake/state.h"
#include "vaka/intake/v1/intake_service.pb.h"

namespace vaka::intake {

// A text of the page that the caller may read, still sealed.
struct SealedText {
  int view = 0;  // place in ListResponse.incidents
  registry::v1::Sealed sealed;
};

// Whether the caller sees an incident at all. Its own agency, coordinator, analyst and system see
// every one; OWN_AGENCY is for nobody else, EST_NETWORK for the functions that meet every week.
bool MaySee(const Record& record, const State& state, const Caller& caller);

// Fills a page of incidents, newest observed first, and `next`. Filters are combined; times are
// [observed_from, observed_to). No view holds a sealed text: those the caller may read come in
// `texts`, to be opened after the state was let go. A home burglary's point and place name become
// its area's (or district's) for everybody below police and coordinator. NOT_FOUND: `before` is no
// incident; INVALID_ARGUMENT: a limit above 5000. Looks at each incident newer than the page's last
// once: 100 000 take about a millisecond.
absl::Status ListIncidents(const State& state, const v1::ListRequest& request, const Caller& caller,
                           v1::ListResponse* response, std::vector<SealedText>* texts);

}  // namespace vaka::intake
