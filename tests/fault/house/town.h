#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "vaka/intake/v1/intake_service.pb.h"

namespace vaka::fault {

class Caller;

// A small municipality (Botkyrka's configuration, 0127) made over the public API: areas that are
// squares side by side, in each the same contact persons, and crews of two. Nobody has quiet hours
// and alerts of an area are not grouped, so what a report leads to does not depend on the hour.
struct TownOptions {
  int areas = 4;
  int crews = 2;
  uint32_t group_seconds = 0;
};

// In each area: mail alone, SMS alone, mail before SMS, SMS before mail, mail from severity 5 on
// and SMS below, and one without consent.
class Town final {
 public:
  explicit Town(TownOptions options = {});

  // Configures the municipality and registers everything; the caller's commands, so recorded.
  absl::Status Build(Caller& caller, absl::Time now) const;

  int areas() const { return options_.areas; }
  std::string area(int index) const;
  std::vector<std::string> contacts(int area) const;  // ids, in the order above
  std::string driver(int crew) const;
  std::string mate(int crew) const;

  static std::string MailOf(const std::string& person);
  std::string PhoneOf(const std::string& person) const;
  // Whose mail or number it is; empty: nobody's.
  std::string PersonOf(const std::string& recipient) const;

  // A report in the middle of an area. From severity 3 on it alerts at once.
  intake::v1::Submission ReportIn(int area, uint32_t severity, uint64_t variant) const;

  // Every name, address and number that stands in what Build registers: none of it may be seen in a
  // log, sealed or not.
  std::vector<std::string> Personal() const;

 private:
  // By their telephone number's place; empty where nobody has it.
  std::vector<std::string> people() const;
  absl::Status BuildArea(Caller& caller, int index) const;
  absl::Status BuildContact(Caller& caller, const std::string& area, const std::string& person,
                            size_t kind) const;
  absl::Status BuildCrew(Caller& caller, int index) const;
  absl::Status Register(Caller& caller, const std::string& person,
                        const std::vector<registry::v1::ChannelChoice>& channels,
                        bool consent) const;

  const TownOptions options_;
};

}  // namespace vaka::fault
