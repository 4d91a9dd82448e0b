// State to and from its snapshot.
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/est/est.h"
#include "services/est/proto_week.h"

namespace vaka::est {

std::string State::Serialize() const {
  v1::EstState state;
  *state.mutable_registry() = registry_.ToProto();
  state.set_position(position_);
  *state.mutable_counts() = counts_.Save();
  for (const auto& [number, data] : weeks_) {
    v1::WeekState& week = *state.add_weeks();
    *week.mutable_week() = WeekToProto(WeekOfNumber(number));
    for (const auto& [agency, contribution] : data.contributions) {
      *week.add_contributions() = contribution;
    }
    *week.mutable_debriefs() = {data.debriefs.begin(), data.debriefs.end()};
    for (const auto& [place, judgement] : data.judgements) {
      v1::StoredJudgement& stored = *week.add_judgements();
      stored.set_district(place.first);
      stored.set_category(place.second);
      *stored.mutable_judgement() = judgement;
    }
    if (data.frozen.has_value()) *week.mutable_frozen() = *data.frozen;
    *week.mutable_revisions() = {data.revisions.begin(), data.revisions.end()};
    for (const auto& [place, touched] : data.touched) {
      v1::TouchedCell& stored = *week.add_touched();
      stored.set_district(place.first);
      stored.set_category(place.second);
      stored.set_reasons(touched.reasons);
      stored.set_seq(touched.seq);
    }
  }
  *state.mutable_measures() = {measures_.begin(), measures_.end()};
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  state.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

absl::Status State::Restore(absl::string_view bytes) {
  google::protobuf::Arena arena;  // a million ids are not freed one by one
  auto& state = *google::protobuf::Arena::CreateMessage<v1::EstState>(&arena);
  if (!state.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("est: not a state");
  }
  const absl::Status counted = counts_.Load(state.counts());
  if (!counted.ok()) return counted;
  registry_.Restore(state.registry());
  position_ = state.position();
  for (v1::WeekState& week : *state.mutable_weeks()) {
    if (!IsValid(WeekFromProto(week.week()))) {
      return absl::InvalidArgumentError("est: a week that does not exist");
    }
    WeekData& data = weeks_[WeekNumber(WeekFromProto(week.week()))];
    for (v1::StoredContribution& contribution : *week.mutable_contributions()) {
      const std::string agency = contribution.contribution().agency();
      data.contributions[agency] = std::move(contribution);
    }
    data.debriefs = {week.debriefs().begin(), week.debriefs().end()};
    for (const v1::StoredJudgement& judgement : week.judgements()) {
      data.judgements[{judgement.district(), judgement.category()}] = judgement.judgement();
    }
    if (week.has_frozen()) data.frozen = week.frozen();
    data.revisions = {week.revisions().begin(), week.revisions().end()};
    for (const v1::TouchedCell& cell : week.touched()) {
      data.touched[{cell.district(), cell.category()}] = {cell.reasons(), cell.seq()};
    }
  }
  for (v1::MeasureState& measure : *state.mutable_measures()) {
    measure_index_.emplace(measure.measure().id(), measures_.size());
    measures_.push_back(std::move(measure));
  }
  return absl::OkStatus();
}

}  // namespace vaka::est
