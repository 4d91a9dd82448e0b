#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/log/redis_log.h"
#include "libs/redis/client.h"
#include "services/vaka/options.h"

namespace vaka {

// Address of the private Redis that `vaka run` keeps in a data folder.
std::string PrivateRedisUrl(const std::string& data);

// An open log. Members are destroyed in the right order.
struct Store {
  std::unique_ptr<redis::Client> redis;
  std::unique_ptr<log::RedisLog> log;
};

// Connects to the store that `options` name, with VAKA_REDIS_PASSWORD where there is one.
// UNAVAILABLE says where it looked; FAILED_PRECONDITION: a restore into it was not finished.
// `clock` outlives the store. `trouble`: see log::CommitterOptions.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(const StoreOptions& options, Clock& clock,
                                                 log::OnCommitted on_committed = nullptr,
                                                 std::function<std::string()> trouble = nullptr);

// As long as it is in the store, a restore into it is not finished.
inline constexpr char kRestoringKey[] = "vaka:restoring";

// OpenStore also where a restore is not finished; for the restore.
absl::StatusOr<std::unique_ptr<Store>> OpenStoreToRestore(const StoreOptions& options,
                                                          Clock& clock);

// The municipality that a command means: the one named, else the only one there is.
absl::StatusOr<std::string> ChooseKommun(log::Log& log, const std::string& named);

}  // namespace vaka
