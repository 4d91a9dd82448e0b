#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "tests/fault/judge/checks.h"

namespace vaka::fault {
namespace {

std::string UrlEncoded(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-._~", c)) {
      out.push_back(c);
    } else {
      absl::StrAppend(&out, "%", absl::StrFormat("%02x", static_cast<unsigned char>(c)));
    }
  }
  return out;
}

// Forms in which a secret may come to light, in lower case: as it is, as a part of an address, a
// number without its plus sign or with a zero instead of the country.
std::set<std::string> FormsOf(const std::string& secret) {
  const std::string lower = absl::AsciiStrToLower(secret);
  std::set<std::string> forms = {lower, absl::AsciiStrToLower(UrlEncoded(lower))};
  if (lower.size() > 6 && lower[0] == '+') {
    forms.insert(lower.substr(1));
    if (absl::StartsWith(lower, "+46")) forms.insert(absl::StrCat("0", lower.substr(3)));
  }
  return forms;
}

class Screen {
 public:
  Screen(const std::vector<std::string>& secrets, Verdict& verdict) : verdict_(verdict) {
    for (const std::string& secret : secrets) {
      const std::set<std::string> forms = FormsOf(secret);
      forms_.insert(forms.begin(), forms.end());
    }
  }

  // `where` may be called when something is found.
  template <typename Where>
  void Look(absl::string_view bytes, const Where& where) {
    if (forms_.empty()) return;
    const std::string lower = absl::AsciiStrToLower(bytes);
    for (const std::string& form : forms_) {
      if (!absl::StrContains(lower, form)) continue;
      Charged(verdict_, Charge::kPersonal, "\"", form, "\" stands in ", where());
    }
  }

 private:
  Verdict& verdict_;
  std::set<std::string> forms_;
};

}  // namespace

void CheckPersonal(const Evidence& evidence, Verdict& verdict) {
  Screen screen(evidence.secrets, verdict);
  for (const Municipality& town : evidence.municipalities) {
    for (const StoredFact& fact : town.facts) {
      screen.Look(fact.bytes, [&] { return absl::StrCat(town.kommun, " log ", fact.seq); });
    }
    for (const StoredFact& fact : town.deliveries) {
      screen.Look(fact.bytes, [&] { return absl::StrCat(town.kommun, " deliveries ", fact.seq); });
    }
    for (const auto* parcels : {&town.outbox, &town.held}) {
      for (const notifications::v1::Parcel& parcel : *parcels) {
        screen.Look(parcel.SerializeAsString(),
                    [&] { return absl::StrCat(town.kommun, " outbox: ", parcel.message()); });
      }
    }
  }
  for (const Line& line : evidence.lines) {
    screen.Look(line.text, [&] { return absl::StrCat("a line of ", line.who, ": ", line.text); });
  }
}

}  // namespace vaka::fault
