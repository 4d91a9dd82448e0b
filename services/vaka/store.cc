#include "services/vaka/store.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "libs/base/status.h"

namespace vaka {
namespace {

// The password of VAKA_REDIS_PASSWORD in every address that has none: a command line is no place
// for it.
std::string WithPassword(const std::string& urls) {
  const char* password = std::getenv("VAKA_REDIS_PASSWORD");
  if (password == nullptr || *password == '\0') return urls;
  std::string encoded;
  for (const char c : absl::string_view(password)) {
    absl::StrAppend(&encoded,
                    absl::ascii_isalnum(static_cast<unsigned char>(c))
                        ? std::string(1, c)
                        : absl::StrCat("%", absl::BytesToHexString(absl::string_view(&c, 1))));
  }
  std::vector<std::string> out;
  for (const std::string& url : std::vector<std::string>(absl::StrSplit(urls, ','))) {
    const size_t host = url.find("://");
    const bool takes = host != std::string::npos && url.substr(0, host) != "unix" &&
                       url.find('@') == std::string::npos;
    out.push_back(
        takes ? absl::StrCat(url.substr(0, host + 3), ":", encoded, "@", url.substr(host + 3))
              : url);
  }
  return absl::StrJoin(out, ",");
}

}  // namespace

std::string PrivateRedisUrl(const std::string& data) {
  return absl::StrCat("unix://", std::filesystem::absolute(data).lexically_normal().string(),
                      "/redis/redis.sock");
}

namespace {

absl::StatusOr<std::unique_ptr<Store>> Open(const StoreOptions& options, Clock& clock,
                                            log::OnCommitted on_committed,
                                            std::function<std::string()> trouble) {
  auto store = std::make_unique<Store>();
  redis::ClientOptions client;
  client.urls = WithPassword(options.redis.empty() ? PrivateRedisUrl(options.data) : options.redis);
  client.ca_file = options.redis_ca;
  VAKA_ASSIGN(store->redis, redis::Client::Make(std::move(client), clock));
  log::RedisLogOptions log_options;
  log_options.commit.replicas = options.durability == "replicated" ? 1 : 0;
  log_options.on_committed = std::move(on_committed);
  log_options.commit.trouble = trouble;
  absl::StatusOr<std::unique_ptr<log::RedisLog>> log =
      log::RedisLog::Open(*store->redis, std::move(log_options), clock);
  if (!log.ok()) {
    return absl::Status(
        log.status().code(),
        absl::StrCat(
            "--redis: ", log.status().message(), trouble == nullptr ? "" : " " + trouble(),
            options.redis.empty() ? ". Is `vaka run` running with this --data folder?" : ""));
  }
  store->log = *std::move(log);
  return store;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const StoreOptions& options, Clock& clock,
                                                 log::OnCommitted on_committed,
                                                 std::function<std::string()> trouble) {
  VAKA_ASSIGN(std::unique_ptr<Store> store,
              Open(options, clock, std::move(on_committed), std::move(trouble)));
  VAKA_ASSIGN(const redis::Reply restoring,
              store->redis->Command(kRestoringKey, {"EXISTS", kRestoringKey},
                                    clock.Steady() + absl::Seconds(5)));
  if (restoring.integer == 0) return store;
  return absl::FailedPreconditionError(
      "a restore into this store was not finished; give the same `vaka restore` again");
}

absl::StatusOr<std::unique_ptr<Store>> OpenStoreToRestore(const StoreOptions& options,
                                                          Clock& clock) {
  return Open(options, clock, nullptr, nullptr);
}

absl::StatusOr<std::string> ChooseKommun(log::Log& log, const std::string& named) {
  VAKA_ASSIGN(const std::vector<std::string> all, log.Municipalities());
  if (!named.empty()) {
    for (const std::string& kommun : all) {
      if (kommun == named) return named;
    }
    return absl::NotFoundError(absl::StrCat("--kommun: there is no log of ", named, "; there are ",
                                            absl::StrJoin(all, ", ")));
  }
  if (all.size() == 1) return all[0];
  if (all.empty()) return absl::NotFoundError("the store has no municipality yet");
  return absl::InvalidArgumentError(
      absl::StrCat("--kommun: name one of ", absl::StrJoin(all, ", ")));
}

}  // namespace vaka
