// Messages that should not go any more, and seals that do not open.
#include <gmock/gmock.h>

#include <atomic>

#include "absl/strings/match.h"
#include "services/notifications/answer.h"
#include "tests/fault/providers/providers_fixture.h"

namespace vaka::fault {
namespace {

using notifications::Delivery;
using notifications::DELIVERY_STATE_SUPPRESSED;
using notifications::REASON_SUPPRESS_ERASED;
using notifications::REASON_SUPPRESS_NO_CONSENT;
using notifications::REASON_SUPPRESS_RECALLED;
using notifications::REASON_SUPPRESS_UNREADABLE;
using registry::v1::CHANNEL_EMAIL;
using registry::v1::CHANNEL_SMS;
using sink::SmtpAction;
using sink::SmtpStage;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

class MessageFaultTest : public ProvidersTest {
 protected:
  void Recall() {
    event::v1::Event recalled;
    recalled.mutable_alert_recalled()->set_alert(OnlyAlert());
    recalled.mutable_alert_recalled()->set_reason("fel område");
    Record({recalled});
  }

  void RefuseForNow() {
    providers_.SetMail([](SmtpStage stage, const std::string&) {
      return stage == SmtpStage::kRecipient ? SmtpAction{SmtpAction::kReply, "451 later"}
                                            : SmtpAction{};
    });
  }

  bool AwaitAttempts(const std::string& person, uint32_t attempts) {
    return redis::Eventually([&] {
      const std::vector<Delivery> deliveries = DeliveriesTo(person);
      return !deliveries.empty() && deliveries[0].attempts >= attempts;
    });
  }
};

TEST_F(MessageFaultTest, ARecallEndsTheTryingAndIsToldToNobodyWhoGotNothing) {
  Settle({.id = "1", .channels = {CHANNEL_EMAIL, CHANNEL_SMS}});
  RefuseForNow();
  Serve();
  Report("i1");
  ASSERT_TRUE(AwaitAttempts("1", 2));
  Recall();
  EXPECT_TRUE(AwaitEnd("1", REASON_SUPPRESS_RECALLED));
  providers_.SetMail({});
  EXPECT_TRUE(redis::Eventually([&] {
    const std::vector<Delivery> deliveries = DeliveriesTo("1");
    return deliveries.size() == 2 && deliveries[1].state == DELIVERY_STATE_SUPPRESSED;
  }));
  EXPECT_EQ(Handed(), 0U);
}

TEST_F(MessageFaultTest, ARecallReachesWhoMayHaveGotTheOriginal) {
  Settle({.id = "1"});
  std::atomic<int> left = 1;
  providers_.SetMail([&left](SmtpStage stage, const std::string&) {
    return stage == SmtpStage::kMessage && left.fetch_sub(1) > 0 ? SmtpAction{SmtpAction::kDrop, ""}
                                                                 : SmtpAction{};
  });
  notifications::Options options = FastOptions();
  options.retry.repeat = absl::Minutes(30);  // the repeat does not come before the recall
  Serve(std::move(options));
  Report("i1");
  ASSERT_TRUE(AwaitAttempts("1", 1));
  Recall();
  EXPECT_TRUE(AwaitTold("1"));
  EXPECT_THAT(HandedTo(MailOf("1")), ElementsAre(Pair(_, 1), Pair(_, 1)));
  EXPECT_EQ(DeliveriesTo("1").at(1).version, 2U);
}

TEST_F(MessageFaultTest, ConsentWithdrawnMeanwhileEndsTheTrying) {
  Settle({.id = "1", .channels = {CHANNEL_EMAIL, CHANNEL_SMS}});
  RefuseForNow();
  Serve();
  Report("i1");
  ASSERT_TRUE(AwaitAttempts("1", 1));
  event::v1::Event withdrawn;
  withdrawn.mutable_consent_changed()->set_person("1");
  withdrawn.mutable_consent_changed()->set_consent(false);
  Record({withdrawn});
  EXPECT_TRUE(AwaitEnd("1", REASON_SUPPRESS_NO_CONSENT));
  EXPECT_EQ(Handed(), 0U);
}

// A seal that does not open is damage and shows as such; a key that is gone is erasure.
TEST_F(MessageFaultTest, ADamagedSealIsToldFromAnErasedOneAndHoldsNobody) {
  const auto settle = [this](const std::string& id, bool damaged, bool erased) {
    registry::v1::Contact contact;
    contact.set_email(MailOf(id));
    const auto box = vault_.SealNew("0127", "person:" + id, contact.SerializeAsString());
    ASSERT_TRUE(box.ok());
    registry::v1::Sealed sealed = box->sealed;
    if (damaged) sealed.mutable_box()->back() ^= 1;
    Record(testing::TownPersonFacts({.id = id}, sealed), {*box->new_key});
    if (erased) {
      ASSERT_TRUE(vault_.Erase("0127", "person:" + id).ok());
    }
  };
  settle("1", true, false);
  settle("2", false, true);
  settle("3", false, false);
  notifications::Options options = FastOptions();
  options.retry.before_giving_up = absl::Milliseconds(500);
  Serve(std::move(options));
  Report("i1");
  EXPECT_TRUE(AwaitTold("3"));
  EXPECT_TRUE(AwaitEnd("1", REASON_SUPPRESS_UNREADABLE));
  EXPECT_TRUE(AwaitEnd("2", REASON_SUPPRESS_ERASED));
  EXPECT_EQ(Handed(), 1U);
  double unreadable = 0;
  for (const prometheus::MetricFamily& family : metrics_.Collect()) {
    if (family.name != "vaka_notifications_unreadable_total") continue;
    unreadable = family.metric.at(0).counter.value;
  }
  EXPECT_GE(unreadable, 1);
}

}  // namespace
}  // namespace vaka::fault
