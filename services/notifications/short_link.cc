#include "services/notifications/short_link.h"

#include <sodium.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/ids.h"

namespace vaka::notifications {
namespace {

constexpr absl::string_view kPrefix = "msg-";
constexpr size_t kKommun = 4;
constexpr size_t kId = 16;
constexpr size_t kTagBytes = 10;
constexpr size_t kTagLetters = 14;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

ShortLinks::ShortLinks(std::string key) : key_(std::move(key)) {}

std::string ShortLinks::Tag(absl::string_view body) const {
  unsigned char hash[crypto_generichash_BYTES];
  crypto_generichash(hash, sizeof(hash), Bytes(body), body.size(), Bytes(key_), key_.size());
  return Base64Url(absl::string_view(reinterpret_cast<const char*>(hash), kTagBytes));
}

std::string ShortLinks::Make(absl::string_view kommun, absl::string_view message) const {
  const std::string body = absl::StrCat(kommun, absl::StripPrefix(message, kPrefix));
  return absl::StrCat(body, Tag(body));
}

absl::StatusOr<ShortLinks::Target> ShortLinks::Open(absl::string_view link) const {
  const absl::Status refused = absl::UnauthenticatedError("link: not genuine");
  if (link.size() != kKommun + kId + kTagLetters) return refused;
  const absl::string_view body = link.substr(0, kKommun + kId);
  const std::string tag = Tag(body);
  if (sodium_memcmp(tag.data(), link.data() + body.size(), kTagLetters) != 0) return refused;
  return Target{std::string(body.substr(0, kKommun)), absl::StrCat(kPrefix, body.substr(kKommun))};
}

}  // namespace vaka::notifications
