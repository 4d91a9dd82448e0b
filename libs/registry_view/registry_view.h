#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/geo/area_index.h"
#include "vaka/event/v1/event.pb.h"
#include "vaka/registry/v1/state.pb.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka {

// What a contact person covers of one area.
struct Cover {
  uint32_t households = 0;
  std::vector<std::string> addresses;  // stairwells or street numbers

  bool operator==(const Cover&) const = default;
};

struct PersonEntry {
  std::string id;
  registry::v1::Sealed contact;  // empty when erased
  registry::v1::Preferences preferences;
  bool consent = false;
  bool erased = false;
  std::vector<registry::v1::RoleScope> roles;  // that no RoleEnded has ended, as assigned
  std::map<registry::v1::Training, absl::Time> trainings;  // when last attended
  bool driver = false;
  std::map<std::string, Cover> covers;  // by area

  // Whether a role that the person holds at `at` has this kind (and this area, unless empty).
  bool Holds(options::v1::Role role, absl::Time at, absl::string_view area = "") const;
  bool TrainedPatroller() const { return trainings.count(registry::v1::TRAINING_PATROLLER) > 0; }
  uint32_t Households() const;  // in all areas
};

struct AreaEntry {
  registry::v1::Area area;
  registry::v1::AreaStage stage = registry::v1::AREA_STAGE_UNSPECIFIED;
  absl::Time stage_since;
  absl::Time last_follow_up = absl::InfinitePast();
  std::map<std::string, int32_t> material;  // handed out, by item
  std::set<std::string> people;             // ids with a role in this area, contact or not

  uint32_t Households() const;  // of all housing forms
};

// One of an area's contact persons: contact person, lead contact or caretaker.
struct AreaContact {
  const PersonEntry* person = nullptr;
  uint32_t households = 0;
  bool lead = false;
};

// Contact person, lead contact or caretaker: the roles that pass messages on to households.
bool IsContactRole(options::v1::Role role);

// Whether a role's dates hold `at`: from ≤ at < to.
bool HoldsAt(const registry::v1::RoleScope& scope, absl::Time at);

// A name as it is compared: lower case (also å, ä, ö, é), outer spaces dropped, inner ones single.
std::string FoldName(absl::string_view name);

// A fold of the registry's facts: who and what there is in one municipality. Services keep one
// inside their own state. Pure. Apply and Restore need sole access; everything const may be called
// by any number of threads at once. Pointers live until the next Apply or Restore.
class RegistryView {
 public:
  // Takes in the next fact; facts of other services are OK and without effect. NOT_FOUND for an
  // area or person that no fact has named before, and nothing changes.
  absl::Status Apply(const event::v1::Event& event);

  registry::v1::RegistryViewState ToProto() const;
  void Restore(const registry::v1::RegistryViewState& state);

  bool configured() const { return !config_.kommun().empty(); }
  const registry::v1::MunicipalityConfig& config() const { return config_; }
  absl::TimeZone zone() const { return zone_; }  // of the configuration; UTC before there is one

  const registry::v1::District* FindDistrict(absl::string_view id) const;
  const registry::v1::Category* FindCategory(absl::string_view id) const;
  const registry::v1::Agency* FindAgency(absl::string_view id) const;

  const std::map<std::string, AreaEntry>& areas() const { return areas_; }
  const std::map<std::string, PersonEntry>& people() const { return people_; }
  const AreaEntry* FindArea(absl::string_view id) const;      // null: unknown
  const PersonEntry* FindPerson(absl::string_view id) const;  // null: unknown

  // Which of a role's scopes must agree; empty: any.
  struct Scope {
    absl::string_view area;
    absl::string_view district;
    absl::string_view agency;
  };
  // People who hold the role at `at`, each once, by id. Nobody erased.
  std::vector<const PersonEntry*> PeopleWithRole(options::v1::Role role, absl::Time at,
                                                 const Scope& scope) const;
  std::vector<const PersonEntry*> PeopleWithRole(options::v1::Role role, absl::Time at) const {
    return PeopleWithRole(role, at, Scope());
  }

  // The area's contact persons at `at`, each once, by id; none for an unknown area.
  std::vector<AreaContact> ContactsOf(absl::string_view area, absl::Time at) const;

  // The watch area that holds the point (closed areas hold none), or empty.
  std::string AreaAt(const registry::v1::Point& point) const;
  // The district whose centre is nearest, or empty when the municipality has none.
  std::string DistrictNearest(const registry::v1::Point& point) const;
  // The area that has this name, or this as one of its place names, compared by FoldName. Closed
  // areas are left out; a name of several areas gives the first id. Empty: none.
  std::string AreaByPlaceName(absl::string_view name) const;

 private:
  friend class RegistryApplier;

  void SetConfig(const registry::v1::MunicipalityConfig& config);
  void AreasChanged();
  void IndexRoles(const PersonEntry& person);
  void UnindexRoles(const PersonEntry& person);
  struct Places;
  std::shared_ptr<const Places> places() const;

  registry::v1::MunicipalityConfig config_;
  absl::TimeZone zone_ = absl::UTCTimeZone();
  absl::flat_hash_map<std::string, int> districts_, categories_, agencies_;  // place in config_
  std::map<std::string, AreaEntry> areas_;
  std::map<std::string, PersonEntry> people_;
  std::map<options::v1::Role, std::set<std::string>> by_role_;

  // Built by the first reader after areas changed, so that a load of many areas builds it once.
  // Shared: a reader may still hold the one from before.
  mutable absl::Mutex places_mu_;
  mutable std::shared_ptr<const Places> places_ ABSL_GUARDED_BY(places_mu_);
};

}  // namespace vaka
