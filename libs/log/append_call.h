#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/log/log.h"
#include "libs/redis/client.h"

namespace vaka::log {

// The library of Redis Functions (Lua) that every append goes through; for
// redis::Client::UseLibrary. Its name carries a version, so that old and new processes can run side
// by side.
std::string AppendLibrary();

// The function call that carries out an append, all or nothing. REQUIRES: Check(request) is OK.
redis::Request AppendCall(const AppendRequest& request, absl::Time now);

// The function's answer. ABORTED names the aggregate that changed. DATA_LOSS: the log ends before
// the last number that was given; nothing was written.
absl::StatusOr<Appended> ParseAppended(const redis::Reply& reply);

// The function call that looks an append up by its key and makes sure that it is durable.
redis::Request SeenCall(const std::string& kommun, Stream stream,
                        const std::string& idempotency_key, absl::Time now);

// The function's answer.
absl::StatusOr<std::optional<Appended>> ParseSeen(const redis::Reply& reply);

// What an idempotency hash holds for a key: "first:last".
absl::StatusOr<Appended> ParseRemembered(const std::string& text);

// The four bytes of an entry's field `c`: CRC32C of its field `f`, least significant byte first.
std::string Checksum(absl::string_view bytes);

}  // namespace vaka::log
