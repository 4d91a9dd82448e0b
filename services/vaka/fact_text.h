#pragma once

#include <string>

#include "vaka/event/v1/event.pb.h"

namespace vaka {

// A fact as a line: number, time, what, who, then its content as compact JSON. Sealed bytes are
// left out.
std::string FactLine(const event::v1::Event& event);

// The whole fact as one JSON object. Sealed bytes are left out.
std::string FactJson(const event::v1::Event& event);

// The oneof field's name, e.g. "incident_reported"; empty for a kind that this program does not
// know.
std::string FactName(const event::v1::Event& event);

}  // namespace vaka
