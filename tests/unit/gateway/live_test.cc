#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "absl/strings/str_cat.h"
#include "services/gateway/delivery_listener.h"
#include "services/gateway/live_hub.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"

namespace vaka::gateway {
namespace {

using options::v1::Role;
using ::testing::ElementsAre;

const absl::Time kNow = absl::FromCivil(absl::CivilHour(2026, 11, 20, 8), absl::UTCTimeZone());

event::v1::Event Report(const std::string& category = "graffiti") {
  event::v1::Event event;
  event.set_kommun("0127");
  intake::v1::Incident& incident = *event.mutable_incident_reported()->mutable_incident();
  incident.set_id("inc-1");
  incident.set_category(category);
  incident.mutable_where()->mutable_point()->set_lat(59.2);
  incident.mutable_where()->set_place("Albyvägen 1");
  incident.mutable_where()->set_area("area-1");
  incident.set_source_agency("police");
  incident.mutable_text()->set_subject("inc-1");
  incident.mutable_text()->set_box("sealed bytes");
  return event;
}

Viewer Of(Role role, const std::string& agency = "") {
  v1::Identity identity;
  identity.add_roles(role);
  identity.set_agency(agency);
  return ViewerOf(identity);
}

v1::WatchResponse Seen(const LiveItem& item, const Viewer& viewer) {
  v1::WatchResponse response;
  EXPECT_TRUE(response.ParseFromString(item.Frame(viewer, Codec::kProto)->substr(5)));
  return response;
}

LiveItem Item(const event::v1::Event& event) {
  return LiveItem(LiveItem::Kind::kFact, event, HomeBurglaries{"burglary_house"});
}

TEST(LiveItemTest, IsShownToTheRolesOfItsFact) {
  const LiveItem item = Item(Report());
  EXPECT_TRUE(item.VisibleTo(Of(options::v1::ROLE_PATROLLER)));
  EXPECT_FALSE(item.VisibleTo(Of(options::v1::ROLE_CARETAKER)));
  event::v1::Event person;
  person.mutable_person_registered()->set_person("per-1");
  EXPECT_FALSE(Item(person).VisibleTo(Of(options::v1::ROLE_SYSTEM)));
  event::v1::Event config;
  config.mutable_municipality_configured();
  EXPECT_TRUE(Item(config).VisibleTo(Of(options::v1::ROLE_CARETAKER)));
  EXPECT_FALSE(Item(event::v1::Event()).VisibleTo(Of(options::v1::ROLE_SYSTEM)));
}

TEST(LiveItemTest, CarriesNothingSealed) {
  const LiveItem item = Item(Report());
  const auto seen = Seen(item, Of(options::v1::ROLE_COORDINATOR));
  EXPECT_EQ(seen.event().incident_reported().incident().text().box(), "");
  EXPECT_EQ(seen.event().incident_reported().incident().text().subject(), "inc-1");
  EXPECT_EQ(item.Frame(Of(options::v1::ROLE_COORDINATOR), Codec::kJson)->find("sealed bytes"),
            std::string::npos);
}

TEST(LiveItemTest, APlanIsShownWithoutItsRecipients) {
  event::v1::Event event;
  event.mutable_deliveries_planned()->set_alert("alert-1");
  event.mutable_deliveries_planned()->add_outcomes()->set_area("area-1");
  event.mutable_deliveries_planned()->add_persons("person-1");
  event.mutable_deliveries_planned()->add_outcome_of(0);
  const LiveItem item = Item(event);
  const auto seen = Seen(item, Of(options::v1::ROLE_COORDINATOR)).event().deliveries_planned();
  EXPECT_EQ(seen.alert(), "alert-1");
  EXPECT_EQ(seen.outcomes(0).area(), "area-1");
  EXPECT_EQ(seen.persons_size(), 0);
  EXPECT_EQ(seen.outcome_of_size(), 0);
}

TEST(LiveItemTest, HidesTheExactPlaceOfAHomeBurglaryBelowPoliceAndCoordinator) {
  const LiveItem item = Item(Report("burglary_house"));
  for (Role role : {options::v1::ROLE_BRIEFING_OFFICER, options::v1::ROLE_COORDINATOR,
                    options::v1::ROLE_ANALYST, options::v1::ROLE_SYSTEM}) {
    EXPECT_TRUE(Seen(item, Of(role)).event().incident_reported().incident().where().has_point());
  }
  const auto where =
      Seen(item, Of(options::v1::ROLE_PATROLLER)).event().incident_reported().incident().where();
  EXPECT_FALSE(where.has_point());
  EXPECT_EQ(where.place(), "");
  EXPECT_EQ(where.area(), "area-1");
  EXPECT_EQ(where.precision(), intake::v1::PRECISION_AREA);
  const auto graffiti = Seen(Item(Report()), Of(options::v1::ROLE_PATROLLER));
  EXPECT_TRUE(graffiti.event().incident_reported().incident().where().has_point());
}

TEST(LiveItemTest, KeepsAnAgencysOwnReportWithTheAgency) {
  event::v1::Event event = Report();
  event.mutable_incident_reported()->mutable_incident()->set_visibility(
      intake::v1::VISIBILITY_OWN_AGENCY);
  const LiveItem item = Item(event);
  EXPECT_TRUE(item.VisibleTo(Of(options::v1::ROLE_BRIEFING_OFFICER, "police")));
  EXPECT_FALSE(item.VisibleTo(Of(options::v1::ROLE_AGENCY_REPORTER, "housing")));
  EXPECT_FALSE(item.VisibleTo(Of(options::v1::ROLE_COORDINATOR)));
}

TEST(LiveItemTest, WritesEachFormOnceForAll) {
  const LiveItem item = Item(Report());
  EXPECT_EQ(item.Frame(Of(options::v1::ROLE_PATROLLER), Codec::kJson),
            item.Frame(Of(options::v1::ROLE_COORDINATOR), Codec::kJson));
}

class LiveHubTest : public ::testing::Test {
 protected:
  LiveHubTest() {
    hub_.Seed("0127", 0, {});
    hub_.GoLive();
  }

  // Appends a fact to the log and, unless lost on the way, says so to the hub.
  void Happen(int n) {
    for (int i = 0; i < n; ++i) {
      event::v1::Event event = Report();
      log::AppendRequest request;
      request.kommun = "0127";
      request.idempotency_key = absl::StrCat("key-", ++keys_);
      request.facts = {event.SerializeAsString()};
      const auto appended = log_.AppendNow(request);
      ASSERT_TRUE(appended.ok());
      event.set_seq(appended->last);
      hub_.OnFact(event);
    }
  }

  std::shared_ptr<LiveStream> Open(uint64_t after) {
    auto stream = hub_.Open("0127", after, Of(options::v1::ROLE_COORDINATOR), [this] { ++woken_; });
    EXPECT_TRUE(stream.ok()) << stream.status();
    return *stream;
  }

  // Everything there is, the history thread's steps included; facts only.
  std::vector<uint64_t> Drain(LiveStream& stream) {
    std::vector<uint64_t> seqs;
    while (true) {
      const auto taken = stream.Next(3);
      if (!taken.ok()) {
        last_ = taken.status();
        return seqs;
      }
      for (const auto& item : taken->items) {
        const auto seen = Seen(*item, Of(options::v1::ROLE_COORDINATOR));
        seen.has_beat() ? beats_.push_back(seen.beat().seq()) : seqs.push_back(item->seq());
      }
      if (!taken->more && !hub_.RunOnce()) return seqs;
    }
  }

  FakeClock clock_{kNow};
  log::MemoryLog log_;
  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  LiveHub hub_{log_, clock_, metrics_, {.ring = 5, .streams = 3}};
  int keys_ = 0;
  int woken_ = 0;
  std::vector<uint64_t> beats_;
  absl::Status last_;
};

TEST_F(LiveHubTest, BeginsWithABeatAndThenWhatIsNew) {
  Happen(3);
  const auto stream = Open(0);
  EXPECT_THAT(Drain(*stream), ElementsAre());
  EXPECT_THAT(beats_, ElementsAre(3));
  Happen(2);
  EXPECT_EQ(woken_, 1) << "woken once, however much came";
  EXPECT_THAT(Drain(*stream), ElementsAre(4, 5));
  hub_.Beat();
  EXPECT_THAT(Drain(*stream), ElementsAre());
  EXPECT_THAT(beats_, ElementsAre(3, 5));
}

TEST_F(LiveHubTest, ResumesFromTheRing) {
  Happen(4);
  EXPECT_THAT(Drain(*Open(2)), ElementsAre(3, 4));
}

TEST_F(LiveHubTest, ResumesFromTheLogWhereTheRingDoesNotReach) {
  Happen(12);
  const auto stream = Open(2);
  EXPECT_THAT(Drain(*stream), ElementsAre(3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  Happen(1);
  EXPECT_THAT(Drain(*stream), ElementsAre(13));
}

TEST_F(LiveHubTest, AReaderOfOldFactsIsNotCutWhenTheRingGoesOn) {
  Happen(12);
  const auto stream = Open(1);
  ASSERT_TRUE(stream->Next(3).ok());
  ASSERT_TRUE(hub_.RunOnce());
  ASSERT_EQ(stream->Next(3)->items.size(), 3u);
  Happen(20);
  const std::vector<uint64_t> rest = Drain(*stream);
  EXPECT_TRUE(last_.ok()) << last_;
  ASSERT_EQ(rest.size(), 28u);
  EXPECT_EQ(rest.front(), 5u);
  EXPECT_EQ(rest.back(), 32u);
}

TEST_F(LiveHubTest, CutsAReaderThatWasLiveAndFellBehind) {
  const auto stream = Open(0);
  Drain(*stream);
  Happen(6);
  EXPECT_TRUE(stream->overtaken());
  EXPECT_EQ(stream->Next(3).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(stream->Next(3).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(LiveHubTest, RefusesAPlaceBeyondTheLogsHead) {
  Happen(2);
  const auto stream = Open(3);
  Drain(*stream);
  EXPECT_EQ(last_.code(), absl::StatusCode::kOutOfRange);
}

TEST_F(LiveHubTest, WaitsForAFactThatTheLogHasButTheBusHasNotBroughtYet) {
  Happen(2);
  log::AppendRequest request;
  request.kommun = "0127";
  request.idempotency_key = "unheard";
  event::v1::Event event = Report();
  request.facts = {event.SerializeAsString()};
  ASSERT_TRUE(log_.AppendNow(request).ok());
  const auto stream = Open(3);
  EXPECT_THAT(Drain(*stream), ElementsAre());
  EXPECT_TRUE(last_.ok()) << last_;
  event.set_seq(3);
  hub_.OnFact(event);
  EXPECT_THAT(Drain(*stream), ElementsAre());
  Happen(1);
  EXPECT_THAT(Drain(*stream), ElementsAre(4));
}

TEST_F(LiveHubTest, SaysSoWhenTheLogCannotBeRead) {
  Happen(12);
  const auto stream = Open(2);
  log_.FailReads(true);
  Drain(*stream);
  EXPECT_EQ(last_.code(), absl::StatusCode::kUnavailable);
}

TEST_F(LiveHubTest, SendsDeliveriesOnlyLive) {
  event::v1::Event delivery;
  delivery.set_kommun("0127");
  delivery.set_seq(77);
  delivery.mutable_delivery_sent()->set_message("msg-1");
  hub_.OnDelivery(delivery);
  const auto stream = Open(0);
  EXPECT_THAT(Drain(*stream), ElementsAre());
  hub_.OnDelivery(delivery);
  EXPECT_THAT(Drain(*stream), ElementsAre()) << "kept until others have come";
  EXPECT_EQ(woken_, 0);
  hub_.ShowDeliveries();
  EXPECT_EQ(woken_, 1);
  EXPECT_THAT(Drain(*stream), ElementsAre(77));
}

TEST_F(LiveHubTest, ShowsManyDeliveriesAtOnce) {
  event::v1::Event delivery;
  delivery.set_kommun("0127");
  delivery.mutable_delivery_sent()->set_message("msg-1");
  const auto stream = Open(0);
  Drain(*stream);
  for (uint64_t seq = 1; seq <= 3; ++seq) {
    delivery.set_seq(seq);
    hub_.OnDelivery(delivery);
  }
  EXPECT_THAT(Drain(*stream), ElementsAre(1, 2)) << "more than a quarter of the ring";
}

TEST_F(LiveHubTest, WhoHasTakenAllIsWokenForWhatComesNext) {
  const auto stream = Open(0);
  Drain(*stream);
  Happen(4);
  EXPECT_EQ(woken_, 1);
  EXPECT_TRUE(stream->Next(3)->more);
  Happen(1);
  EXPECT_EQ(woken_, 1) << "it still takes";
  const auto rest = stream->Next(3);
  EXPECT_EQ(rest->items.size(), 2u);
  EXPECT_FALSE(rest->more);
  Happen(1);
  EXPECT_EQ(woken_, 2);
}

TEST_F(LiveHubTest, DeliveriesAreShownATenthOfASecondAfterTheFirst) {
  bus::MemoryBus bus;
  DeliveryListener listener(bus.Subscribe(), hub_, clock_);
  const auto stream = Open(0);
  Drain(*stream);
  event::v1::Event delivery;
  delivery.mutable_delivery_sent()->set_message("msg-1");
  bus.Publish("0127", log::Stream::kDeliveries, 1, {delivery.SerializeAsString()});
  ASSERT_TRUE(listener.RunOnce());
  clock_.Advance(absl::Milliseconds(99));
  EXPECT_FALSE(listener.RunOnce());
  EXPECT_EQ(woken_, 0);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_FALSE(listener.RunOnce());
  EXPECT_THAT(Drain(*stream), ElementsAre(1));
  EXPECT_EQ(woken_, 1);
}

TEST_F(LiveHubTest, BoundsTheStreamsAndForgetsThoseThatAreGone) {
  auto one = Open(0);
  auto two = Open(0);
  auto three = Open(0);
  EXPECT_EQ(hub_.Open("0127", 0, {}, [] {}).status().code(), absl::StatusCode::kResourceExhausted);
  three.reset();
  EXPECT_TRUE(hub_.Open("0127", 0, {}, [] {}).ok());
  EXPECT_EQ(hub_.Open("9999", 0, {}, [] {}).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(LiveHubTest, EndsEveryStreamWhenItStops) {
  const auto stream = Open(0);
  Drain(*stream);
  hub_.Stop();
  EXPECT_EQ(stream->Next(1).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(woken_, 1);
}

}  // namespace
}  // namespace vaka::gateway
