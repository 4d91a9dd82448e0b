#include "services/notifications/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/week.h"
#include "libs/sink/mail.h"
#include "services/notifications/gsm7.h"
#include "services/notifications/mime.h"

namespace vaka::notifications {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kLink[] = "https://vaka.botkyrka.se/l/0127k3j9x2m4n5p6q7r8abcdefghijklmn";

Story Burglary() {
  Story story;
  story.sender = "Grannsamverkan Botkyrka";
  story.sent_by = "polisen, Polisen Botkyrka";
  story.area = "Tullinge villastad";
  story.role = "kontaktombud";
  story.items = {{"Inbrott i villa", "Tullinge villastad", "i dag 14.05"}};
  return story;
}

TEST(TextTest, SmsSaysWhoWhatWhereWhenAndFitsWithItsLink) {
  const Texts texts = Write(Burglary(), kLink, "msg-1");
  EXPECT_THAT(texts.sms, ::testing::StartsWith("Grannsamverkan Botkyrka: Inbrott i villa, Tullinge "
                                               "villastad, i dag 14.05."));
  EXPECT_THAT(texts.sms, ::testing::EndsWith(kLink));
  EXPECT_LE(Gsm7Length(texts.sms), 160u);
  EXPECT_EQ(SmsParts(texts.sms), 1u);
  EXPECT_EQ(texts.ready_sms,
            "Grannsamverkan Botkyrka: Inbrott i villa, Tullinge villastad, i dag 14.05. Håll extra "
            "uppsikt och hälsa på den du inte känner igen. Fara: 112.");
  EXPECT_EQ(texts.title, "Inbrott i villa: Tullinge villastad");
}

TEST(TextTest, EveryFormFitsOneSmsInBothLanguagesHoweverLongTheNames) {
  for (registry::v1::Language language : {registry::v1::LANGUAGE_SV, registry::v1::LANGUAGE_EN}) {
    for (Story::Form form : {Story::Form::kFirst, Story::Form::kUpdate, Story::Form::kGrouped,
                             Story::Form::kDigest, Story::Form::kRecall}) {
      Story story = Burglary();
      story.language = language;
      story.form = form;
      story.area = std::string(60, 'x');
      story.items[0].where = "Åäö " + std::string(80, 'y');
      story.items.push_back(story.items[0]);
      const Texts texts = Write(story, kLink, "msg-1");
      EXPECT_LE(Gsm7Length(texts.sms), 160u) << texts.sms;
      EXPECT_LE(Gsm7Length(texts.ready_sms), 160u) << texts.ready_sms;
      EXPECT_THAT(texts.sms, ::testing::EndsWith(kLink));
      EXPECT_THAT(texts.ready_sms, Not(HasSubstr("http")));
    }
  }
}

TEST(TextTest, ALongMessageInOwnWordsIsCutAndLinked) {
  Story story = Burglary();
  story.form = Story::Form::kMessage;
  story.items.clear();
  story.words = "Föreningen möts — “torsdag” kl 18.\n" + std::string(500, 'z');
  const Texts texts = Write(story, kLink, "msg-1");
  EXPECT_LE(Gsm7Length(texts.sms), 160u);
  EXPECT_THAT(texts.sms, HasSubstr("Föreningen möts - \"torsdag\" kl 18."));
  EXPECT_EQ(SmsParts(texts.sms), 1u);
  EXPECT_THAT(texts.plain, HasSubstr(std::string(500, 'z')));
}

TEST(TextTest, RecallAsksNotToPassOn) {
  Story story = Burglary();
  story.form = Story::Form::kRecall;
  story.reason = "fel adress";
  const Texts texts = Write(story, kLink, "msg-1");
  EXPECT_THAT(texts.sms, HasSubstr("Återkallat: Inbrott i villa"));
  EXPECT_THAT(texts.sms, HasSubstr("Sprid inte vidare."));
  EXPECT_THAT(texts.plain, HasSubstr("Skäl: fel adress"));
  EXPECT_THAT(texts.plain, Not(HasSubstr("Sprid till")));
}

TEST(TextTest, MailSaysWhyYouWhoSendsAndHowToCheck) {
  const Texts texts = Write(Burglary(), kLink, "msg-42");
  for (const std::string& text : {texts.plain, texts.html}) {
    EXPECT_THAT(text, HasSubstr("Du får det här för att du är kontaktombud i Tullinge villastad."));
    EXPECT_THAT(text, HasSubstr("Grannsamverkan Botkyrka (polisen, Polisen Botkyrka)"));
    EXPECT_THAT(text, HasSubstr("msg-42"));
    EXPECT_THAT(text, HasSubstr("112"));
    EXPECT_THAT(text, HasSubstr(kLink));
  }
}

TEST(TextTest, HtmlEscapesWhatPeopleWrote) {
  Story story = Burglary();
  story.form = Story::Form::kMessage;
  story.items.clear();
  story.words = "<script>alert(\"x\")</script> & 'y'";
  const Texts texts = Write(story, "https://x/?a=\"b\"", "msg-1");
  EXPECT_THAT(texts.html, Not(HasSubstr("<script>")));
  EXPECT_THAT(texts.html,
              HasSubstr("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;"));
  EXPECT_THAT(texts.html, HasSubstr("href=\"https://x/?a=&quot;b&quot;\""));
}

TEST(TextTest, WhenIsCivilAndRelative) {
  const absl::TimeZone zone = *LoadZone("Europe/Stockholm");
  const auto at = [&](int day, int hour, int minute) {
    return absl::FromCivil(absl::CivilMinute(2026, 11, day, hour, minute), zone);
  };
  const absl::Time now = at(18, 12, 0);
  const auto sv = registry::v1::LANGUAGE_SV;
  EXPECT_EQ(WhenText(at(18, 7, 5), at(18, 7, 5), now, zone, sv), "i dag 07.05");
  EXPECT_EQ(WhenText(at(17, 23, 0), at(18, 6, 30), now, zone, sv), "i går 23.00-06.30");
  EXPECT_EQ(WhenText(at(9, 7, 5), at(9, 7, 50), now, zone, sv), "9 nov 07.05");
  EXPECT_EQ(WhenText(at(18, 7, 5), at(18, 7, 5), now, zone, registry::v1::LANGUAGE_EN),
            "today 07:05");
}

TEST(Gsm7Test, CountsAsTheNetworkDoes) {
  EXPECT_EQ(SmsParts(std::string(160, 'a')), 1u);
  EXPECT_EQ(SmsParts(std::string(161, 'a')), 2u);
  EXPECT_EQ(SmsParts(std::string(306, 'a')), 2u);
  EXPECT_EQ(SmsParts(std::string(307, 'a')), 3u);
  EXPECT_EQ(Gsm7Length("åäöÅÄÖé"), 7u);
  EXPECT_EQ(Gsm7Length("€[]"), 6u);
  EXPECT_EQ(SmsParts(std::string(69, 'a') + "ł"), 1u);
  EXPECT_EQ(SmsParts(std::string(70, 'a') + "ł"), 2u);
  EXPECT_EQ(ToGsm7("– “x” 😀 İ"), "- \"x\" ? I");
  EXPECT_EQ(CutGsm7("abcdefghij", 8), "abcde...");
  EXPECT_EQ(CutGsm7("åäö", 3), "åäö");
}

TEST(MimeTest, ComesBackAsItWasAndStaysTheSameForARepeat) {
  MailParts mail;
  mail.from_name = "Grannsamverkan Åby";
  mail.from = "from@vaka.test";
  mail.to = "to@vaka.test";
  mail.subject = "Inbrott i villa: Åkerö, Älvsjö och Örnäs – en rad som är riktigt, riktigt lång";
  mail.plain = "Hej å\nrad två\n" + std::string(300, 'x');
  mail.html = "<p>Hej å</p>";
  mail.message = "msg-abc";
  mail.link = "https://x/l/1";
  mail.date = absl::UnixEpoch();
  const std::string data = MimeOf(mail);
  const sink::Mail read = sink::ParseMail(data);
  EXPECT_EQ(read.plain, mail.plain);
  EXPECT_EQ(read.html, mail.html);
  EXPECT_EQ(read.headers.at("subject"), mail.subject);
  EXPECT_EQ(read.headers.at("from"), "Grannsamverkan Åby <from@vaka.test>");
  EXPECT_EQ(read.headers.at("message-id"), "<msg-abc@vaka.test>");
  EXPECT_EQ(read.headers.at("auto-submitted"), "auto-generated");
  EXPECT_EQ(read.headers.at("list-unsubscribe"), "<https://x/l/1>");
  EXPECT_EQ(MimeOf(mail), data);
}

TEST(MimeTest, NoValueBeginsAHeaderOfItsOwn) {
  MailParts mail;
  mail.from = "f@vaka.test";
  mail.to = "t@vaka.test";
  mail.subject = "a\r\nBcc: evil@vaka.test";
  mail.message = "msg-abc";
  EXPECT_THAT(MimeOf(mail), Not(HasSubstr("\nBcc:")));
  EXPECT_FALSE(IsMailAddress("a@b\r\nRCPT TO:<c@d>"));
  EXPECT_FALSE(IsMailAddress("a@b>,c@d"));
  EXPECT_FALSE(IsMailAddress("nobody"));
  EXPECT_TRUE(IsMailAddress("anna.svensson+vaka@exempel.se"));
}

}  // namespace
}  // namespace vaka::notifications
