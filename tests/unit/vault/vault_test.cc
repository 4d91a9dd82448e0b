#include "libs/vault/vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "libs/vault/key_file.h"
#include "tests/support/memory_log/memory_log.h"

namespace vaka::vault {
namespace {

class VaultTest : public ::testing::Test {
 protected:
  // The box, its key recorded as the append of a fact would.
  registry::v1::Sealed Keep(const absl::StatusOr<Vault::Box>& box) {
    log::AppendRequest request;
    request.kommun = "0127";
    request.idempotency_key = absl::StrCat("k", ++appends_);
    request.facts = {"fact"};
    if (box.value().new_key.has_value()) request.keys = {*box->new_key};
    EXPECT_TRUE(log_.AppendNow(request).ok());
    return box->sealed;
  }

  log::MemoryLog log_;
  Vault vault_{log_, std::string(32, 'm')};
  int appends_ = 0;
};

TEST_F(VaultTest, OpensWhatItSealed) {
  const std::string plain("Anna \0 Åkesson", 15);
  const auto sealed = Keep(vault_.Seal("0127", "p-1", plain));
  EXPECT_EQ(sealed.subject(), "p-1");
  EXPECT_EQ(sealed.box().find("Anna"), std::string::npos);
  EXPECT_EQ(vault_.Open("0127", sealed).value(), plain);
  EXPECT_EQ(vault_.Open("0127", Keep(vault_.Seal("0127", "p-2", ""))).value(), "");
}

TEST_F(VaultTest, UsesTheSubjectsKeyAgain) {
  const auto first = vault_.Seal("0127", "p-1", "one");
  EXPECT_TRUE(first->new_key.has_value());
  const auto one = Keep(first);
  const auto second = vault_.Seal("0127", "p-1", "two");
  EXPECT_FALSE(second->new_key.has_value());
  EXPECT_EQ(vault_.Open("0127", one).value(), "one");
  EXPECT_EQ(vault_.Open("0127", Keep(second)).value(), "two");
  // The same words twice do not look the same.
  EXPECT_NE(vault_.Seal("0127", "p-1", "two")->sealed.box(), second->sealed.box());
}

TEST_F(VaultTest, OpensBothBoxesWhenTwoMadeAKeyAtOnce) {
  const auto first = vault_.Seal("0127", "p-1", "one");
  const auto second = vault_.SealNew("0127", "p-1", "two");
  const auto one = Keep(first);
  const auto two = Keep(second);
  EXPECT_EQ(vault_.Open("0127", one).value(), "one");
  EXPECT_EQ(vault_.Open("0127", two).value(), "two");
}

TEST_F(VaultTest, OpensNothingOfAnErasedSubject) {
  const auto one = Keep(vault_.Seal("0127", "p-1", "one"));
  const auto other = Keep(vault_.Seal("0127", "p-2", "two"));
  ASSERT_TRUE(vault_.Erase("0127", "p-1").ok());
  EXPECT_TRUE(absl::IsNotFound(vault_.Open("0127", one).status()));
  EXPECT_EQ(vault_.Open("0127", other).value(), "two");
  // What is sealed afterwards does not bring the old back.
  Keep(vault_.Seal("0127", "p-1", "new"));
  EXPECT_TRUE(absl::IsDataLoss(vault_.Open("0127", one).status()));
}

TEST_F(VaultTest, NoticesAMovedOrDamagedBox) {
  const auto one = Keep(vault_.Seal("0127", "p-1", "one"));
  const auto two = Keep(vault_.Seal("0127", "p-2", "two"));
  registry::v1::Sealed moved = one;
  moved.set_subject("p-2");
  EXPECT_TRUE(absl::IsDataLoss(vault_.Open("0127", moved).status()));
  for (size_t i = 0; i < one.box().size(); ++i) {
    registry::v1::Sealed damaged = one;
    (*damaged.mutable_box())[i] = static_cast<char>(one.box()[i] ^ 1);
    EXPECT_TRUE(absl::IsDataLoss(vault_.Open("0127", damaged).status())) << i;
  }
  registry::v1::Sealed cut = one;
  cut.mutable_box()->resize(10);
  EXPECT_TRUE(absl::IsDataLoss(vault_.Open("0127", cut).status()));
}

TEST_F(VaultTest, NoticesABoxMovedToAnotherMunicipality) {
  const auto box = vault_.Seal("0127", "p-1", "one");
  log::AppendRequest elsewhere;
  elsewhere.kommun = "0180";
  elsewhere.idempotency_key = "k";
  elsewhere.facts = {"fact"};
  elsewhere.keys = {*box->new_key};
  ASSERT_TRUE(log_.AppendNow(elsewhere).ok());
  EXPECT_TRUE(absl::IsDataLoss(vault_.Open("0180", box->sealed).status()));
}

TEST_F(VaultTest, OpensNothingWithAnotherMasterKey) {
  const auto one = Keep(vault_.Seal("0127", "p-1", "one"));
  const Vault other(log_, std::string(32, 'x'));
  EXPECT_TRUE(absl::IsDataLoss(other.Open("0127", one).status()));
  EXPECT_TRUE(absl::IsDataLoss(other.Seal("0127", "p-1", "two").status()));
}

TEST_F(VaultTest, OpensManyEachWithItsOwnAnswer) {
  const auto one = Keep(vault_.Seal("0127", "p-1", "one"));
  const auto gone = Keep(vault_.Seal("0127", "p-2", "two"));
  ASSERT_TRUE(vault_.Erase("0127", "p-2").ok());
  registry::v1::Sealed damaged = one;
  damaged.set_box("x");
  const auto opened = vault_.OpenMany("0127", {one, gone, damaged}).value();
  ASSERT_EQ(opened.size(), 3U);
  EXPECT_EQ(opened[0].value(), "one");
  EXPECT_TRUE(absl::IsNotFound(opened[1].status()));
  EXPECT_TRUE(absl::IsDataLoss(opened[2].status()));
}

TEST_F(VaultTest, SaysWhenTheKeysCannotBeRead) {
  const auto one = Keep(vault_.Seal("0127", "p-1", "one"));
  log_.FailReads(true);
  EXPECT_TRUE(absl::IsUnavailable(vault_.Open("0127", one).status()));
  EXPECT_TRUE(absl::IsUnavailable(vault_.Seal("0127", "p-1", "two").status()));
  EXPECT_TRUE(absl::IsUnavailable(vault_.OpenMany("0127", {one}).status()));
  EXPECT_TRUE(absl::IsUnavailable(vault_.Erase("0127", "p-1")));
}

class KeyFileTest : public ::testing::Test {
 protected:
  KeyFileTest() {
    folder_ = (std::filesystem::temp_directory_path() / "vaka-key-XXXXXX").string();
    if (mkdtemp(folder_.data()) == nullptr) std::abort();
    path_ = folder_ + "/master.key";
  }
  ~KeyFileTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string path_;
};

TEST_F(KeyFileTest, MakesASecretOnceForItsOwnerOnly) {
  const std::string secret = LoadOrCreateKeyFile(path_, 32).value();
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_EQ(LoadOrCreateKeyFile(path_, 32).value(), secret);
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_NE(LoadOrCreateKeyFile(folder_ + "/other.key", 32).value(), secret);
}

TEST_F(KeyFileTest, RefusesAFileThatIsNotASecret) {
  std::ofstream(path_) << "short";
  chmod(path_.c_str(), 0600);
  EXPECT_TRUE(absl::IsFailedPrecondition(LoadOrCreateKeyFile(path_, 32).status()));
  std::ofstream(path_) << std::string(32, 'x');
  EXPECT_TRUE(LoadOrCreateKeyFile(path_, 32).ok());
  chmod(path_.c_str(), 0644);
  EXPECT_TRUE(absl::IsFailedPrecondition(LoadOrCreateKeyFile(path_, 32).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(LoadOrCreateKeyFile("/nowhere/key", 32).status()));
}

TEST_F(KeyFileTest, GivesEveryoneWhoStartsAtOnceTheSame) {
  std::vector<std::string> secrets(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& secret : secrets) {
      threads.emplace_back([this, &secret] { secret = LoadOrCreateKeyFile(path_, 32).value(); });
    }
  }
  EXPECT_EQ(std::set<std::string>(secrets.begin(), secrets.end()).size(), 1U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

}  // namespace
}  // namespace vaka::vault
