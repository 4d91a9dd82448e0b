#include "libs/screen/screen.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/screen/matchers.h"

namespace vaka::screen {
namespace {

bool StartsWith(const FoldedText& text, size_t at, const char32_t* word) {
  for (; *word != U'\0'; ++word, ++at) {
    if (Lower(text[at]) != *word) return false;
  }
  return true;
}

bool StartsLink(const FoldedText& text, size_t at) {
  return StartsWith(text, at, U"https://") || StartsWith(text, at, U"http://") ||
         (StartsWith(text, at, U"www.") && (at == 0 || !text.IsWord(at - 1)));
}

// All matches in the text's order of beginning. Numbers inside a link are parts of addresses on
// the web, not plates or phones; an identity number stays one.
std::vector<Match> AllMatches(const FoldedText& text) {
  std::vector<Match> matches;
  size_t link_end = 0;
  size_t free_from = 0;  // where the last match ended
  for (size_t at = 0; at < text.size(); ++at) {
    if (at >= link_end && StartsLink(text, at)) {
      link_end = at;
      while (link_end < text.size() && text[link_end] != U' ') ++link_end;
    }
    std::optional<Match> match = MatchMailAround(text, at);
    if (match.has_value()) {
      // A plate or number found in the name before the at-sign is part of the address.
      while (!matches.empty() && matches.back().end > match->begin) {
        match->begin = std::min(match->begin, matches.back().begin);
        matches.pop_back();
      }
    }
    if (!match.has_value() && at >= free_from) match = MatchIdentityNumber(text, at);
    if (!match.has_value() && at >= free_from && at >= link_end) {
      match = MatchPhone(text, at);
      if (!match.has_value()) match = MatchPlate(text, at);
    }
    if (!match.has_value()) continue;
    matches.push_back(*match);
    free_from = match->end;
  }
  return matches;
}

}  // namespace

std::vector<options::v1::TextSpan> FindPersonalData(absl::string_view utf8) {
  const FoldedText text(utf8);
  std::vector<options::v1::TextSpan> spans;
  for (const Match& match : AllMatches(text)) {
    options::v1::TextSpan& span = spans.emplace_back();
    span.set_begin(text.Origin(match.begin));
    span.set_end(text.Origin(match.end - 1) + 1);
    span.set_kind(match.kind);
  }
  return spans;
}

absl::Status ScreenText(absl::string_view field, absl::string_view text) {
  const std::vector<options::v1::TextSpan> hits = FindPersonalData(text);
  if (hits.empty()) return absl::OkStatus();
  std::string where;
  for (const options::v1::TextSpan& hit : hits) {
    absl::StrAppend(&where, where.empty() ? "" : ", ", hit.kind(), " at ", hit.begin(), "–",
                    hit.end());
  }
  options::v1::ErrorInfo info;
  info.set_field(std::string(field));
  for (const options::v1::TextSpan& hit : hits) *info.add_hits() = hit;
  return WithInfo(absl::InvalidArgumentError(
                      absl::StrCat(field, ": holds personal data (", where,
                                   "); describe the place and what happened, never a person")),
                  info);
}

}  // namespace vaka::screen
