#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "vaka/options/v1/options.pb.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::notifications {

// What a message is about, in one language; place, never person. Made by StoryOf from the state.
struct Story {
  enum class Form { kFirst, kUpdate, kGrouped, kDigest, kMessage, kRecall };

  // One thing that happened.
  struct Item {
    std::string what;   // "Inbrott i villa"
    std::string where;  // "Tullinge villastad"
    std::string when;   // "i dag 14.05"
  };

  registry::v1::Language language = registry::v1::LANGUAGE_SV;
  Form form = Form::kFirst;
  std::string sender;       // "Grannsamverkan Botkyrka"
  std::string sent_by;      // "polisen", "trygghetssamordnaren": function and agency
  std::string area;         // the recipient's area, by name
  std::string role;         // what makes them a recipient: "kontaktombud"
  std::vector<Item> items;  // newest first; at least one unless kMessage
  std::string words;        // a coordinator's own
  std::string reason;       // of an update or recall, as given
  bool critical = false;
};

// The same message for every way it travels.
struct Texts {
  std::string title;
  std::string sms;    // with the link; GSM 7-bit, at most 160 septets whenever the link lets it
  std::string plain;  // e-mail
  std::string html;
  std::string ready_sms;     // to pass on to households: no link, at most 160 septets
  std::string ready_notice;  // for a notice board, A4
  std::string why_you;
};

// `link`: the recipient's own signed address; `message`: its id, by which it can be checked.
Texts Write(const Story& story, absl::string_view link, absl::string_view message);

// "i dag 14.05", "i går 23.10", "20 nov 07.30"; with an end more than an hour later "i dag
// 01.00-05.00". Civil times in `zone`.
std::string WhenText(absl::Time from, absl::Time to, absl::Time now, absl::TimeZone zone,
                     registry::v1::Language language);

// "kontaktombud", "contact person".
std::string RoleText(options::v1::Role role, registry::v1::Language language);

}  // namespace vaka::notifications
