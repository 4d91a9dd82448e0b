#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vaka::simulate {

// What each step of the way costs, as measured, and what is assumed of people and providers where
// nothing was measured. What each number means, and the command that gives it, stand beside it in
// docs/scale-costs.json, which is built into the program.
struct Costs {
  // Processor time, in microseconds.
  double gateway_request_us = 0;
  double intake_report_us = 0;
  double query_us = 0;
  double gateway_query_us = 0;
  double frame_us = 0;
  double write_us = 0;
  double write_fact_us = 0;
  double fold_fact_us = 0;
  double plan_us = 0;
  double plan_recipient_us = 0;
  double release_us = 0;
  double look_us = 0;
  double send_us = 0;
  double receipt_us = 0;
  // A provider's answer, in milliseconds.
  double sms_ms = 0;
  double mail_ms = 0;

  // How much there is of each.
  double gateway_cores = 0;
  double intake_cores = 0;
  double query_cores = 0;
  double shards = 0;
  double workers = 0;
  double sms_per_second = 0;  // 0: no limit
  double mail_per_second = 0;
  double municipalities_a_cell = 0;

  // People.
  double inhabitants_a_person = 0;
  double people_an_area = 0;
  double sms_share = 0;
  double consent_share = 0;
  double answer_share = 0;
  double answer_minutes = 0;
  double page_share = 0;
  double staff_pages = 0;
  double queries_a_refresh = 0;
  double tries = 0;
  double dispatch_share = 0;
  double stop_minutes = 0;
  double bad_night = 0;
  double tip_share = 0;
  double tip_minutes = 0;
  double tip_severe_share = 0;
  double tip_critical_share = 0;
  double storm_share = 0;
  double storm_minutes = 0;

  bool operator==(const Costs&) const = default;
};

// The costs that are built in.
absl::StatusOr<Costs> BuiltInCosts();

// `base` with what `json` says otherwise: an object of numbers by name, or, as in
// docs/scale-costs.json, of objects with a "value", in groups or not. INVALID_ARGUMENT
// "file: name: problem" for what is no JSON, a name that there is not, and a number that is none or
// below zero.
absl::StatusOr<Costs> ParseCosts(const Costs& base, absl::string_view json, absl::string_view file);

// As ParseCosts, of a file. NOT_FOUND: it cannot be read.
absl::StatusOr<Costs> LoadCosts(const Costs& base, const std::string& path);

}  // namespace vaka::simulate
