#pragma once

#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/dispatch/decide.h"

// What the decisions about shifts have in common. Pure.
namespace vaka::dispatch {

// "out", as the crew says it.
absl::string_view NameOf(v1::ShiftState state);

// The shift in one of these states. NOT_FOUND; FAILED_PRECONDITION names the state that it is in
// and the one it needs.
absl::StatusOr<const v1::ShiftView*> ShiftIn(const State& state, const std::string& id,
                                             std::initializer_list<v1::ShiftState> states);

// PERMISSION_DENIED unless `who` is of the crew or leads.
absl::Status CheckCrew(const v1::ShiftView& shift, const Who& who);

std::string AggregateOf(const v1::ShiftView& shift);  // "shift:<id>"

// One fact about a shift, resting on it.
fold::Decision AboutShift(const v1::ShiftView& shift, event::v1::Event event);

}  // namespace vaka::dispatch
