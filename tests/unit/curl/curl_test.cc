#include <gtest/gtest.h>

#include <stop_token>

#include "libs/curl/cut.h"
#include "libs/curl/smtp_client.h"
#include "libs/sink/smtp_sink.h"

namespace vaka::curl {
namespace {

TEST(CutTest, LetsACallRunWhileNobodyStops) {
  Cut cut;
  EXPECT_FALSE(cut.Due(false, false, absl::Seconds(1)));
  EXPECT_FALSE(cut.Due(false, true, absl::Minutes(1)));
}

TEST(CutTest, CutsAtOnceWhatCannotHaveBeenTaken) {
  Cut cut;
  EXPECT_TRUE(cut.Due(true, false, absl::ZeroDuration()));
}

TEST(CutTest, GivesAnAnswerThatIsDueAMoment) {
  Cut cut;
  EXPECT_FALSE(cut.Due(true, true, absl::Seconds(3)));
  EXPECT_FALSE(cut.Due(true, true, absl::Seconds(3) + Cut::kMoment - absl::Milliseconds(1)));
  EXPECT_TRUE(cut.Due(true, true, absl::Seconds(3) + Cut::kMoment));
}

TEST(CutTest, AMomentBeginsWhenAllIsOut) {
  Cut cut;
  EXPECT_FALSE(cut.Due(false, true, absl::Seconds(9)));
  EXPECT_FALSE(cut.Due(true, true, absl::Seconds(10)));
}

// The server has the message, and the process stops before it answers.
TEST(SmtpClientTest, AStopWaitsForTheAnswerToWhatWentOut) {
  std::stop_source stop;
  sink::SmtpSink server({.caught = [&](const sink::CaughtMail&) { stop.request_stop(); }});
  ASSERT_TRUE(server.Start().ok());
  SmtpClient client({.url = server.url()});
  EXPECT_EQ(client.Send("a@town.invalid", "b@town.invalid", "Subject: x\r\n\r\ntext\r\n",
                        stop.get_token()),
            absl::OkStatus());
}

TEST(SmtpClientTest, AStopDoesNotWaitForAServerThatHangs) {
  std::stop_source stop;
  sink::SmtpSink server({.caught = [&](const sink::CaughtMail&) { stop.request_stop(); },
                         .decide =
                             [](sink::SmtpStage stage, const std::string&) {
                               sink::SmtpAction action;
                               if (stage == sink::SmtpStage::kMessage) {
                                 action.kind = sink::SmtpAction::kHang;
                               }
                               return action;
                             }});
  ASSERT_TRUE(server.Start().ok());
  SmtpClient client({.url = server.url(), .timeout = absl::Minutes(5)});
  EXPECT_TRUE(absl::IsCancelled(client.Send("a@town.invalid", "b@town.invalid",
                                            "Subject: x\r\n\r\ntext\r\n", stop.get_token())));
}

}  // namespace
}  // namespace vaka::curl
