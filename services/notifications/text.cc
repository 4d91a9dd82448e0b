#include "services/notifications/text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "services/notifications/gsm7.h"

namespace vaka::notifications {
namespace {

using registry::v1::Language;
using registry::v1::LANGUAGE_EN;

constexpr size_t kSmsSeptets = 160;
constexpr size_t kTitleSeptets = 90;

// Every phrase of a message, in one language.
struct Phrases {
  const char* correction;
  const char* recalled;
  const char* more_events;
  const char* digest;
  const char* message_from;
  const char* pass_on;
  const char* do_not_pass_on;
  const char* answer;
  const char* safety_short;
  const char* safety;
  const char* what;
  const char* where;
  const char* when;
  const char* because;  // role, area
  const char* because_district;
  const char* sent_by;
  const char* ready_sms;
  const char* ready_notice;
  const char* watch;
  const char* genuine;
  const char* unsubscribe;
  const char* reason;
  const char* thanks;
};

constexpr Phrases kSwedish = {
    "Rättelse",
    "Återkallat",
    "$0 händelser",
    "Sammandrag",
    "Meddelande",
    "Sprid till dina hushåll",
    "Sprid inte vidare.",
    "Tryck här när du läst eller spridit",
    "Fara: 112.",
    "Vid fara för liv: ring 112. Inte bråttom: polisen 114 14. Ingrip aldrig själv.",
    "Vad",
    "Var",
    "När",
    "Du får det här för att du är $0 i $1.",
    "Du får det här för att du är $0.",
    "Skickat av",
    "Att skicka vidare som sms",
    "Att sätta upp på anslagstavlan",
    "Håll extra uppsikt och hälsa på den du inte känner igen.",
    "Länken visar att meddelandet är äkta. Meddelande",
    "Ändra hur du får meddelanden, eller avsluta",
    "Skäl",
    "Tack för att du vakar!",
};

constexpr Phrases kEnglish = {
    "Correction",
    "Recalled",
    "$0 incidents",
    "Digest",
    "Message",
    "Pass on to your households",
    "Do not pass on.",
    "Tap here when you have read or passed it on",
    "Danger: 112.",
    "Danger to life: call 112. Not urgent: the police on 114 14. Never intervene yourself.",
    "What",
    "Where",
    "When",
    "You get this because you are $0 in $1.",
    "You get this because you are $0.",
    "Sent by",
    "To pass on as a text message",
    "For the notice board",
    "Keep an extra eye open and greet people you do not recognise.",
    "The link shows that the message is genuine. Message",
    "Change how you get messages, or stop them",
    "Reason",
    "Thank you for keeping watch!",
};

const Phrases& In(Language language) { return language == LANGUAGE_EN ? kEnglish : kSwedish; }

std::string Sentence(const Story::Item& item) {
  std::vector<absl::string_view> parts;
  for (absl::string_view part :
       std::initializer_list<absl::string_view>{item.what, item.where, item.when}) {
    if (!part.empty()) parts.push_back(part);
  }
  return absl::StrJoin(parts, ", ");
}

// The one line that says it all, without sender and link.
std::string Headline(const Story& story) {
  const Phrases& say = In(story.language);
  if (story.items.empty()) return story.words;
  const std::string first = Sentence(story.items.front());
  const std::string count = absl::Substitute(say.more_events, story.items.size());
  switch (story.form) {
    case Story::Form::kUpdate:
      return absl::StrCat(say.correction, ": ", first);
    case Story::Form::kRecall:
      return absl::StrCat(say.recalled, ": ", story.items.front().what, ", ",
                          story.items.front().where);
    case Story::Form::kGrouped:
      return absl::StrCat(count, ", ", story.area, ": ", first);
    case Story::Form::kDigest:
      return story.items.size() == 1
                 ? absl::StrCat(say.digest, ": ", first)
                 : absl::StrCat(say.digest, " ", story.area, ": ", count, ", ", first);
    case Story::Form::kFirst:
    case Story::Form::kMessage:
      break;
  }
  return first;
}

std::string TitleOf(const Story& story) {
  const Phrases& say = In(story.language);
  if (!story.words.empty()) {
    const std::string first_line = story.words.substr(0, story.words.find('\n'));
    const absl::string_view kind =
        story.form == Story::Form::kRecall ? say.recalled : say.message_from;
    return absl::StrCat(kind, ": ", CutGsm7(first_line, kTitleSeptets));
  }
  if (story.form == Story::Form::kFirst && !story.items.empty()) {
    return absl::StrCat(story.items.front().what, ": ", story.items.front().where);
  }
  return Headline(story);
}

// Sender, headline, then as many of `wishes` (most important last dropped first) as fit beside the
// link.
std::string Sms(const Story& story, absl::string_view link, std::vector<absl::string_view> wishes) {
  const std::string tail = link.empty() ? "" : absl::StrCat(" ", link);
  const std::string head = ToGsm7(absl::StrReplaceAll(
      absl::StrCat(story.sender, ": ", Headline(story)), {{"\r", ""}, {"\n", " "}}));
  for (;; wishes.pop_back()) {
    std::string end;
    for (absl::string_view wish : wishes) absl::StrAppend(&end, " ", wish);
    const std::string stop = head.back() == '.' || head.back() == '!' ? "" : ".";
    const std::string whole = ToGsm7(absl::StrCat(head, stop, end, tail));
    if (Gsm7Length(whole) <= kSmsSeptets) return whole;
    if (wishes.empty()) break;
  }
  const size_t taken = Gsm7Length(tail);
  const size_t room = taken < kSmsSeptets ? kSmsSeptets - taken : 0;
  return absl::StrCat(CutGsm7(head, std::max<size_t>(room, 40)), tail);
}

std::string Escape(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"},
                                    {"\n", "<br>"}});
}

std::string WhyYou(const Story& story) {
  const Phrases& say = In(story.language);
  return story.area.empty() ? absl::Substitute(say.because_district, story.role)
                            : absl::Substitute(say.because, story.role, story.area);
}

// Lines of what, where, when; one block an item.
std::vector<std::string> Blocks(const Story& story) {
  const Phrases& say = In(story.language);
  std::vector<std::string> blocks;
  if (!story.words.empty()) blocks.push_back(story.words);
  for (const Story::Item& item : story.items) {
    blocks.push_back(absl::StrCat(say.what, ": ", item.what, "\n", say.where, ": ", item.where,
                                  "\n", say.when, ": ", item.when));
  }
  if (!story.reason.empty()) blocks.push_back(absl::StrCat(say.reason, ": ", story.reason));
  return blocks;
}

std::string Notice(const Story& story) {
  const Phrases& say = In(story.language);
  return absl::StrCat(story.sender, "\n\n", TitleOf(story), "\n\n",
                      absl::StrJoin(Blocks(story), "\n\n"), "\n\n", say.watch, "\n", say.safety,
                      "\n");
}

std::string Plain(const Story& story, const Texts& texts, absl::string_view link,
                  absl::string_view message) {
  const Phrases& say = In(story.language);
  std::string out = absl::StrCat(texts.title, "\n\n", absl::StrJoin(Blocks(story), "\n\n"), "\n\n");
  if (story.form == Story::Form::kRecall) {
    absl::StrAppend(&out, say.do_not_pass_on, "\n", link, "\n\n");
  } else {
    absl::StrAppend(&out, say.pass_on, ". ", say.answer, ":\n", link, "\n\n", say.ready_sms, ":\n",
                    texts.ready_sms, "\n\n", say.ready_notice, ":\n", texts.ready_notice, "\n");
  }
  absl::StrAppend(&out, texts.why_you, "\n", say.sent_by, ": ", story.sender,
                  story.sent_by.empty() ? "" : absl::StrCat(" (", story.sent_by, ")"), ".\n",
                  say.safety, "\n", say.genuine, " ", message, ".\n", say.unsubscribe, ": ", link,
                  "\n", say.thanks, "\n");
  return out;
}

std::string Html(const Story& story, const Texts& texts, absl::string_view link,
                 absl::string_view message) {
  const Phrases& say = In(story.language);
  const std::string href = Escape(link);
  const bool recall = story.form == Story::Form::kRecall;
  std::string out =
      absl::StrCat("<!doctype html><html lang=\"", story.language == LANGUAGE_EN ? "en" : "sv",
                   "\"><meta charset=\"utf-8\"><body style=\"font:16px/1.5 "
                   "sans-serif;max-width:36em;margin:auto\">",
                   "<h1 style=\"font-size:1.3em\">", Escape(texts.title), "</h1>");
  for (const std::string& block : Blocks(story))
    absl::StrAppend(&out, "<p>", Escape(block), "</p>");
  absl::StrAppend(
      &out, "<p><strong>", recall ? say.do_not_pass_on : say.pass_on, "</strong></p><p><a href=\"",
      href,
      "\" style=\"display:inline-block;padding:.8em 1.2em;background:#1c5d99;color:#fff;"
      "border-radius:.4em;text-decoration:none\">",
      say.answer, "</a></p>");
  if (!recall) {
    absl::StrAppend(&out, "<h2 style=\"font-size:1em\">", say.ready_sms, "</h2><blockquote>",
                    Escape(texts.ready_sms), "</blockquote><h2 style=\"font-size:1em\">",
                    say.ready_notice, "</h2><blockquote>", Escape(texts.ready_notice),
                    "</blockquote>");
  }
  absl::StrAppend(&out, "<hr><p style=\"font-size:.85em\">", Escape(texts.why_you), "<br>",
                  say.sent_by, ": ", Escape(story.sender),
                  story.sent_by.empty() ? "" : absl::StrCat(" (", Escape(story.sent_by), ")"),
                  ".<br>", say.safety, "<br>", say.genuine, " ", Escape(message), ".<br><a href=\"",
                  href, "\">", say.unsubscribe, "</a></p></body></html>\n");
  return out;
}

}  // namespace

Texts Write(const Story& story, absl::string_view link, absl::string_view message) {
  const Phrases& say = In(story.language);
  Texts texts;
  texts.title = TitleOf(story);
  texts.why_you = WhyYou(story);
  if (story.form == Story::Form::kRecall) {
    texts.sms = Sms(story, link, {say.do_not_pass_on});
    texts.ready_sms = Sms(story, "", {});
  } else {
    texts.sms = Sms(story, link, {say.pass_on, say.safety_short});
    texts.ready_sms = Sms(story, "", {say.watch, say.safety_short});
  }
  texts.ready_notice = Notice(story);
  texts.plain = Plain(story, texts, link, message);
  texts.html = Html(story, texts, link, message);
  return texts;
}

std::string WhenText(absl::Time from, absl::Time to, absl::Time now, absl::TimeZone zone,
                     Language language) {
  static constexpr const char* kSvMonths[] = {"jan",  "feb", "mars", "april", "maj", "juni",
                                              "juli", "aug", "sep",  "okt",   "nov", "dec"};
  static constexpr const char* kEnMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const bool english = language == LANGUAGE_EN;
  const char* clock_form = english ? "%H:%M" : "%H.%M";
  const absl::CivilDay day = absl::ToCivilDay(from, zone);
  const absl::CivilDay today = absl::ToCivilDay(now, zone);
  std::string text;
  if (day == today) {
    text = english ? "today" : "i dag";
  } else if (day == today - 1) {
    text = english ? "yesterday" : "i går";
  } else {
    text = absl::StrCat(day.day(), " ", (english ? kEnMonths : kSvMonths)[day.month() - 1]);
  }
  absl::StrAppend(&text, " ", absl::FormatTime(clock_form, from, zone));
  if (to - from > absl::Hours(1)) {
    absl::StrAppend(&text, "-", absl::FormatTime(clock_form, to, zone));
  }
  return text;
}

std::string RoleText(options::v1::Role role, Language language) {
  const bool english = language == LANGUAGE_EN;
  switch (role) {
    case options::v1::ROLE_CONTACT_PERSON:
      return english ? "contact person" : "kontaktombud";
    case options::v1::ROLE_LEAD_CONTACT:
      return english ? "lead contact" : "huvudkontaktombud";
    case options::v1::ROLE_CARETAKER:
      return english ? "caretaker" : "bovärd";
    case options::v1::ROLE_PATROLLER:
      return english ? "patroller" : "grannstödjare";
    case options::v1::ROLE_SAFETY_REPRESENTATIVE:
      return english ? "safety representative" : "trygghetsombud";
    case options::v1::ROLE_AREA_MANAGER:
      return english ? "area manager" : "områdeschef";
    case options::v1::ROLE_BRIEFING_OFFICER:
      return english ? "the police" : "polisen";
    case options::v1::ROLE_COORDINATOR:
      return english ? "safety coordinator" : "trygghetssamordnare";
    case options::v1::ROLE_ANALYST:
      return english ? "safety analyst" : "EST-samordnare";
    case options::v1::ROLE_AGENCY_REPORTER:
      return english ? "agency" : "aktör";
    case options::v1::ROLE_RESIDENT:
      return english ? "resident" : "boende";
    default:
      return "";
  }
}

}  // namespace vaka::notifications
