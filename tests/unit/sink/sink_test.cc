#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/synchronization/mutex.h"
#include "libs/base/clock.h"
#include "libs/base/form.h"
#include "libs/curl/http_client.h"
#include "libs/curl/smtp_client.h"
#include "libs/sink/http_listener.h"
#include "libs/sink/mail.h"
#include "libs/sink/sms_sink.h"
#include "tests/support/smtp_server/smtp_server.h"

namespace vaka::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SmtpServer;

constexpr char kMail[] = "Subject: hello\r\nX: y\r\n\r\nfirst\r\n.dotted\r\n\r\nlast\r\n";

class SmtpTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.Start().ok()); }

  absl::Status Send(absl::Duration timeout = absl::Seconds(5)) {
    curl::SmtpClient client({.url = server_.url(), .timeout = timeout});
    return client.Send("from@vaka.test", "to@vaka.test", kMail);
  }

  SmtpServer server_;
};

TEST_F(SmtpTest, KeepsTheMessageByteForByte) {
  ASSERT_TRUE(Send().ok());
  const std::vector<CaughtMail> mails = server_.mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].from, "from@vaka.test");
  EXPECT_THAT(mails[0].to, ElementsAre("to@vaka.test"));
  EXPECT_EQ(mails[0].data, kMail);
}

TEST_F(SmtpTest, TakesManyMessagesOverOneConnectionWithAPassword) {
  curl::SmtpClient client({.url = server_.url(), .user = "u", .password = "p"});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client.Send("f@vaka.test", "t@vaka.test", kMail).ok()) << i;
  }
  EXPECT_EQ(server_.mails().size(), 5u);
}

TEST_F(SmtpTest, AFaultTellsTheSenderWhatToDo) {
  server_.SetFault(SmtpServer::Fault::kTemporary);
  EXPECT_EQ(Send().code(), absl::StatusCode::kAborted);
  server_.SetFault(SmtpServer::Fault::kPermanent);
  EXPECT_EQ(Send().code(), absl::StatusCode::kFailedPrecondition);
  server_.SetFault(SmtpServer::Fault::kRefuse);
  EXPECT_EQ(Send().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(server_.mails().empty());
  server_.SetFault(SmtpServer::Fault::kHang);
  EXPECT_EQ(Send(absl::Milliseconds(200)).code(), absl::StatusCode::kDeadlineExceeded);
  server_.SetFault(SmtpServer::Fault::kDropAfterData);
  EXPECT_EQ(Send().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(server_.mails().size(), 2u);
  server_.SetFault(SmtpServer::Fault::kNone);
  EXPECT_TRUE(Send().ok());
}

TEST(SmtpClientTest, ClosedPortIsUnavailable) {
  SmtpServer server;
  ASSERT_TRUE(server.Start().ok());
  const std::string url = server.url();
  server.Stop();
  curl::SmtpClient client({.url = url});
  EXPECT_EQ(client.Send("f@vaka.test", "t@vaka.test", kMail).code(),
            absl::StatusCode::kUnavailable);
}

TEST(MailTest, ReadsEncodedWordsAndBothParts) {
  const Mail mail = ParseMail(
      "Subject: =?UTF-8?B?SW5icm90dCDDpQ==?=\r\n =?UTF-8?B?IGFscA==?=\r\n"
      "Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n"
      "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
      "aGVq\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nPHA+aGVq\r\nPC9wPg==\r\n--b--\r\n");
  EXPECT_EQ(mail.headers.at("subject"), "Inbrott å alp");
  EXPECT_EQ(mail.plain, "hej");
  EXPECT_EQ(mail.html, "<p>hej</p>");
}

class SmsTest : public ::testing::Test {
 protected:
  SmsTest()
      : callbacks_([this](const HttpCall& call) {
          absl::MutexLock lock(&mu_);
          std::map<std::string, std::string> form = ParseForm(call.body);
          receipts_.push_back(form["id"] + " " + form["status"]);
          return HttpAnswer{};
        }) {}

  void SetUp() override { ASSERT_TRUE(callbacks_.Start(0).ok()); }

  absl::StatusOr<curl::HttpResponse> Post(const std::string& url, const std::string& password) {
    curl::HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.user = "u";
    request.password = password;
    request.body = curl::FormEncode(
        {{"from", "Vaka"},
         {"to", "+46700000001"},
         {"message", "Hej å & =+"},
         {"whendelivered", "http://127.0.0.1:" + std::to_string(callbacks_.port()) + "/x"}});
    curl::HttpClient client;
    return client.Do(request);
  }

  SystemClock clock_;
  absl::Mutex mu_;
  std::vector<std::string> receipts_;
  HttpListener callbacks_;
};

TEST_F(SmsTest, AnswersAsTheGatewayDoesAndPostsTheReceipt) {
  std::vector<CaughtSms> caught;
  SmsSink sink({.user = "u",
                .password = "p",
                .receipt_after = absl::ZeroDuration(),
                .caught =
                    [&](const CaughtSms& sms) {
                      absl::MutexLock lock(&mu_);
                      caught.push_back(sms);
                    }},
               clock_);
  ASSERT_TRUE(sink.Start().ok());
  const absl::StatusOr<curl::HttpResponse> answer = Post(sink.url(), "p");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->body, HasSubstr("\"status\":\"created\""));
  absl::MutexLock lock(&mu_);
  ASSERT_EQ(caught.size(), 1u);
  EXPECT_EQ(caught[0].message, "Hej å & =+");
  EXPECT_THAT(answer->body, HasSubstr("\"id\":\"" + caught[0].id + "\""));
  const auto receipted = [this] { return !receipts_.empty(); };
  ASSERT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&receipted), absl::Seconds(5)));
  EXPECT_THAT(receipts_, ElementsAre(caught[0].id + " delivered"));
}

TEST_F(SmsTest, RefusesAWrongPasswordAndAsItIsTold) {
  SmsSink sink(
      {.user = "u",
       .password = "p",
       .verdict =
           [](const std::string&) { return SmsVerdict{.status = 429, .retry_after_seconds = 7}; }},
      clock_);
  ASSERT_TRUE(sink.Start().ok());
  EXPECT_EQ(Post(sink.url(), "wrong")->status, 401);
  const absl::StatusOr<curl::HttpResponse> busy = Post(sink.url(), "p");
  EXPECT_EQ(busy->status, 429);
  EXPECT_EQ(busy->RetryAfter(clock_.Now()), absl::Seconds(7));
}

TEST(HttpClientTest, SaysWhenTheAnswerIsTooLongOrTheServerGone) {
  HttpListener server([](const HttpCall&) {
    HttpAnswer answer;
    answer.body = std::string(1000, 'x');
    return answer;
  });
  ASSERT_TRUE(server.Start(0).ok());
  curl::HttpClient client;
  curl::HttpRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
  EXPECT_EQ(client.Do(request)->body.size(), 1000u);
  request.longest_answer = 999;
  EXPECT_EQ(client.Do(request).status().code(), absl::StatusCode::kResourceExhausted);
  server.Stop();
  EXPECT_EQ(client.Do(request).status().code(), absl::StatusCode::kUnavailable);
  request.url = "file:///etc/passwd";
  EXPECT_EQ(client.Do(request).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace vaka::sink
