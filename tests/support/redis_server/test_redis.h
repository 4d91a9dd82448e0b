#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/redis/client.h"
#include "libs/redis/redis_server.h"
#include "tests/support/eventually/patience.h"

namespace vaka::redis {

// A folder under the machine's temporary one; gone with the object.
class TempFolder final {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// True when `condition` became true within `limit`; looks again every few milliseconds. For what
// another process does and nobody tells us about.
bool Eventually(const std::function<bool()>& condition,
                absl::Duration limit = absl::Seconds(kPatience * 20));

// A Redis of the test's own, on a unix socket in its folder, with every write on disk
// before it is answered. Crashes the test program when it cannot be started.
class TestRedis final {
 public:
  // Without a folder: in one of its own, which goes with the object.
  explicit TestRedis(RedisServerOptions options = {});

  std::string url() const { return server_->url(); }
  pid_t pid() const { return server_->pid(); }
  const std::string& folder() const { return options_.folder; }
  uint64_t restarts() const { return server_->restarts(); }

  // kill -9. The supervisor starts it again at once; returns when it answers.
  void KillAndWaitUntilBack();
  // kill -9, without waiting for its return.
  void Kill();
  // Stops answering, as a machine that hangs; and goes on.
  void Freeze();
  void Thaw();
  // Away until Start, with its data.
  void Stop();
  void Start();

  // A client of its own, plain.
  std::unique_ptr<Client> NewClient();
  // One command; the reply's text or integer as text. Crashes when it fails.
  std::string Do(const Argv& argv);

 private:
  SystemClock clock_;
  TempFolder folder_;
  RedisServerOptions options_;
  std::unique_ptr<RedisServer> server_;
};

}  // namespace vaka::redis
