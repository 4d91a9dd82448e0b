#include "libs/redis/append_only_file.h"

#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "libs/redis/connection.h"

namespace vaka::redis {
namespace {

std::string Command(const Argv& argv) {
  std::string wire;
  Encode(argv, &wire);
  return wire;
}

FileEnd EndOfBytes(const std::string& bytes) {
  std::istringstream file(bytes);
  return EndOf(file);
}

const std::string kFirst = Command({"SELECT", "0"});
const std::string kTransaction =
    absl::StrCat(Command({"MULTI"}), Command({"XADD", "log", "1-0", "f", std::string(300, 'x')}),
                 Command({"HSET", "keys", "k", "1:1"}), Command({"EXEC"}));

TEST(AppendOnlyFileTest, IsWhole) {
  EXPECT_EQ(EndOfBytes(""), FileEnd::kWhole);
  EXPECT_EQ(EndOfBytes(kFirst), FileEnd::kWhole);
  EXPECT_EQ(EndOfBytes(absl::StrCat(kFirst, "#TS:1\r\n", kTransaction)), FileEnd::kWhole);
}

TEST(AppendOnlyFileTest, IsTornWhereverItsLastWriteEnds) {
  for (size_t cut = 1; cut < kTransaction.size(); ++cut) {
    EXPECT_EQ(EndOfBytes(absl::StrCat(kFirst, kTransaction.substr(0, cut))), FileEnd::kTorn) << cut;
  }
}

TEST(AppendOnlyFileTest, IsDamagedWhereALengthReachesOverOtherCommands) {
  std::string bytes = absl::StrCat(kFirst, kTransaction);
  const size_t length = bytes.find("$300");
  bytes[length + 1] = '7';  // past the end
  EXPECT_EQ(EndOfBytes(bytes), FileEnd::kDamaged);
  bytes[length + 1] = '2';  // too short
  EXPECT_EQ(EndOfBytes(bytes), FileEnd::kDamaged);
  bytes = absl::StrCat(kFirst, kTransaction);
  bytes[bytes.rfind("$4") + 1] = '6';  // of the last line of all
  EXPECT_EQ(EndOfBytes(bytes), FileEnd::kDamaged);
  bytes = absl::StrCat(kFirst, kTransaction);
  bytes[bytes.rfind("*1") + 1] = '3';
  EXPECT_EQ(EndOfBytes(bytes), FileEnd::kDamaged);
}

}  // namespace
}  // namespace vaka::redis
