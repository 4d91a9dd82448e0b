// RedisServer as a process, and redis::Client over every kind of connection.

#include "libs/redis/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "libs/redis/child_process.h"
#include "libs/redis/client.h"
#include "tests/support/redis_server/free_port.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RedisServerTest : public ::testing::Test {
 protected:
  absl::Time Soon() { return clock_.Now() + absl::Seconds(10); }
  absl::StatusOr<Reply> Do(Client& client, const Argv& argv) {
    return client.Command("", argv, Soon());
  }

  SystemClock clock_;
  TempFolder folder_;
};

TEST_F(RedisServerTest, RefusesAFolderThatIsInUseUntilItIsFree) {
  auto first = RedisServer::Start({.folder = folder_.path()}, clock_).value();
  const absl::Status second = RedisServer::Start({.folder = folder_.path()}, clock_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(second)) << second;
  EXPECT_THAT(std::string(second.message()), HasSubstr("in use"));
  first->Stop();
  EXPECT_EQ(first->pid(), 0);
  EXPECT_TRUE(RedisServer::Start({.folder = folder_.path()}, clock_).ok());
}

TEST_F(RedisServerTest, SaysWhyItCannotStart) {
  EXPECT_TRUE(absl::IsNotFound(
      RedisServer::Start({.folder = folder_.path(), .program = "no-such-redis"}, clock_).status()));
  // A program that ends at once.
  EXPECT_TRUE(absl::IsUnavailable(
      RedisServer::Start({.folder = folder_.path(), .program = "false"}, clock_).status()));
  const std::string deep = absl::StrCat(folder_.path(), "/", std::string(120, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(RedisServer::Start({.folder = deep}, clock_).status()));
}

TEST_F(RedisServerTest, WritesToDiskBeforeItAnswers) {
  const auto server = RedisServer::Start({.folder = folder_.path()}, clock_).value();
  const auto client = Client::Make({.urls = server->url()}, clock_).value();
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"appendonly", "yes"}, {"appendfsync", "always"}, {"port", "0"}, {"save", ""}}) {
    EXPECT_EQ(Do(*client, {"CONFIG", "GET", name})->elements.at(1).text, value);
  }
}

TEST_F(RedisServerTest, LetsAClientGoOnAfterARestart) {
  TestRedis redis;
  const auto client = redis.NewClient();
  ASSERT_TRUE(Do(*client, {"SET", "a", "1"}).ok());
  redis.KillAndWaitUntilBack();
  // The connection in the pool is dead; the first command after it is not lost.
  EXPECT_EQ(Do(*client, {"GET", "a"})->text, "1");
  redis.Stop();
  const absl::Status down = Do(*client, {"GET", "a"}).status();
  EXPECT_TRUE(absl::IsUnavailable(down)) << down;
  redis.Start();
  EXPECT_EQ(Do(*client, {"GET", "a"})->text, "1");
}

TEST_F(RedisServerTest, GivesUpAtTheDeadline) {
  TestRedis redis;
  const auto client = redis.NewClient();
  ASSERT_TRUE(client->Ping(Soon()).ok());
  redis.Freeze();
  const absl::Time begun = clock_.Now();
  EXPECT_TRUE(absl::IsUnavailable(
      client->Command("", {"GET", "a"}, begun + absl::Milliseconds(100)).status()));
  EXPECT_LT(clock_.Now() - begun, absl::Seconds(5));
  redis.Thaw();
  EXPECT_TRUE(client->Ping(Soon()).ok());
}

TEST_F(RedisServerTest, AnswersEachCommandOfAPipelineByItself) {
  TestRedis redis;
  const auto client = redis.NewClient();
  const auto replies = client->Pipeline(
      "a", {{"SET", "a", "x"}, {"INCR", "a"}, {"NOSUCH", "secret"}, {"GET", "a"}}, Soon());
  ASSERT_EQ(replies.size(), 4U);
  EXPECT_TRUE(replies[0].ok());
  EXPECT_TRUE(absl::IsInternal(replies[1].status()));
  EXPECT_THAT(replies[2].status().ToString(), Not(HasSubstr("secret")));
  EXPECT_EQ(replies[3]->text, "x");
}

// A certificate for 127.0.0.1 that is its own authority, and its key.
void WriteCertificate(const std::string& certificate_file, const std::string& key_file) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  const std::string common = "vaka test";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common.data()), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  for (const auto& [kind, value] : std::vector<std::pair<int, const char*>>{
           {NID_basic_constraints, "critical,CA:TRUE"}, {NID_subject_alt_name, "IP:127.0.0.1"}}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());
  FILE* out = fopen(certificate_file.c_str(), "w");
  PEM_write_X509(out, certificate);
  fclose(out);
  out = fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  fclose(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

TEST_F(RedisServerTest, SpeaksTlsToAPeerThatShowsTheRightCertificateOnly) {
  const std::string certificate = absl::StrCat(folder_.path(), "/right.crt");
  const std::string other = absl::StrCat(folder_.path(), "/other.crt");
  const std::string key = absl::StrCat(folder_.path(), "/right.key");
  WriteCertificate(certificate, key);
  WriteCertificate(other, absl::StrCat(folder_.path(), "/other.key"));
  const int port = FreePort();
  const auto process = ChildProcess::Start({"redis-server",
                                            "--port",
                                            "0",
                                            "--tls-port",
                                            absl::StrCat(port),
                                            "--bind",
                                            "127.0.0.1",
                                            "--tls-cert-file",
                                            certificate,
                                            "--tls-key-file",
                                            key,
                                            "--tls-ca-cert-file",
                                            certificate,
                                            "--tls-auth-clients",
                                            "no",
                                            "--requirepass",
                                            "right",
                                            "--dir",
                                            folder_.path(),
                                            "--logfile",
                                            "redis.log",
                                            "--save",
                                            ""});
  ASSERT_TRUE(process.ok()) << process.status();
  const auto make = [&](const std::string& password, const std::string& ca_file) {
    return Client::Make({.urls = absl::StrCat("rediss://:", password, "@127.0.0.1:", port),
                         .ca_file = ca_file},
                        clock_)
        .value();
  };
  const auto client = make("right", certificate);
  ASSERT_TRUE(Eventually([&] { return client->Ping(Soon()).ok(); }));
  const std::string large(1 << 20, 'x');
  ASSERT_TRUE(Do(*client, {"SET", "a", large}).ok());
  EXPECT_EQ(Do(*client, {"GET", "a"})->text, large);

  const absl::Status stranger = make("right", other)->Ping(Soon());
  EXPECT_TRUE(absl::IsUnauthenticated(stranger)) << stranger;
  const absl::Status refused = make("wrongsecret", certificate)->Ping(Soon());
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(refused.ToString(), Not(HasSubstr("wrongsecret")));
}

}  // namespace
}  // namespace vaka::redis
