#include "services/intake/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/intake/town.h"

namespace vaka::intake {
namespace {

using testing::At;
using testing::Coordinator;
using testing::DraftOf;
using ::testing::ElementsAre;
using testing::Guard;
using testing::Importer;
using ::testing::IsEmpty;
using testing::Noon;
using testing::Officer;
using testing::Patroller;
using testing::Town;

class ListingTest : public ::testing::Test {
 protected:
  // A report of `hours` ago.
  void Say(const std::string& id, int hours, const std::string& category = "graffiti",
           v1::Visibility visibility = v1::VISIBILITY_UNSPECIFIED, const Caller& by = Guard(),
           const std::string& place = "Albyvägen") {
    Draft draft = DraftOf(id, category, place);
    draft.submission.set_visibility(visibility);
    *draft.submission.mutable_observed_from() = ToProto(Noon() - absl::Hours(hours));
    draft.text.emplace().set_subject(SubjectOf(id));
    draft.text->set_box("sealed");
    const auto report = town_.Say(draft, by);
    ASSERT_TRUE(report.ok()) << report.status();
  }

  std::vector<std::string> Ids(const Caller& caller = Coordinator()) {
    response_.Clear();
    texts_.clear();
    const absl::Status status = ListIncidents(town_.state, request_, caller, &response_, &texts_);
    EXPECT_TRUE(status.ok()) << status;
    std::vector<std::string> ids;
    for (const v1::IncidentView& view : response_.incidents()) ids.push_back(view.incident().id());
    return ids;
  }

  Town town_;
  v1::ListRequest request_;
  v1::ListResponse response_;
  std::vector<SealedText> texts_;
};

TEST_F(ListingTest, NewestFirstWhateverTheOrderOfReporting) {
  Say("inc-b", 2);
  Say("inc-c", 3);
  Say("inc-a", 1);
  EXPECT_THAT(Ids(), ElementsAre("inc-a", "inc-b", "inc-c"));
  EXPECT_EQ(response_.next(), "");
}

TEST_F(ListingTest, PagesGiveEveryIncidentOnce) {
  for (int i = 0; i < 25; ++i) Say("inc-" + std::to_string(i), i / 3);  // several of one moment
  request_.set_limit(4);
  std::set<std::string> seen;
  std::string last;
  for (int page = 0; page < 7; ++page) {
    for (const std::string& id : Ids()) EXPECT_TRUE(seen.insert(id).second) << id;
    last = response_.next();
    request_.set_before(last);
  }
  EXPECT_EQ(seen.size(), 25u);
  EXPECT_EQ(last, "");
}

TEST_F(ListingTest, FiltersCombine) {
  Say("inc-1", 1, "graffiti");
  Say("inc-2", 2, "burglary_house");
  Say("inc-3", 3, "burglary_house", v1::VISIBILITY_PUBLIC, Officer(), "Grödinge kyrka");
  request_.set_category("burglary_house");
  EXPECT_THAT(Ids(), ElementsAre("inc-2", "inc-3"));
  request_.set_district("grodinge");
  EXPECT_THAT(Ids(), ElementsAre("inc-3"));
  request_.Clear();
  request_.set_area("a-alby");
  EXPECT_THAT(Ids(), ElementsAre("inc-1", "inc-2"));
  request_.set_area("a-never-heard-of");
  EXPECT_THAT(Ids(), IsEmpty());
  request_.Clear();
  request_.set_min_severity(3);
  request_.set_source_agency("guards");
  EXPECT_THAT(Ids(), ElementsAre("inc-2"));
  request_.Clear();
  request_.set_own(true);
  EXPECT_THAT(Ids(Officer()), ElementsAre("inc-3"));
}

TEST_F(ListingTest, TimesAreHalfOpen) {
  for (int hours = 1; hours <= 4; ++hours) Say("inc-" + std::to_string(hours), hours);
  *request_.mutable_observed_from() = ToProto(Noon() - absl::Hours(3));
  *request_.mutable_observed_to() = ToProto(Noon() - absl::Hours(1));
  EXPECT_THAT(Ids(), ElementsAre("inc-2", "inc-3"));
  request_.set_before("inc-1");
  EXPECT_THAT(Ids(), ElementsAre("inc-2", "inc-3"));
  request_.set_before("inc-2");
  EXPECT_THAT(Ids(), ElementsAre("inc-3"));
}

TEST_F(ListingTest, WithdrawnOnesOnlyWhenAskedFor) {
  Say("inc-1", 1);
  ASSERT_TRUE(town_.Take(*DecideWithdraw(town_.state, "inc-1", "wrong", Guard())).ok());
  EXPECT_THAT(Ids(), IsEmpty());
  request_.set_with_withdrawn(true);
  EXPECT_THAT(Ids(), ElementsAre("inc-1"));
  EXPECT_TRUE(response_.incidents(0).withdrawn());
}

TEST_F(ListingTest, EachSeesWhatItIsShownTo) {
  Say("inc-own", 1, "graffiti", v1::VISIBILITY_OWN_AGENCY);
  Say("inc-est", 2, "graffiti", v1::VISIBILITY_EST_NETWORK);
  Say("inc-contacts", 3);
  const Caller other_guard{{options::v1::ROLE_AGENCY_REPORTER}, "fire_brigade"};
  const Caller no_agency{{options::v1::ROLE_CARETAKER}, ""};
  EXPECT_THAT(Ids(Coordinator()), ElementsAre("inc-own", "inc-est", "inc-contacts"));
  EXPECT_THAT(Ids(Guard()), ElementsAre("inc-own", "inc-est", "inc-contacts"));
  EXPECT_THAT(Ids(other_guard), ElementsAre("inc-est", "inc-contacts"));
  EXPECT_THAT(Ids(Officer()), ElementsAre("inc-est", "inc-contacts"));
  EXPECT_THAT(Ids(Patroller()), ElementsAre("inc-contacts"));
  EXPECT_THAT(Ids(no_agency), ElementsAre("inc-contacts"));
}

TEST_F(ListingTest, ReportersWithoutAgencyDoNotOwnEachOthersReports) {
  const Caller resident{{options::v1::ROLE_RESIDENT}, ""};
  Say("inc-1", 1, "graffiti", v1::VISIBILITY_OWN_AGENCY, resident);
  EXPECT_THAT(Ids(Caller{{options::v1::ROLE_CARETAKER}, ""}), IsEmpty());
}

TEST_F(ListingTest, SealedTextsLeaveOnlyForRolesThatNeedThem) {
  Say("inc-1", 1);
  Ids(Patroller());
  EXPECT_THAT(texts_, IsEmpty());
  EXPECT_FALSE(response_.incidents(0).incident().has_text());
  Ids(Importer());
  EXPECT_THAT(texts_, IsEmpty());
  for (const Caller& caller : {Coordinator(), Officer(), Guard()}) {
    Ids(caller);
    ASSERT_EQ(texts_.size(), 1u);
    EXPECT_EQ(texts_[0].sealed.box(), "sealed");
    EXPECT_FALSE(response_.incidents(0).incident().has_text());
  }
}

TEST_F(ListingTest, BurgledHomesAreShownAsTheirArea) {
  Draft draft = DraftOf("inc-1", "burglary_house", "Albyvägen 12");
  *draft.submission.mutable_where()->mutable_point() = At(59.2401, 17.8461);
  ASSERT_TRUE(town_.Say(draft, Officer()).ok());
  for (const Caller& caller : {Patroller(), Guard()}) {
    Ids(caller);
    const v1::IncidentView& view = response_.incidents(0);
    EXPECT_TRUE(view.masked());
    EXPECT_EQ(view.incident().where().place(), "");
    EXPECT_EQ(view.incident().where().area(), "a-alby");
    EXPECT_NEAR(view.incident().where().point().lat(), 59.239, 1e-6);
    EXPECT_EQ(view.incident().where().precision(), v1::PRECISION_AREA);
  }
  for (const Caller& caller : {Coordinator(), Officer(), Importer()}) {
    Ids(caller);
    EXPECT_FALSE(response_.incidents(0).masked());
    EXPECT_EQ(response_.incidents(0).incident().where().place(), "Albyvägen 12");
  }
}

TEST_F(ListingTest, BurgledHomesOutsideAreasAreShownAsTheirDistrict) {
  Draft draft = DraftOf("inc-1", "burglary_house", "");
  *draft.submission.mutable_where()->mutable_point() = At(59.14, 17.81);
  ASSERT_TRUE(town_.Say(draft, Officer()).ok());
  Ids(Patroller());
  EXPECT_DOUBLE_EQ(response_.incidents(0).incident().where().point().lat(), 59.130);
  EXPECT_EQ(response_.incidents(0).incident().where().precision(), v1::PRECISION_DISTRICT);
}

TEST_F(ListingTest, RefusesPagesThatAreNone) {
  request_.set_limit(5001);
  EXPECT_EQ(ListIncidents(town_.state, request_, Coordinator(), &response_, &texts_).code(),
            absl::StatusCode::kInvalidArgument);
  request_.Clear();
  request_.set_before("inc-9");
  EXPECT_EQ(ListIncidents(town_.state, request_, Coordinator(), &response_, &texts_).code(),
            absl::StatusCode::kNotFound);
}

// The bound is generous, also for sanitizers; a page that unpacked everything would miss it.
TEST_F(ListingTest, FindsAPageAmongManyQuickly) {
  for (int i = 0; i < 20000; ++i) {
    event::v1::Event event;
    v1::Incident& incident = *event.mutable_incident_reported()->mutable_incident();
    incident.set_id("inc-" + std::to_string(i));
    incident.set_category(i == 0 ? "worry" : "graffiti");
    *incident.mutable_observed_from() = ToProto(Noon() + absl::Seconds(i));
    ASSERT_TRUE(town_.Take(event).ok());
  }
  request_.set_category("worry");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(Ids(), ElementsAre("inc-0"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(250));
}

}  // namespace
}  // namespace vaka::intake
