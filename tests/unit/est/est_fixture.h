#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "services/est/decide.h"
#include "services/est/est.h"
#include "services/est/proto_week.h"
#include "services/est/views.h"

namespace vaka::est {

inline absl::Time At(absl::string_view text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << text << ": " << error;
  return time;
}

inline registry::v1::MunicipalityConfig SmallTown() {
  registry::v1::MunicipalityConfig config;
  config.set_kommun("0127");
  config.set_zone("Europe/Stockholm");
  for (const char* id : {"alby", "fittja", "hallunda", "norsborg", "tumba", "tullinge"}) {
    config.add_districts()->set_id(id);
  }
  const auto category = [&config](const char* id, const char* shape) {
    registry::v1::Category& added = *config.add_categories();
    added.set_id(id);
    added.set_month_shape(shape);
    return &added;
  };
  category("burglary_house", "villa");
  category("graffiti", "graffiti");
  category("order_youth", "even");
  category("drugs_police", "even")->set_police_activity(true);
  category("worry", "even")->set_insecurity(true);
  category("robbery", "robbery")->set_flag_minimum(2);
  for (const char* id : {"police", "municipality", "housing", "patrol", "fire"}) {
    registry::v1::Agency& agency = *config.add_agencies();
    agency.set_id(id);
    agency.set_contributes(std::string(id) != "fire");
  }
  return config;
}

// A state, and the facts that made it.
class EstFixture : public ::testing::Test {
 protected:
  EstFixture() {
    event::v1::Event event;
    *event.mutable_municipality_configured()->mutable_config() = SmallTown();
    Apply(std::move(event));
  }

  void Apply(event::v1::Event event) {
    event.set_seq(state_.position() + 1);
    if (!event.has_occurred_at()) *event.mutable_occurred_at() = ToProto(now_);
    const absl::Status status = state_.Apply(event);
    EXPECT_TRUE(status.ok()) << status;
  }
  void Apply(const absl::StatusOr<fold::Decision>& decision) {
    ASSERT_TRUE(decision.ok()) << decision.status();
    for (const event::v1::Event& fact : decision->facts) Apply(fact);
  }

  intake::v1::Incident Incident(const std::string& id, absl::string_view district,
                                absl::string_view category, absl::Time observed,
                                absl::string_view agency = "police") const {
    intake::v1::Incident incident;
    incident.set_id(id);
    incident.set_category(std::string(category));
    incident.mutable_where()->set_district(std::string(district));
    *incident.mutable_observed_from() = ToProto(observed);
    *incident.mutable_reported_at() = ToProto(observed + absl::Hours(2));
    incident.set_source_agency(std::string(agency));
    return incident;
  }
  void Report(const intake::v1::Incident& incident) {
    event::v1::Event event;
    *event.mutable_incident_reported()->mutable_incident() = incident;
    Apply(std::move(event));
  }
  void Correct(const intake::v1::Incident& incident) {
    event::v1::Event event;
    *event.mutable_incident_corrected()->mutable_incident() = incident;
    Apply(std::move(event));
  }
  void Withdraw(const std::string& id) {
    event::v1::Event event;
    event.mutable_incident_withdrawn()->set_incident(id);
    Apply(std::move(event));
  }
  void Link(const std::string& head, const std::vector<std::string>& ids) {
    event::v1::Event event;
    event.mutable_incidents_linked()->set_event(head);
    for (const std::string& id : ids) event.mutable_incidents_linked()->add_incidents(id);
    Apply(std::move(event));
  }
  void Debrief(const std::string& shift, absl::string_view district, absl::string_view category,
               uint32_t count, absl::Time at) {
    event::v1::Event event;
    *event.mutable_occurred_at() = ToProto(at);
    dispatch::v1::ShiftDebriefed& debrief = *event.mutable_shift_debriefed();
    debrief.set_shift(shift);
    dispatch::v1::DebriefItem& item = *debrief.add_items();
    item.set_district(std::string(district));
    item.set_category(std::string(category));
    item.set_count(count);
    Apply(std::move(event));
  }
  v1::SubmitContributionRequest Contribution(IsoWeek week, const std::string& agency) const {
    v1::SubmitContributionRequest request;
    *request.mutable_week() = WeekToProto(week);
    request.set_agency(agency);
    return request;
  }
  void FreezeAndPublish(IsoWeek week) {
    Apply(DecideFreeze(state_, week, now_));
    Apply(DecidePublish(state_, week));
  }

  int Count(absl::string_view district, absl::string_view category, IsoWeek week = kWeek) const {
    return state_.counts().CountAt(district, category, WeekNumber(week));
  }
  static const v1::Cell* FindCell(const v1::Picture& picture, absl::string_view district,
                                  absl::string_view category) {
    for (const v1::Cell& cell : picture.cells()) {
      if (cell.district() == district && cell.category() == category) return &cell;
    }
    return nullptr;
  }
  v1::GetWeekResponse Week(IsoWeek week, uint32_t revision = 0) const {
    v1::GetWeekRequest request;
    *request.mutable_week() = WeekToProto(week);
    request.set_revision(revision);
    v1::GetWeekResponse response;
    const absl::Status status = AnswerWeek(state_, request, now_, response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  // `weeks` weeks up to and with `last`: in every district one graffiti a week, now and then two,
  // by a fixed pattern.
  void AddHistory(IsoWeek last, int weeks) {
    for (int back = weeks - 1; back >= 0; --back) {
      const absl::Time monday = WeekBegin(AddWeeks(last, -back), state_.zone());
      for (int d = 0; d < state_.config().districts_size(); ++d) {
        const int count = 1 + ((back * 7 + d * 5) % 3 == 0 ? 1 : 0);
        for (int i = 0; i < count; ++i) {
          Report(Incident(absl::StrCat("h-", back, "-", d, "-", i),
                          state_.config().districts(d).id(), "graffiti",
                          monday + absl::Hours(24 * (d % 6) + 12)));
        }
      }
    }
  }

  static constexpr IsoWeek kWeek{2026, 47};
  absl::Time monday_ = At("2026-11-16T00:00:00+01:00");  // of kWeek
  absl::Time now_ = At("2026-11-25T14:00:00+01:00");     // Wednesday of week 48
  State state_;
};

}  // namespace vaka::est
