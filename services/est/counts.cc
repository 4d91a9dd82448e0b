#include "services/est/counts.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"

namespace vaka::est {
namespace {

constexpr absl::CivilDay kFirstMonday(1970, 1, 5);

uint64_t LineKey(uint32_t district, uint32_t category) {
  return uint64_t{district} << 32 | category;
}

void EraseOne(std::vector<uint32_t>& values, uint32_t value) {
  const auto at = std::find(values.begin(), values.end(), value);
  if (at == values.end()) return;
  *at = values.back();
  values.pop_back();
}

}  // namespace

int WeekNumber(IsoWeek week) { return static_cast<int>((MondayOf(week) - kFirstMonday) / 7); }

IsoWeek WeekOfNumber(int number) { return WeekOf(kFirstMonday + 7 * number); }

Counts::Name Counts::Intern(absl::string_view text) {
  const auto found = name_index_.find(text);
  if (found != name_index_.end()) return found->second;
  const Name name = static_cast<Name>(names_.size());
  names_.emplace_back(text);
  name_index_.emplace(names_.back(), name);
  return name;
}

void Counts::SetZone(absl::TimeZone zone) {
  touched_.clear();
  if (zone == zone_) return;
  zone_ = zone;
  for (uint32_t i = 0; i < records_.size(); ++i) {
    if (records_[i].event == i) CountEvent(i, -1);
  }
  for (uint32_t i = 0; i < records_.size(); ++i) {
    Unplace(i);
    records_[i].week = WeekNumber(WeekOf(absl::FromUnixSeconds(records_[i].observed), zone_));
    Place(i);
  }
  for (uint32_t i = 0; i < records_.size(); ++i) {
    if (records_[i].event == i) CountEvent(i, +1);
  }
}

void Counts::Report(const intake::v1::Incident& incident) {
  touched_.clear();
  const absl::Time from =
      FromProto(incident.has_observed_from() ? incident.observed_from() : incident.reported_at());
  const absl::Time to = incident.has_observed_to() ? FromProto(incident.observed_to()) : from;
  Record record;
  record.id = incident.id();
  record.observed = absl::ToUnixSeconds(from + std::max(absl::ZeroDuration(), to - from) / 2);
  record.reported = incident.reported_at().seconds();
  record.week = WeekNumber(WeekOf(absl::FromUnixSeconds(record.observed), zone_));
  record.district = Intern(incident.where().district());
  record.category = Intern(incident.category());
  record.agency = Intern(incident.source_agency());
  record.insecurity = incident.insecurity();

  const auto known = index_.find(incident.id());
  if (known == index_.end()) {
    const uint32_t index = static_cast<uint32_t>(records_.size());
    record.event = index;
    index_.emplace(record.id, index);
    records_.push_back(std::move(record));
    Place(index);
    CountEvent(index, +1);
    return;
  }
  const uint32_t index = known->second;
  CountEvent(index, -1);
  Unplace(index);
  record.event = records_[index].event;
  record.withdrawn = records_[index].withdrawn;
  records_[index] = std::move(record);
  Place(index);
  CountEvent(index, +1);
}

void Counts::Withdraw(absl::string_view incident) {
  touched_.clear();
  const auto known = index_.find(incident);
  if (known == index_.end() || records_[known->second].withdrawn) return;
  CountEvent(known->second, -1);
  records_[known->second].withdrawn = true;
  CountEvent(known->second, +1);
}

void Counts::Link(absl::string_view event,
                  const google::protobuf::RepeatedPtrField<std::string>& ids) {
  touched_.clear();
  const auto known = index_.find(event);
  if (known == index_.end()) return;
  const uint32_t head = known->second;
  std::vector<uint32_t> reports = {head};
  for (const std::string& id : ids) {
    const auto found = index_.find(id);
    if (found != index_.end()) reports.push_back(found->second);
  }
  // Everything that was linked with any of them before comes along.
  std::vector<uint32_t> members;
  for (const uint32_t report : reports) {
    const uint32_t old_head = records_[report].event;
    const auto group = linked_.find(old_head);
    if (group == linked_.end()) {
      members.push_back(report);
    } else {
      members.insert(members.end(), group->second.begin(), group->second.end());
    }
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  for (const uint32_t member : members) {
    if (records_[member].event == member) CountEvent(member, -1);
  }
  for (const uint32_t member : members) {
    linked_.erase(records_[member].event);
    records_[member].event = head;
  }
  linked_[head] = std::move(members);
  CountEvent(head, +1);
}

void Counts::Figures(int week, const std::string& source, const std::string& agency,
                     const google::protobuf::RepeatedPtrField<v1::ContributedCount>& counts) {
  touched_.clear();
  Figure figure{week, source, Intern(agency), {counts.begin(), counts.end()}};
  const auto [at, fresh] = figure_index_.try_emplace(absl::StrCat(week, "/", source),
                                                     static_cast<uint32_t>(figures_.size()));
  if (fresh) {
    figures_.push_back(std::move(figure));
    weeks_[week].figures.push_back(at->second);
  } else {
    CountFigure(figures_[at->second], -1);
    figures_[at->second] = std::move(figure);
  }
  CountFigure(figures_[at->second], +1);
}

void Counts::Place(uint32_t index) { weeks_[records_[index].week].records.push_back(index); }

void Counts::Unplace(uint32_t index) { EraseOne(weeks_[records_[index].week].records, index); }

std::optional<uint32_t> Counts::CountedOf(uint32_t index) const {
  const uint32_t head = records_[index].event;
  if (!records_[head].withdrawn) return head;
  const auto group = linked_.find(head);
  if (group == linked_.end()) return std::nullopt;
  for (const uint32_t member : group->second) {
    if (!records_[member].withdrawn) return member;
  }
  return std::nullopt;
}

void Counts::CountEvent(uint32_t index, int by) {
  const std::optional<uint32_t> counted = CountedOf(index);
  if (!counted.has_value()) return;
  const Record& record = records_[*counted];
  Add(record.district, record.category, record.week, by);
}

void Counts::CountFigure(const Figure& figure, int by) {
  for (const v1::ContributedCount& count : figure.counts) {
    if (count.count() == 0) continue;
    Add(Intern(count.district()), Intern(count.category()), figure.week,
        by * static_cast<int>(count.count()));
  }
}

void Counts::Add(Name district, Name category, int week, int by) {
  touched_.push_back({week, names_[district], names_[category]});
  weeks_[week].total += by;
  Line& line = lines_[LineKey(district, category)];
  if (line.counts.empty()) {
    line.first = week;
  } else if (week < line.first) {
    line.counts.insert(line.counts.begin(), static_cast<size_t>(line.first - week), 0);
    line.first = week;
  }
  const size_t at = static_cast<size_t>(week - line.first);
  if (at >= line.counts.size()) line.counts.resize(at + 1, 0);
  line.counts[at] += by;
}

const Counts::Line* Counts::FindLine(absl::string_view district, absl::string_view category) const {
  const auto d = name_index_.find(district);
  const auto c = name_index_.find(category);
  if (d == name_index_.end() || c == name_index_.end()) return nullptr;
  const auto line = lines_.find(LineKey(d->second, c->second));
  return line == lines_.end() ? nullptr : &line->second;
}

int Counts::CountAt(absl::string_view district, absl::string_view category, int week) const {
  int32_t count = 0;
  Series(district, category, week, absl::MakeSpan(&count, 1));
  return count;
}

void Counts::Series(absl::string_view district, absl::string_view category, int begin,
                    absl::Span<int32_t> out) const {
  std::fill(out.begin(), out.end(), 0);
  const Line* line = FindLine(district, category);
  if (line == nullptr) return;
  const int end = begin + static_cast<int>(out.size());
  const int from = std::max(begin, line->first);
  const int to = std::min(end, line->first + static_cast<int>(line->counts.size()));
  for (int week = from; week < to; ++week) {
    out[static_cast<size_t>(week - begin)] = line->counts[static_cast<size_t>(week - line->first)];
  }
}

std::vector<CellTally> Counts::TallyOf(int week) const {
  struct Cell {
    int insecurity = 0;
    std::map<absl::string_view, int> agencies;
  };
  std::map<std::pair<absl::string_view, absl::string_view>, Cell> cells;
  const auto found = weeks_.find(week);
  if (found == weeks_.end()) return {};
  for (const uint32_t index : found->second.records) {
    const Record& record = records_[index];
    if (CountedOf(index) != index) continue;
    Cell& cell = cells[{names_[record.district], names_[record.category]}];
    ++cell.agencies[names_[record.agency]];
    if (record.insecurity) ++cell.insecurity;
  }
  for (const uint32_t index : found->second.figures) {
    const Figure& figure = figures_[index];
    for (const v1::ContributedCount& count : figure.counts) {
      if (count.count() == 0) continue;
      const absl::string_view district = names_[name_index_.at(count.district())];
      const absl::string_view category = names_[name_index_.at(count.category())];
      cells[{district, category}].agencies[names_[figure.agency]] +=
          static_cast<int>(count.count());
    }
  }
  std::vector<CellTally> tallies;
  tallies.reserve(cells.size());
  for (const auto& [place, cell] : cells) {
    CellTally& tally =
        tallies.emplace_back(CellTally{place.first, place.second, 0, cell.insecurity, {}});
    for (const auto& [agency, count] : cell.agencies) {
      tally.agencies.push_back({agency, count});
      tally.count += count;
    }
  }
  return tallies;
}

bool Counts::Observed(int week) const {
  const auto found = weeks_.find(week);
  return found != weeks_.end() && (found->second.total > 0 || !found->second.figures.empty());
}

absl::Time Counts::NewestReport(int week, absl::string_view agency) const {
  absl::Time newest = absl::InfinitePast();
  const auto found = weeks_.find(week);
  if (found == weeks_.end()) return newest;
  for (const uint32_t index : found->second.records) {
    const Record& record = records_[index];
    if (record.withdrawn || names_[record.agency] != agency) continue;
    newest = std::max(newest, absl::FromUnixSeconds(record.reported));
  }
  return newest;
}

int Counts::FirstWeek(int otherwise) const {
  int first = otherwise;
  for (const auto& [number, week] : weeks_) {
    if (number < first && (week.total > 0 || !week.figures.empty())) first = number;
  }
  return first;
}

}  // namespace vaka::est
