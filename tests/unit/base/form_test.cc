#include "libs/base/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vaka {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(FormTest, ReadsFieldsAndEscapes) {
  EXPECT_THAT(ParseForm("id=s1&to=%2B46700000000&message=Hej+d%C3%A4r&flag&empty="),
              ElementsAre(Pair("empty", ""), Pair("flag", ""), Pair("id", "s1"),
                          Pair("message", "Hej där"), Pair("to", "+46700000000")));
  EXPECT_THAT(ParseForm("a=1&a=2&b=x=y&%61%3d=c"),
              ElementsAre(Pair("a", "2"), Pair("a=", "c"), Pair("b", "x=y")));
}

TEST(FormTest, TakesAnyBytes) {
  EXPECT_THAT(ParseForm(""), IsEmpty());
  EXPECT_THAT(ParseForm("&&&"), IsEmpty());
  EXPECT_THAT(ParseForm("a=%&b=%4&c=%zz&d=%4z&=%"),
              ElementsAre(Pair("", "%"), Pair("a", "%"), Pair("b", "%4"), Pair("c", "%zz"),
                          Pair("d", "%4z")));
  EXPECT_THAT(ParseForm("a=%00%ff\xff"), ElementsAre(Pair("a", std::string("\0\xff\xff", 3))));
}

}  // namespace
}  // namespace vaka
