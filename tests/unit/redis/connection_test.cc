#include "libs/redis/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"

namespace vaka::redis {
namespace {

// Accepts one connection on a socket of its own and says `words` in pieces of `piece` bytes, then
// hangs up.
class Speaker final {
 public:
  Speaker(std::string words, size_t piece)
      : path_(absl::StrCat(testing::TempDir(), "/vaka-speaker-", getpid())) {
    unlink(path_.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto* at = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(bind(fd_, at, sizeof(address)), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    thread_ = std::thread([this, words = std::move(words), piece] {
      const int peer = accept(fd_, nullptr, nullptr);
      for (size_t said = 0; said < words.size(); said += piece) {
        const std::string some = words.substr(said, piece);
        if (send(peer, some.data(), some.size(), MSG_NOSIGNAL) < 0) break;
      }
      close(peer);
    });
  }
  ~Speaker() {
    thread_.join();
    close(fd_);
    unlink(path_.c_str());
  }

  Endpoint endpoint() const {
    Endpoint endpoint;
    endpoint.kind = Endpoint::Kind::kUnix;
    endpoint.path = path_;
    return endpoint;
  }

 private:
  const std::string path_;
  int fd_ = -1;
  std::thread thread_;
};

class ConnectionTest : public testing::Test {
 protected:
  absl::Time Soon() { return clock_.Steady() + absl::Seconds(20); }

  SystemClock clock_;
};

TEST_F(ConnectionTest, ReadsRepliesOfEveryFormHoweverTheyArrive) {
  const std::string words = absl::StrCat("*3\r\n*2\r\n$3\r\n7-0\r\n*2\r\n$1\r\nf\r\n$4\r\n",
                                         std::string("a\r\0\n", 4), "\r\n*-1\r\n*0\r\n", ":-42\r\n",
                                         "$-1\r\n", "+OK\r\n", "-MOVED 1 h:2\r\n", "$0\r\n\r\n");
  for (const size_t piece : {size_t{1}, size_t{5}, words.size()}) {
    Speaker speaker(words, piece);
    const auto connection = Connection::Open(speaker.endpoint(), nullptr, clock_, Soon()).value();
    const Reply array = connection->Read(Soon()).value();
    ASSERT_EQ(array.elements.size(), 3U);
    ASSERT_EQ(array.elements[0].elements.size(), 2U);
    EXPECT_EQ(array.elements[0].elements[0].text, "7-0");
    EXPECT_EQ(array.elements[0].elements[1].elements.at(1).text, std::string("a\r\0\n", 4));
    EXPECT_TRUE(array.elements[1].is_nil());
    EXPECT_EQ(array.elements[2].type, Reply::Type::kArray);
    EXPECT_TRUE(array.elements[2].elements.empty());
    EXPECT_EQ(connection->Read(Soon()).value().integer, -42);
    EXPECT_TRUE(connection->Read(Soon()).value().is_nil());
    EXPECT_EQ(connection->Read(Soon()).value().type, Reply::Type::kStatus);
    EXPECT_TRUE(connection->Read(Soon()).value().IsError("MOVED"));
    const Reply empty = connection->Read(Soon()).value();
    EXPECT_EQ(empty.type, Reply::Type::kString);
    EXPECT_EQ(empty.text, "");
    EXPECT_TRUE(absl::IsUnavailable(connection->Read(Soon()).status()));  // hung up
  }
}

TEST_F(ConnectionTest, ReadsMoreElementsThanItMakesRoomForAtOnce) {
  constexpr int kElements = 10'000;
  std::string words = absl::StrCat("*", kElements, "\r\n");
  for (int i = 0; i < kElements; ++i) absl::StrAppend(&words, "*2\r\n:", i, "\r\n+x\r\n");
  Speaker speaker(words, 4096);
  const auto connection = Connection::Open(speaker.endpoint(), nullptr, clock_, Soon()).value();
  const Reply array = connection->Read(Soon()).value();
  ASSERT_EQ(array.elements.size(), static_cast<size_t>(kElements));
  for (int i = 0; i < kElements; ++i) {
    ASSERT_EQ(array.elements[static_cast<size_t>(i)].elements.at(0).integer, i);
    ASSERT_EQ(array.elements[static_cast<size_t>(i)].elements.at(1).text, "x");
  }
}

TEST_F(ConnectionTest, AReplyThatBreaksOffOrIsNoneIsUnavailable) {
  for (const char* words : {"*2\r\n*1\r\n$3\r\nabc\r\n", "*2\r\n+x\r\n?\r\n", "*1000000000\r\n"}) {
    Speaker speaker(words, 100);
    const auto connection = Connection::Open(speaker.endpoint(), nullptr, clock_, Soon()).value();
    EXPECT_TRUE(absl::IsUnavailable(connection->Read(Soon()).status())) << words;
    EXPECT_FALSE(connection->IsIdle());
  }
}

}  // namespace
}  // namespace vaka::redis
