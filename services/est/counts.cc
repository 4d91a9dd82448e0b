#include "services/est/counts.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/inlined_vector.h"
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

int64_t MiddleOf(absl::Time from, absl::Time to) {
  return absl::ToUnixSeconds(from + std::max(absl::ZeroDuration(), to - from) / 2);
}

int WeekNumber(IsoWeek week) { return static_cast<int>((MondayOf(week) - kFirstMonday) / 7); }

IsoWeek WeekOfNumber(int number) { return WeekOf(kFirstMonday + 7 * number); }

void Counts::SetZone(absl::TimeZone zone) {
  touched_.clear();
  if (zone == zoned_weeks_.zone()) return;
  zoned_weeks_ = ZonedWeeks(zone);
  for (uint32_t i = 0; i < records_.size(); ++i) {
    if (records_[i].event == i) CountEvent(i, -1);
  }
  for (uint32_t i = 0; i < records_.size(); ++i) {
    Unplace(i);
    records_[i].week = zoned_weeks_.Of(records_[i].observed);
    Place(i);
  }
  for (uint32_t i = 0; i < records_.size(); ++i) {
    if (records_[i].event == i) CountEvent(i, +1);
  }
}

void Counts::Report(const intake::v1::Incident& incident) {
  const google::protobuf::Timestamp& from =
      incident.has_observed_from() ? incident.observed_from() : incident.reported_at();
  Report({
      .id = ids_.Seek(incident.id()),
      .category = incident.category(),
      .district = incident.where().district(),
      .agency = incident.source_agency(),
      .observed = incident.has_observed_to()
                      ? MiddleOf(FromProto(from), FromProto(incident.observed_to()))
                      : from.seconds(),
      .reported = incident.reported_at().seconds(),
      .insecurity = incident.insecurity(),
  });
}

void Counts::Report(const CountedReport& report) {
  touched_.clear();
  const int week = zoned_weeks_.Of(report.observed);
  const Name district = Intern(report.district);
  const Name category = Intern(report.category);
  const Name agency = Intern(report.agency);
  const auto [index, fresh] = ids_.Add(report.id);
  if (fresh) {
    records_.emplace_back().event = index;
  } else {
    CountEvent(index, -1);
    Unplace(index);
  }
  // Field by field where it stays: one put together elsewhere is copied by wider loads than it was
  // stored by, and these wait until memory has taken everything that was written before.
  Record& record = records_[index];
  record.observed = report.observed;
  record.reported = report.reported;
  record.week = week;
  record.district = district;
  record.category = category;
  record.agency = agency;
  record.insecurity = report.insecurity;
  Place(index);
  CountEvent(index, +1);
}

void Counts::Withdraw(absl::string_view incident) {
  touched_.clear();
  const uint32_t index = ids_.Find(incident);
  if (index == Texts::kNone || records_[index].withdrawn) return;
  CountEvent(index, -1);
  records_[index].withdrawn = true;
  CountEvent(index, +1);
}

void Counts::Link(absl::string_view event,
                  const google::protobuf::RepeatedPtrField<std::string>& ids) {
  touched_.clear();
  const uint32_t head = ids_.Find(event);
  if (head == Texts::kNone) return;
  std::vector<uint32_t> reports = {head};
  for (const std::string& id : ids) {
    const uint32_t found = ids_.Find(id);
    if (found != Texts::kNone) reports.push_back(found);
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
    ++weeks_revision_;
  } else {
    CountFigure(figures_[at->second], -1);
    figures_[at->second] = std::move(figure);
  }
  CountFigure(figures_[at->second], +1);
}

void Counts::Place(uint32_t index) { weeks_[records_[index].week].records.push_back(index); }

void Counts::Unplace(uint32_t index) { EraseOne(weeks_[records_[index].week].records, index); }

uint32_t Counts::CountedOf(uint32_t index) const {
  const uint32_t head = records_[index].event;
  if (!records_[head].withdrawn) return head;
  const auto group = linked_.find(head);
  if (group == linked_.end()) return kNowhere;
  for (const uint32_t member : group->second) {
    if (!records_[member].withdrawn) return member;
  }
  return kNowhere;
}

void Counts::CountEvent(uint32_t index, int by) {
  const uint32_t counted = CountedOf(index);
  if (counted == kNowhere) return;
  const Record& record = records_[counted];
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
  Weekly& weekly = weeks_[week];
  const bool had_any = weekly.total > 0;
  weekly.total += by;
  if (had_any != (weekly.total > 0)) ++weeks_revision_;
  if (category >= category_revisions_.size()) category_revisions_.resize(category + size_t{1});
  ++category_revisions_[category];
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

int Counts::CountAt(absl::string_view district, absl::string_view category, int week) const {
  int32_t count = 0;
  Series(NameOf(district), NameOf(category), week, absl::MakeSpan(&count, 1));
  return count;
}

void Counts::Series(uint32_t district, uint32_t category, int begin,
                    absl::Span<int32_t> out) const {
  std::fill(out.begin(), out.end(), 0);
  const auto found = lines_.find(LineKey(district, category));
  if (found == lines_.end()) return;
  const Line& line = found->second;
  const int end = begin + static_cast<int>(out.size());
  const int from = std::max(begin, line.first);
  const int to = std::min(end, line.first + static_cast<int>(line.counts.size()));
  if (from >= to) return;
  std::copy_n(line.counts.begin() + (from - line.first), to - from, out.begin() + (from - begin));
}

std::vector<CellTally> Counts::TallyOf(int week) const {
  const auto found = weeks_.find(week);
  if (found == weeks_.end()) return {};
  struct Cell {
    Name district;
    Name category;
    int insecurity = 0;
    absl::InlinedVector<std::pair<Name, int>, 4> agencies;

    void Add(Name agency, int count) {
      for (auto& [name, counted] : agencies) {
        if (name == agency) return void(counted += count);
      }
      agencies.emplace_back(agency, count);
    }
  };
  std::vector<Cell> cells;
  // One more than the place in cells; by district, then category.
  std::vector<std::vector<uint32_t>> index(names_.size());
  const auto at = [&](Name district, Name category) -> Cell& {
    std::vector<uint32_t>& of_district = index[district];
    if (of_district.empty()) of_district.resize(names_.size());
    uint32_t& place = of_district[category];
    if (place == 0) {
      cells.push_back({district, category, 0, {}});
      place = static_cast<uint32_t>(cells.size());
    }
    return cells[place - 1];
  };
  for (const uint32_t i : found->second.records) {
    if (CountedOf(i) != i) continue;
    const Record& record = records_[i];
    Cell& cell = at(record.district, record.category);
    cell.Add(record.agency, 1);
    if (record.insecurity) ++cell.insecurity;
  }
  for (const uint32_t i : found->second.figures) {
    for (const v1::ContributedCount& count : figures_[i].counts) {
      if (count.count() == 0) continue;
      at(NameOf(count.district()), NameOf(count.category()))
          .Add(figures_[i].agency, static_cast<int>(count.count()));
    }
  }
  std::vector<CellTally> tallies;
  tallies.reserve(cells.size());
  for (const Cell& cell : cells) {
    CellTally& tally = tallies.emplace_back(
        CellTally{names_[cell.district], names_[cell.category], 0, cell.insecurity, {}});
    tally.agencies.reserve(cell.agencies.size());
    for (const auto& [agency, count] : cell.agencies) {
      tally.agencies.push_back({names_[agency], count});
      tally.count += count;
    }
    std::sort(tally.agencies.begin(), tally.agencies.end(),
              [](const AgencyTally& a, const AgencyTally& b) { return a.agency < b.agency; });
  }
  std::sort(tallies.begin(), tallies.end(), [](const CellTally& a, const CellTally& b) {
    return std::tie(a.district, a.category) < std::tie(b.district, b.category);
  });
  return tallies;
}

bool Counts::Observed(int week) const {
  const auto found = weeks_.find(week);
  return found != weeks_.end() && (found->second.total > 0 || !found->second.figures.empty());
}

absl::Time Counts::NewestReport(int week, absl::string_view agency) const {
  const auto found = weeks_.find(week);
  if (found == weeks_.end()) return absl::InfinitePast();
  const Name name = NameOf(agency);
  int64_t seconds = INT64_MIN;
  for (const uint32_t index : found->second.records) {
    const Record& record = records_[index];
    if (!record.withdrawn && record.agency == name) seconds = std::max(seconds, record.reported);
  }
  return seconds == INT64_MIN ? absl::InfinitePast() : absl::FromUnixSeconds(seconds);
}

int Counts::FirstWeek(int otherwise) const {
  int first = otherwise;
  for (const auto& [number, week] : weeks_) {
    if (number < first && (week.total > 0 || !week.figures.empty())) first = number;
  }
  return first;
}

}  // namespace vaka::est
