#include "libs/rpc/token.h"

#include <gtest/gtest.h>

#include "libs/base/time.h"

namespace vaka::rpc {
namespace {

using gateway::v1::Identity;

const absl::Time kNow = absl::FromCivil(absl::CivilHour(2026, 11, 20, 8), absl::UTCTimeZone());

class TokensTest : public ::testing::Test {
 protected:
  TokensTest() : keys_(Tokens::NewKeys()), tokens_(keys_.first, keys_.second) {
    identity_.set_kommun("0127");
    identity_.set_person("per-1");
    identity_.add_roles(options::v1::ROLE_PATROLLER);
    *identity_.mutable_expires() = ToProto(kNow + absl::Hours(1));
  }

  std::pair<std::string, std::string> keys_;
  Tokens tokens_;
  Identity identity_;
};

TEST_F(TokensTest, VerifiesWhatItMinted) {
  const auto verified = tokens_.Verify(tokens_.Mint(identity_), kNow);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->SerializeAsString(), identity_.SerializeAsString());
}

TEST_F(TokensTest, ChecksWithThePublicKeyAlone) {
  const Tokens checker("", keys_.second);
  EXPECT_TRUE(checker.Verify(tokens_.Mint(identity_), kNow).ok());
}

TEST_F(TokensTest, RefusesAnyChangedCharacter) {
  const std::string token = tokens_.Mint(identity_);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string tampered = token;
    tampered[i] = tampered[i] == 'A' ? 'B' : 'A';
    const auto verified = tokens_.Verify(tampered, kNow);
    // The last character of a base64 text carries spare bits: those alone may differ unseen.
    if (verified.ok()) {
      EXPECT_EQ(verified->SerializeAsString(), identity_.SerializeAsString()) << "character " << i;
      EXPECT_TRUE(i + 1 == token.size() || token[i + 1] == '.') << "character " << i;
    } else {
      EXPECT_EQ(verified.status().code(), absl::StatusCode::kUnauthenticated);
    }
  }
}

TEST_F(TokensTest, RefusesAnotherKey) {
  const auto other = Tokens::NewKeys();
  const auto verified = Tokens("", other.second).Verify(tokens_.Mint(identity_), kNow);
  EXPECT_EQ(verified.status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(TokensTest, RefusesAnExpiredTokenAndSaysWhenItExpired) {
  const auto verified = tokens_.Verify(tokens_.Mint(identity_), kNow + absl::Hours(1));
  EXPECT_EQ(verified.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_NE(verified.status().message().find("2026-11-20T09:00:00"), std::string::npos)
      << verified.status();
}

TEST_F(TokensTest, RefusesATokenWithoutExpiry) {
  identity_.clear_expires();
  EXPECT_EQ(tokens_.Verify(tokens_.Mint(identity_), kNow).status().message(),
            "token: has no expiry");
}

TEST_F(TokensTest, ASignatureForOnePurposeIsNoneForAnother) {
  const std::string link = tokens_.Sign("link", identity_.SerializeAsString());
  EXPECT_TRUE(tokens_.Open("link", link).ok());
  EXPECT_EQ(tokens_.Open("sms-hook", link).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(tokens_.Verify(link, kNow).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(TokensTest, OpensWhatItSignedByteForByte) {
  const std::string text("0127/msg-\0\xff.", 12);
  const auto opened = tokens_.Open("sms-hook", tokens_.Sign("sms-hook", text));
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*opened, text);
}

TEST_F(TokensTest, RefusesWhatIsNoTokenAtAll) {
  for (const char* text : {"", ".", "a.b", "no dot", "YQ.YQ", "YQ.!!!!"}) {
    EXPECT_EQ(tokens_.Verify(text, kNow).status().code(), absl::StatusCode::kUnauthenticated)
        << text;
  }
}

}  // namespace
}  // namespace vaka::rpc
