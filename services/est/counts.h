#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "libs/base/week.h"
#include "services/est/texts.h"
#include "services/est/zoned_weeks.h"
#include "vaka/est/v1/state.pb.h"
#include "vaka/intake/v1/types.pb.h"

namespace vaka::est {

// Weeks as consecutive numbers: 0 is the ISO week of Monday 1970-01-05.
int WeekNumber(IsoWeek week);
IsoWeek WeekOfNumber(int number);

// One agency's part of a cell.
struct AgencyTally {
  absl::string_view agency;
  int count = 0;
};

// A cell with something in it.
struct CellTally {
  absl::string_view district;  // empty: known for the municipality only
  absl::string_view category;
  int count = 0;
  int insecurity = 0;                 // events of these that were reported as creating insecurity
  std::vector<AgencyTally> agencies;  // sorted
};

// A report as it is counted.
struct CountedReport {
  Texts::Sought id;  // by Seek
  absl::string_view category;
  absl::string_view district;
  absl::string_view agency;
  int64_t observed = 0;  // the middle of the time, seconds since 1970
  int64_t reported = 0;
  bool insecurity = false;
};

// The middle of a time, seconds since 1970. REQUIRES: times as CheckFact takes.
int64_t MiddleOf(absl::Time from, absl::Time to);

// A cell whose count may have changed.
struct TouchedCount {
  int week = 0;
  absl::string_view district;
  absl::string_view category;
};

// How many events there were, per district × category × week × agency, kept up fact by fact.
//
// What is counted: an event once, however many reports there are of it. Linked reports count where
// the report that stands for them says; when that one is withdrawn, where the first that is left
// says. A withdrawn report counts nowhere, a corrected one where it now says. The week is that of
// the middle of the time observed, in the municipality's zone. An agency's own figures and a
// debrief's items are added to the events.
//
// Each operation costs the same whatever the history. Texts that are given back live as long as
// this object. Not thread-safe.
class Counts {
 public:
  Counts() = default;

  // Moves every event to its week in another zone.
  void SetZone(absl::TimeZone zone);
  absl::TimeZone zone() const { return zoned_weeks_.zone(); }

  // An incident that Report will soon be told of; lives as long as `id`.
  Texts::Sought Seek(absl::string_view id) const { return ids_.Seek(id); }
  // A report, or the whole new value of one.
  void Report(const CountedReport& report);
  void Report(const intake::v1::Incident& incident);
  bool Knows(absl::string_view incident) const { return ids_.Find(incident) != Texts::kNone; }
  // Without effect when there is no such incident, or when it was withdrawn.
  void Withdraw(absl::string_view incident);
  // The reports, and those linked with them before, are of one event, for which `event` stands.
  void Link(absl::string_view event, const google::protobuf::RepeatedPtrField<std::string>& ids);
  // Replaces what `source` ("agency:…", "shift:…") had said of the week before.
  void Figures(int week, const std::string& source, const std::string& agency,
               const google::protobuf::RepeatedPtrField<v1::ContributedCount>& counts);

  // Cells that the last operation touched, some perhaps more than once.
  absl::Span<const TouchedCount> touched() const { return touched_; }

  int CountAt(absl::string_view district, absl::string_view category, int week) const;
  // The number of a district's or category's id, for who asks for many series of it;
  // Texts::kNone: never heard of.
  uint32_t NameOf(absl::string_view text) const { return names_.Find(text); }
  // Counts of weeks [begin, end) into `out`, whose length is end - begin. District and category as
  // NameOf gives them.
  void Series(uint32_t district, uint32_t category, int begin, absl::Span<int32_t> out) const;
  // Grows whenever a count of the category changes; as NameOf gives it.
  uint64_t RevisionOf(uint32_t category) const {
    return category < category_revisions_.size() ? category_revisions_[category] : 0;
  }
  // Grows whenever Observed changes for a week.
  uint64_t weeks_revision() const { return weeks_revision_; }
  // The week's cells with a count, sorted by district, category.
  std::vector<CellTally> TallyOf(int week) const;
  // Whether anybody reported anything of the week: if not, the week is missing, not quiet.
  bool Observed(int week) const;
  // Time of an agency's newest report of the week; infinite past: none.
  absl::Time NewestReport(int week, absl::string_view agency) const;
  // First week with anything in it; `otherwise` when there is none.
  int FirstWeek(int otherwise) const;

  v1::CountsState Save() const;
  // REQUIRES: freshly made. INVALID_ARGUMENT when the columns do not fit together.
  absl::Status Load(const v1::CountsState& state);

 private:
  using Name = uint32_t;  // number in names_

  // An incident; its id has the record's index in ids_.
  struct Record {
    int64_t observed = 0;  // seconds since 1970
    int64_t reported = 0;
    int week = 0;
    Name district = 0;
    Name category = 0;
    Name agency = 0;
    uint32_t event = 0;  // index of the record that stands for it
    bool withdrawn = false;
    bool insecurity = false;
  };
  struct Weekly {
    std::vector<uint32_t> records;  // in any order
    std::vector<uint32_t> figures;  // in any order
    int total = 0;
  };
  struct Figure {
    int week = 0;
    std::string source;
    Name agency = 0;
    std::vector<v1::ContributedCount> counts;
  };
  // One district and category by week; `first` is the week of counts[0].
  struct Line {
    int first = 0;
    std::vector<int32_t> counts;
  };

  Name Intern(absl::string_view text) { return names_.Add(text).first; }
  void Place(uint32_t index);    // enters a record in its week
  void Unplace(uint32_t index);  // takes it out
  static constexpr uint32_t kNowhere = ~uint32_t{0};
  // Index of the record where the event of `index` counts; kNowhere when all are withdrawn.
  uint32_t CountedOf(uint32_t index) const;
  void CountEvent(uint32_t index, int by);
  void CountFigure(const Figure& figure, int by);
  void Add(Name district, Name category, int week, int by);

  ZonedWeeks zoned_weeks_;
  Texts names_;  // of districts, categories and agencies
  Texts ids_;    // of incidents
  std::vector<Record> records_;
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>>
      linked_;  // event → it and its reports, sorted
  std::vector<Figure> figures_;
  absl::flat_hash_map<std::string, uint32_t> figure_index_;  // "week/source"
  absl::flat_hash_map<uint64_t, Line> lines_;                // district << 32 | category
  absl::flat_hash_map<int, Weekly> weeks_;
  std::vector<uint64_t> category_revisions_;  // by name; since this object was made
  uint64_t weeks_revision_ = 0;
  std::vector<TouchedCount> touched_;
};

}  // namespace vaka::est
