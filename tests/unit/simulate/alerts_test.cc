// The counted rule against the product's own: the same reports, folded.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "services/demo/random.h"
#include "services/notifications/raise.h"
#include "services/notifications/state.h"
#include "services/vaka/simulate_alerts.h"

namespace vaka::simulate {
namespace {

using event::v1::Event;
using Steps = std::vector<AreaAlerts::Step>;

registry::v1::NotifyRules Rules() {
  registry::v1::NotifyRules rules;
  rules.set_now_severity(3);
  rules.set_critical_severity(5);
  rules.set_digest_minute(1020);
  rules.set_group_seconds(600);
  return rules;
}

// What the service makes of reports of one area.
class Product {
 public:
  Product() {
    Event event;
    auto& config = *event.mutable_municipality_configured()->mutable_config();
    config.set_kommun("0127");
    config.set_zone("Europe/Stockholm");
    *config.mutable_notify() = Rules();
    Record(event, absl::FromUnixSeconds(1'700'000'000));
  }

  void Heard(absl::Time at, uint32_t severity) {
    Event event;
    intake::v1::Incident& incident = *event.mutable_incident_reported()->mutable_incident();
    incident.set_id(absl::StrCat("i", 100000 + seq_));
    incident.set_category("arson");
    incident.set_severity(severity);
    incident.set_visibility(intake::v1::VISIBILITY_CONTACT_PERSONS);
    incident.mutable_where()->set_area("a1");
    incident.mutable_where()->set_district("alby");
    *incident.mutable_observed_from() = ToProto(at);
    Record(event, at);
  }

  Steps Round(absl::Time now) {
    Steps steps;
    for (const notifications::Chore& chore : notifications::ChoresAt(state_, now).due) {
      const auto decision = notifications::DecideChore(state_, "0127", chore, now);
      EXPECT_TRUE(decision.ok()) << decision.status();
      for (Event event : decision->facts) {
        const bool raised = event.has_alert_raised();
        const notifications::v1::Alert& alert =
            raised ? event.alert_raised().alert() : event.alert_updated().alert();
        steps.push_back({raised, alert.severity(), alert.incidents_size()});
        Record(event, now);
      }
    }
    return steps;
  }

  absl::Time Next(absl::Time now) const { return notifications::ChoresAt(state_, now).next; }

 private:
  void Record(Event event, absl::Time at) {
    event.set_kommun("0127");
    event.set_seq(++seq_);
    *event.mutable_recorded_at() = *event.mutable_occurred_at() = ToProto(at);
    ASSERT_TRUE(state_.Apply(event).ok());
  }

  notifications::State state_;
  uint64_t seq_ = 0;
};

TEST(AreaAlertsTest, DecidesAsTheProductDoes) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    demo::Random random(seed);
    Product product;
    AreaAlerts counted;
    absl::Time now = absl::FromUnixSeconds(1'798'700'000);
    // From a report every ten seconds, so that an alert becomes full, to one every ten minutes.
    const double mean = 10 * static_cast<double>(1 + seed * 2);
    int raised = 0, joined = 0;
    for (int i = 0; i < 150; ++i) {
      const absl::Time arrival = now + absl::Seconds(std::floor(random.Exponential(mean)));
      // Whatever is due before the next report.
      for (absl::Time next = product.Next(now); next <= arrival; next = product.Next(now)) {
        ASSERT_EQ(counted.Next(Rules()), next) << "seed " << seed << ", report " << i;
        now = next;
        const Steps steps = counted.Round(Rules(), now);
        ASSERT_EQ(product.Round(now), steps) << "seed " << seed << ", report " << i;
        joined += static_cast<int>(steps.size());
      }
      now = arrival;
      const uint32_t severity =
          random.Chance(0.05) ? 5 : 3 + static_cast<uint32_t>(random.Below(2));
      product.Heard(now, severity);
      counted.Heard(now, severity);
      const Steps steps = counted.Round(Rules(), now);
      ASSERT_EQ(product.Round(now), steps) << "seed " << seed << ", report " << i;
      raised += static_cast<int>(steps.size());
    }
    EXPECT_GT(raised, 0);
    EXPECT_GT(joined, 0) << "else the test compares nothing";
  }
}

}  // namespace
}  // namespace vaka::simulate
