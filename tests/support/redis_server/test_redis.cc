#include "tests/support/redis_server/test_redis.h"

#include <sys/types.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "libs/base/log_line.h"

namespace vaka::redis {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(kPatience * 20);

// A helper that cannot do its work makes every later assertion meaningless.
template <typename T>
T Must(absl::StatusOr<T> value, absl::string_view what) {
  if (!value.ok()) {
    LogError("test", what, ": ", value.status().ToString());
    std::abort();
  }
  return *std::move(value);
}

}  // namespace

TempFolder::TempFolder() {
  const char* base = std::getenv("TMPDIR");
  path_ = absl::StrCat(base != nullptr ? base : "/tmp", "/vaka-XXXXXX");
  if (mkdtemp(path_.data()) == nullptr) std::abort();
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool Eventually(const std::function<bool()>& condition, absl::Duration limit) {
  SystemClock clock;
  const absl::Time deadline = clock.Now() + limit;
  while (!condition()) {
    if (clock.Now() > deadline) return false;
    clock.SleepFor(absl::Milliseconds(5), {});
  }
  return true;
}

TestRedis::TestRedis(RedisServerOptions options) : options_(std::move(options)) {
  if (options_.folder.empty()) options_.folder = folder_.path();
  Start();
}

void TestRedis::Start() { server_ = Must(RedisServer::Start(options_, clock_), "redis-server"); }

void TestRedis::Stop() { server_->Stop(); }
void TestRedis::Kill() { kill(server_->pid(), SIGKILL); }
void TestRedis::Freeze() { kill(server_->pid(), SIGSTOP); }
void TestRedis::Thaw() { kill(server_->pid(), SIGCONT); }

void TestRedis::KillAndWaitUntilBack() {
  const uint64_t before = server_->restarts();
  Kill();
  if (!Eventually([&] { return server_->restarts() > before && server_->pid() > 0; })) std::abort();
}

std::unique_ptr<Client> TestRedis::NewClient() {
  return Must(Client::Make({.urls = url()}, clock_), "redis client");
}

std::string TestRedis::Do(const Argv& argv) {
  const Reply reply = Must(NewClient()->Command("", argv, clock_.Now() + kLimit), argv.front());
  return reply.type == Reply::Type::kInteger ? absl::StrCat(reply.integer) : reply.text;
}

}  // namespace vaka::redis
