#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/week.h"
#include "libs/fold/encoded_fold.h"
#include "libs/fold/fold.h"
#include "libs/registry_view/registry_view.h"
#include "services/est/counts.h"
#include "services/est/picture.h"
#include "services/est/revision.h"
#include "vaka/est/v1/state.pb.h"

namespace vaka::est {

inline constexpr char kPatrolAgency[] = "patrol";  // under which a debrief's items are counted

// What is known of one week besides the counts.
struct WeekData {
  std::map<std::string, v1::StoredContribution> contributions;  // by agency
  std::vector<v1::StoredDebrief> debriefs;
  std::map<CellPlace, v1::Judgement> judgements;
  std::optional<v1::Picture> frozen;          // as computed where WeekFrozen stands in the log
  std::vector<v1::StoredRevision> revisions;  // [0] is revision 1; as published, never changed
  TouchedCells touched;                       // since the freeze, or the newest revision

  bool published() const { return !revisions.empty(); }
};

// One municipality's weeks, pictures and measures, folded from the log. Pure; see fold::Fold.
class State final : public fold::Fold, public fold::EncodedFold {
 public:
  static constexpr uint32_t kSchema = 1;  // of Serialize

  absl::Status Apply(const event::v1::Event& event) override;
  // Reports and corrections.
  bool ApplyEncoded(absl::string_view kommun, uint64_t seq, absl::string_view bytes) override;
  std::string Serialize() const override;
  absl::Status Restore(absl::string_view bytes) override;

  uint64_t position() const { return position_; }  // number of the last fact applied
  const RegistryView& registry() const { return registry_; }
  const registry::v1::MunicipalityConfig& config() const { return registry_.config(); }
  const Counts& counts() const { return counts_; }
  absl::TimeZone zone() const { return registry_.zone(); }

  const WeekData* FindWeek(IsoWeek week) const;                    // null: nothing is known of it
  const std::map<int, WeekData>& weeks() const { return weeks_; }  // by WeekNumber
  const v1::MeasureState* FindMeasure(absl::string_view id) const;
  const std::vector<v1::MeasureState>& measures() const { return measures_; }  // as decided

  // The week's picture as everything known gives it now: revision 0, neither frozen nor published.
  v1::Picture Draft(IsoWeek week) const;
  // The frozen picture with the judgements made since. REQUIRES: the week is frozen.
  v1::Picture Frozen(IsoWeek week) const;
  // What a revision now would change. REQUIRES: the week is published.
  std::vector<v1::CellChange> Pending(IsoWeek week, const v1::Picture& draft) const;

 private:
  void ApplyIntake(const event::v1::Event& event);
  void ApplyDebrief(const event::v1::Event& event);
  void ApplyWeek(const event::v1::Event& event);
  // A measure is changed and followed up only after it was decided.
  absl::Status CheckMeasure(const event::v1::Event& event) const;
  void ApplyMeasure(const event::v1::Event& event);
  void TouchCounted(uint32_t reason, uint64_t seq);  // the cells of the last operation on counts_
  bool IsFrozen(int week) const;
  void Touch(int week, CellPlace place, uint32_t reason, uint64_t seq);
  void AddCompleteness(int week, v1::Picture& picture) const;

  RegistryView registry_;
  uint64_t position_ = 0;
  Counts counts_;
  std::map<int, WeekData> weeks_;
  std::vector<v1::MeasureState> measures_;
  absl::flat_hash_map<std::string, size_t> measure_index_;
  mutable TestCache kept_tests_;  // no part of the state: it changes nothing that is answered
};

}  // namespace vaka::est
