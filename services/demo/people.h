#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/demo/town.h"
#include "vaka/options/v1/options.pb.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::demo {

// One made-up person with one role. Phone numbers are from the ranges that are set aside for
// fiction.
struct DemoPerson {
  std::string id;
  registry::v1::Contact contact;
  options::v1::Role role = options::v1::ROLE_UNSPECIFIED;
  std::string area;
  std::string district;
  std::string agency;
  uint32_t households = 0;  // covered, for contact persons
  bool consent = true;
  bool english = false;
  bool prefers_sms = false;
  bool driver = false;  // patrollers
};

// About 300 contact persons (two in large areas, some areas without), caretakers of rented blocks,
// 30 patrollers, and the functions of police, municipality, housing company, fire brigade. The same
// seed gives the same people.
std::vector<DemoPerson> MakePeople(const Town& town, uint64_t seed);

// The people as the import reads them.
std::string PeopleCsv(const std::vector<DemoPerson>& people);

}  // namespace vaka::demo
