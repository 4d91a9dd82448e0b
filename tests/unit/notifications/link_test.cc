#include <gtest/gtest.h>

#include "libs/base/ids.h"
#include "services/notifications/short_link.h"

namespace vaka::notifications {
namespace {

TEST(ShortLinksTest, OpensWhatItMadeAndIsShort) {
  const ShortLinks links(std::string(32, 'k'));
  const std::string message = DeriveId("msg", "0127", "x");
  const std::string link = links.Make("0127", message);
  EXPECT_EQ(link.size(), 34u);
  const auto opened = links.Open(link);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->kommun, "0127");
  EXPECT_EQ(opened->message, message);
}

TEST(ShortLinksTest, RefusesEveryChangedCharacterAndAnotherKey) {
  const ShortLinks links(std::string(32, 'k'));
  const std::string link = links.Make("0127", DeriveId("msg", "0127", "x"));
  for (size_t i = 0; i < link.size(); ++i) {
    std::string changed = link;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_EQ(links.Open(changed).status().code(), absl::StatusCode::kUnauthenticated) << i;
  }
  EXPECT_FALSE(ShortLinks(std::string(32, 'q')).Open(link).ok());
  EXPECT_FALSE(links.Open("").ok());
  EXPECT_FALSE(links.Open(link + "0").ok());
}

}  // namespace
}  // namespace vaka::notifications
