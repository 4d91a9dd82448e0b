#include "tests/bench/fold/restart.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/log/keys.h"
#include "libs/redis/client.h"
#include "libs/redis/redis_server.h"
#include "tests/bench/system/fill_log.h"
#include "tests/bench/system/town.h"

namespace vaka::bench {
namespace {

constexpr char kKommun[] = "0127";
constexpr absl::Duration kLimit = absl::Seconds(60);

absl::Status DeleteSnapshots(const std::string& data, Clock& clock) {
  VAKA_ASSIGN(const auto server, redis::RedisServer::Start({.folder = data + "/redis"}, clock));
  VAKA_ASSIGN(const auto client, redis::Client::Make({.urls = server->url()}, clock));
  const std::string pattern = log::SnapshotKey(kKommun, "*");
  VAKA_ASSIGN(const redis::Reply found,
              client->Command(pattern, {"KEYS", pattern}, clock.Steady() + kLimit));
  if (found.elements.empty()) return absl::NotFoundError("the stop saved no snapshot");
  for (const redis::Reply& key : found.elements) {
    VAKA_RETURN_IF_ERROR(
        client->Command(key.text, {"DEL", key.text}, clock.Steady() + kLimit).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Restart::Fill(uint64_t facts) {
  VAKA_ASSIGN(system_, System::Start({.ready_within = absl::Minutes(10)}));
  VAKA_RETURN_IF_ERROR(system_->Configure(kKommun));
  VAKA_RETURN_IF_ERROR(Settle(*system_, kKommun, TownSize()));
  system_->Stop();
  return FillLog(system_->data(), kKommun, facts, system_->clock());
}

absl::StatusOr<absl::Duration> Restart::WithoutSnapshots() {
  if (runs_) system_->Stop();
  VAKA_RETURN_IF_ERROR(DeleteSnapshots(system_->data(), system_->clock()));
  runs_ = true;
  return system_->Restart();
}

absl::StatusOr<absl::Duration> Restart::WithSnapshots() {
  if (runs_) system_->Stop();
  runs_ = true;
  return system_->Restart();
}

absl::StatusOr<Restart::BesideRedis> Restart::WithSnapshotsBesideRedis() {
  if (runs_) system_->Stop();
  runs_ = false;
  Clock& clock = system_->clock();
  const absl::Time begin = clock.Steady();
  VAKA_ASSIGN(const auto server,
              redis::RedisServer::Start({.folder = system_->data() + "/redis"}, clock));
  BesideRedis took;
  took.redis = clock.Steady() - begin;
  VAKA_ASSIGN(took.ready, system_->Restart(server->url()));
  system_->Stop();
  return took;
}

}  // namespace vaka::bench
