#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace vaka::est {

// A google.protobuf.Timestamp that may be unset.
struct ScannedTime {
  bool set = false;
  int64_t seconds = 0;
  int32_t nanos = 0;
};

// What est counts of a reported or corrected incident. Views are of the bytes that were scanned.
struct ScannedReport {
  absl::string_view kommun;
  bool corrected = false;
  absl::string_view id;
  absl::string_view category;
  absl::string_view district;
  absl::string_view source_agency;
  bool insecurity = false;
  ScannedTime observed_from;
  ScannedTime observed_to;
  ScannedTime reported_at;
};

// Reads these parts of an encoded event.v1.Event without building one: no message, no text is
// made. True: the bytes decode as an Event, it is an IncidentReported or IncidentCorrected, and
// `report` says what the decoded Event would. False, and `report` is not to be used: anything else,
// and anything out of the ordinary, which is left to the decoder: a field that this program does
// not know, one that comes twice, and whatever is damaged.
//
// The fields and their kinds are taken from the proto's descriptors, all of them looked at down to
// the last, so that what is taken here is never refused there. What est counts of a report besides
// belongs here as well as in State::Apply. `has_id` is called with the incident's id as soon as it
// is read, also where what follows turns out to be damaged; not where there is none. Thread-safe.
bool ScanReport(absl::string_view bytes, ScannedReport& report,
                absl::FunctionRef<void(absl::string_view)> has_id);

}  // namespace vaka::est
