// How libs/curl tells apart whose fault it is that something did not go out, and whether it may
// have been taken.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "libs/curl/http_client.h"
#include "libs/curl/smtp_client.h"
#include "libs/sink/http_listener.h"
#include "libs/sink/smtp_sink.h"

namespace vaka::sink {
namespace {

constexpr char kMail[] = "Subject: hello\r\n\r\nfirst\r\n";
constexpr absl::Duration kLong = absl::Minutes(2);  // far beyond what stopping may take

TEST(SmtpClientTest, TellsTheRecipientsFaultFromTheServers) {
  struct Case {
    SmtpStage stage;
    SmtpAction action;
    absl::StatusCode code;
  };
  using Code = absl::StatusCode;
  const Case cases[] = {
      {SmtpStage::kGreeting, {SmtpAction::kReply, "421 busy"}, Code::kUnavailable},
      {SmtpStage::kGreeting, {SmtpAction::kReply, "554 not you"}, Code::kUnavailable},
      {SmtpStage::kGreeting, {SmtpAction::kDrop, ""}, Code::kUnavailable},
      {SmtpStage::kSender, {SmtpAction::kReply, "550 who are you"}, Code::kUnavailable},
      {SmtpStage::kRecipient, {SmtpAction::kReply, "450 try later"}, Code::kAborted},
      {SmtpStage::kRecipient, {SmtpAction::kReply, "421 busy"}, Code::kUnavailable},
      {SmtpStage::kRecipient, {SmtpAction::kReply, "550 unknown"}, Code::kFailedPrecondition},
      {SmtpStage::kRecipient, {SmtpAction::kDrop, ""}, Code::kUnavailable},
      {SmtpStage::kData, {SmtpAction::kReply, "451 later"}, Code::kAborted},
      {SmtpStage::kMessage, {SmtpAction::kReply, "452 full"}, Code::kAborted},
      {SmtpStage::kMessage, {SmtpAction::kReply, "554 not this"}, Code::kFailedPrecondition},
      {SmtpStage::kMessage, {SmtpAction::kDrop, ""}, Code::kDeadlineExceeded},
  };
  for (const Case& c : cases) {
    SmtpSink server({.decide = [&c](SmtpStage stage, const std::string&) {
      return stage == c.stage ? c.action : SmtpAction{};
    }});
    ASSERT_TRUE(server.Start().ok());
    curl::SmtpClient client({.url = server.url()});
    const absl::Status sent = client.Send("f@vaka.test", "t@vaka.test", kMail);
    EXPECT_EQ(sent.code(), c.code) << sent << " for " << c.action.reply;
    EXPECT_EQ(sent.message().find("t@vaka"), absl::string_view::npos) << sent;
    server.Stop();
  }
}

TEST(SmtpClientTest, SendsNothingInTheClearWhereTlsIsAskedFor) {
  std::atomic<int> recipients = 0;
  SmtpSink server({.decide = [&](SmtpStage stage, const std::string&) {
    recipients += stage == SmtpStage::kSender || stage == SmtpStage::kRecipient;
    return SmtpAction{};
  }});
  ASSERT_TRUE(server.Start().ok());
  curl::SmtpClient client({.url = server.url(), .user = "u", .password = "p", .require_tls = true});
  EXPECT_EQ(client.Send("f@vaka.test", "t@vaka.test", kMail).code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(recipients, 0);
}

TEST(SmtpClientTest, StoppingEndsAnExchangeThatHangs) {
  for (SmtpStage hung :
       {SmtpStage::kGreeting, SmtpStage::kRecipient, SmtpStage::kBody, SmtpStage::kMessage}) {
    std::stop_source stop;
    SmtpSink server({.decide = [&](SmtpStage stage, const std::string&) {
      if (stage != hung) return SmtpAction{};
      stop.request_stop();
      return SmtpAction{SmtpAction::kHang, ""};
    }});
    ASSERT_TRUE(server.Start().ok());
    curl::SmtpClient client({.url = server.url(), .timeout = kLong});
    const absl::Time begin = absl::Now();
    EXPECT_EQ(client.Send("f@vaka.test", "t@vaka.test", kMail, stop.get_token()).code(),
              absl::StatusCode::kCancelled);
    EXPECT_LT(absl::Now() - begin, kLong / 2);
  }
}

TEST(HttpClientTest, StoppingEndsACallThatHangs) {
  std::stop_source stop;
  HttpListener server([&](const HttpCall&) {
    stop.request_stop();
    HttpAnswer answer;
    answer.hang = true;
    return answer;
  });
  ASSERT_TRUE(server.Start(0).ok());
  curl::HttpClient client;
  curl::HttpRequest request;
  request.method = "POST";
  request.url = absl::StrCat("http://127.0.0.1:", server.port(), "/");
  request.body = "a=1";
  request.timeout = kLong;
  const absl::Time begin = absl::Now();
  EXPECT_EQ(client.Do(request, stop.get_token()).status().code(), absl::StatusCode::kCancelled);
  EXPECT_LT(absl::Now() - begin, kLong / 2);
}

TEST(HttpClientTest, ABodyIsNeverSentTwiceByItself) {
  std::atomic<int> calls = 0;
  HttpListener server([&](const HttpCall&) {
    HttpAnswer answer;
    answer.cut = ++calls > 1;  // the first leaves a connection that is kept
    return answer;
  });
  ASSERT_TRUE(server.Start(0).ok());
  curl::HttpClient client;
  curl::HttpRequest request;
  request.method = "POST";
  request.url = absl::StrCat("http://127.0.0.1:", server.port(), "/");
  request.body = "a=1";
  ASSERT_TRUE(client.Do(request).ok());
  EXPECT_EQ(client.Do(request).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(calls, 2);
}

TEST(HttpResponseTest, ReadsRetryAfterInBothForms) {
  const absl::Time now =
      absl::FromCivil(absl::CivilSecond(2026, 11, 18, 8, 0, 0), absl::UTCTimeZone());
  const auto after = [now](const char* value) {
    curl::HttpResponse response;
    response.headers = {{"retry-after", value}};
    return response.RetryAfter(now);
  };
  EXPECT_EQ(after("120"), absl::Seconds(120));
  EXPECT_EQ(after("Wed, 18 Nov 2026 08:01:30 GMT"), absl::Seconds(90));
  EXPECT_EQ(after("Wed, 18 Nov 2026 07:00:00 GMT"), absl::ZeroDuration());
  EXPECT_EQ(after("-5"), absl::ZeroDuration());
  EXPECT_EQ(after("soon"), absl::ZeroDuration());
}

}  // namespace
}  // namespace vaka::sink
