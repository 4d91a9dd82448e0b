#include "libs/screen/screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace vaka::screen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The hits as "kind:matched text". Cut by code points, so that the positions are tested with them.
std::vector<std::string> Hits(const std::string& text) {
  std::vector<size_t> starts;  // byte offset of each code point
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80u) starts.push_back(i);
  }
  starts.push_back(text.size());
  std::vector<std::string> hits;
  for (const options::v1::TextSpan& span : FindPersonalData(text)) {
    const size_t begin = starts.at(span.begin());
    hits.push_back(
        absl::StrCat(span.kind(), ":", text.substr(begin, starts.at(span.end()) - begin)));
  }
  return hits;
}

struct Case {
  std::string text;
  std::string hit;  // "kind:matched text"; empty: the text passes
};

void Expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const std::vector<std::string> want =
        c.hit.empty() ? std::vector<std::string>() : std::vector<std::string>{c.hit};
    EXPECT_EQ(Hits(c.text), want);
  }
}

// The numbers are Skatteverket's published examples and others with a right check digit.
TEST(ScreenTest, FindsPersonnummerInEveryForm) {
  Expect({
      {"Mannen 640823-3234 sågs i Alby", "personnummer:640823-3234"},
      {"6408233234", "personnummer:6408233234"},
      {"196408233234", "personnummer:196408233234"},
      {"19640823-3234.", "personnummer:19640823-3234"},
      {"640823+3234", "personnummer:640823+3234"},
      {"18640823+3234", "personnummer:18640823+3234"},
      {"640823 - 3234", "personnummer:640823 - 3234"},
      {"640823 3234", "personnummer:640823 3234"},
      {"640823\u00A0\u2013\u00A03234", "personnummer:640823\u00A0\u2013\u00A03234"},
      {"640823\u22123234", "personnummer:640823\u22123234"},
      {"640823\u20113234 åäö", "personnummer:640823\u20113234"},
      {"1964-08-23-3234", "personnummer:1964-08-23-3234"},
      {"1964 08 23 3234", "personnummer:1964 08 23 3234"},
      {"19 640823-3234", "personnummer:19 640823-3234"},
      {"640823.3234", "personnummer:640823.3234"},
      {"640823/3234", "personnummer:640823/3234"},
      {"640823-32 34", "personnummer:640823-32 34"},
      {"6 4 0 8 2 3 3 2 3 4", "personnummer:6 4 0 8 2 3 3 2 3 4"},
      {"pnr640823-3234,", "personnummer:640823-3234"},
      {"6408\u200B23-3234", "personnummer:6408\u200B23-3234"},
      {"\uFF16\uFF14\uFF10\uFF18\uFF12\uFF13-3234",
       "personnummer:\uFF16\uFF14\uFF10\uFF18\uFF12\uFF13-3234"},
      {"(811218-9876)", "personnummer:811218-9876"},
      {"000229-1235", "personnummer:000229-1235"},
      {"https://x.se/?id=640823-3234", "personnummer:640823-3234"},
  });
}

TEST(ScreenTest, FindsSamordningsnummer) {
  Expect({
      {"701063-2391", "samordningsnummer:701063-2391"},
      {"19701063-2391", "samordningsnummer:19701063-2391"},
      {"197010632391", "samordningsnummer:197010632391"},
      {"640883-3231", "samordningsnummer:640883-3231"},
      {"640060-3236", "samordningsnummer:640060-3236"},  // month and day of birth unknown
      {"640060-3237", ""},                               // check digit
      {"640892-1234", ""},                               // no 32nd day
  });
}

TEST(ScreenTest, PassesNumbersThatAreNobodys) {
  Expect({
      {"640823-3235", ""},  // check digit
      // The check digit is right in these:
      {"641323-3237", ""},       // month 13
      {"640832-3233", ""},       // day 32
      {"650229-1237", ""},       // no leap year
      {"640823-0008", ""},       // no serial number 000
      {"556036-0793", ""},       // an organisation's number: month 60
      {"16640823-3234 kr", ""},  // no such century
      {"1640823323467", ""},     // thirteen digits
      {"2026-11-20 0730", ""},   // a time, though the check digit is right
      {"2026-11-20 07:30 till 2026-11-20 11.45", ""},
      {"20261120T073000", ""},
      {"5000-K123-26", ""},
      {"5000-K1234567-26", ""},
      {"Diarienummer 2026/12345 och 2026-000123", ""},
  });
}

TEST(ScreenTest, FindsPhoneNumbers) {
  Expect({
      {"ring 070-123 45 67", "phone:070-123 45 67"},
      {"0701234567", "phone:0701234567"},
      {"070 1234567.", "phone:070 1234567"},
      {"0701-23 45 67", "phone:0701-23 45 67"},
      {"070.123.45.67", "phone:070.123.45.67"},
      {"07 01 23 45 67", "phone:07 01 23 45 67"},
      {"0 7 0 1 2 3 4 5 6 7", "phone:0 7 0 1 2 3 4 5 6 7"},
      {"tel:0731234567", "phone:0731234567"},
      {"tel0731234567", "phone:0731234567"},
      {"070\u00A0\u2013\u00A0123\u202F45\u202F67",
       "phone:070\u00A0\u2013\u00A0123\u202F45\u202F67"},
      {"+46 70 123 45 67", "phone:+46 70 123 45 67"},
      {"+46701234567", "phone:+46701234567"},
      {"+46 (0)70-123 45 67", "phone:+46 (0)70-123 45 67"},
      {"0046701234567", "phone:0046701234567"},
      {"0046 8 123 456 78", "phone:0046 8 123 456 78"},
      {"+47 22 11 33 44 5", "phone:+47 22 11 33 44 5"},
      {"+358401234567", "phone:+358401234567"},
      {"08-123 456 78", "phone:08-123 456 78"},
      {"08-12 34 56", "phone:08-12 34 56"},
      {"(08) 123 45 67", "phone:08) 123 45 67"},
      {"08/1234567", "phone:08/1234567"},
      {"018-12 34 56", "phone:018-12 34 56"},
      {"0980-123 45", "phone:0980-123 45"},
      {"0812345678", "phone:0812345678"},
      {"072-1234567 12 st", "phone:072-1234567"},
      {"lgh 1201 070-1234567", "phone:070-1234567"},
  });
}

TEST(ScreenTest, PassesCountsTimesDatesAndPlaces) {
  Expect({
      {"Ring 112. Inte akut: 114 14 eller 077-114 14 00", ""},
      {"20 november 07.30, kl 08.15 och 14:30–15:00", ""},
      {"kl 08-12 25 30 personer", ""},
      {"Öppet 08-12 13-17", ""},
      {"kl. 0700 12 30 10", ""},
      {"Mellan 07.00-08.30 10 ungdomar", ""},
      {"2026-08-12 06:15:20", ""},
      {"den 08 12 2025", ""},
      {"08122025", ""},
      {"08.12.2025", ""},
      {"Albyvägen 12, lgh 1203", ""},
      {"Botkyrka, kommunkod 0127, län 01", ""},
      {"59.239123, 17.845123", ""},
      {"0.12345678", ""},
      {"omkring 1 500 000 kr, +150 000 000", ""},
      {"147 35 Tumba", ""},
      {"ärende K0123456789", ""},
      {"10-15 personer i 20-årsåldern, 3 bilar", ""},
      {"Väg 226, E4 123 meter norrut, E4/E20", ""},
  });
}

TEST(ScreenTest, FindsMailAddresses) {
  Expect({
      {"Skriv till anna.ek@example.se.", "email:anna.ek@example.se"},
      {"åsa+tips@post.example.com", "email:åsa+tips@post.example.com"},
      {"abc123@example.se", "email:abc123@example.se"},
      {"anna @ example.se", "email:anna @ example.se"},
      {"anna(at)example.se", "email:anna(at)example.se"},
      {"anna [a] example.se", "email:anna [a] example.se"},
      {"640823-3234@example.se", "email:640823-3234@example.se"},
      {"a@b.se@c.se", "email:a@b.se@c.se"},
      {"följ @polisen_botkyrka", ""},
      {"2 st @ 3.50", ""},
      {"a@b", ""},
      {"polisen.se/botkyrka", ""},
  });
}

TEST(ScreenTest, FindsPlates) {
  Expect({
      {"En Volvo ABC123 stod kvar", "plate:ABC123"},
      {"ABC 123", "plate:ABC 123"},
      {"ABC-123", "plate:ABC-123"},
      {"ABC12D", "plate:ABC12D"},
      {"ABC 12D.", "plate:ABC 12D"},
      {"abc123", "plate:abc123"},
      {"Abc12d", "plate:Abc12d"},
      {"regnr abc 123", "plate:abc 123"},
      {"reg.nr: abc 12d", "plate:abc 12d"},
      {"skylten abc 123", "plate:abc 123"},
      {"HUS123", "plate:HUS123"},
      {"ABC\u00A0123", "plate:ABC\u00A0123"},
      {"(WXY987)", "plate:WXY987"},
  });
}

TEST(ScreenTest, PassesWordsWithNumbers) {
  Expect({
      {"HUS 12A", ""},
      {"hus 123, HUS 123, lgh123", ""},
      {"kl 123, E4 123, väg 226", ""},
      {"bor 200 meter bort, med 150 personer", ""},
      {"OCH 200 KRONOR", ""},
      {"en BMW 320, BMW320 och en GLC 220", ""},
      {"IKA123, QAB123, VAB123, ABC12O", ""},  // letters no plate has, or not there
      {"XABC123", ""},
      {"ABC1234", ""},
      {"ABC 1234", ""},
      {"SOS112", ""},
      {"https://polisen.se/abc123/2026/", ""},
      {"Å BC123", ""},
      {"ÅBC123", ""},
  });
}

TEST(ScreenTest, FindsSeveralInOrder) {
  EXPECT_EQ(Hits("ABC123 kördes av 640823-3234, tel 070-123 45 67, a@b.se"),
            (std::vector<std::string>{"plate:ABC123", "personnummer:640823-3234",
                                      "phone:070-123 45 67", "email:a@b.se"}));
}

TEST(ScreenTest, CountsPositionsInCodePoints) {
  const std::vector<options::v1::TextSpan> spans = FindPersonalData("åäö 🚗 ABC123");
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].begin(), 6u);
  EXPECT_EQ(spans[0].end(), 12u);
}

TEST(ScreenTest, SurvivesBytesThatAreNotUtf8) {
  const std::string text = std::string("\xFF\xC3(\xE2\x82", 5) + std::string(1, '\0') + " ABC123";
  const std::vector<options::v1::TextSpan> spans = FindPersonalData(text);
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].begin(), 7u);
  EXPECT_TRUE(FindPersonalData("").empty());
}

TEST(ScreenTest, RefusalNamesFieldKindAndPositionButNotTheText) {
  EXPECT_TRUE(ScreenText("submission.text", "Klotter på Albyvägen 12").ok());
  const absl::Status refused = ScreenText("submission.text", "Ring 070-123 45 67");
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("submission.text"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("phone at 5–18"));
  EXPECT_THAT(std::string(refused.message()), Not(HasSubstr("123 45")));
  const auto info = InfoOf(refused);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->field(), "submission.text");
  ASSERT_EQ(info->hits_size(), 1);
  EXPECT_EQ(info->hits(0).kind(), "phone");
}

}  // namespace
}  // namespace vaka::screen
