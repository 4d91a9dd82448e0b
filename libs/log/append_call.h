#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "libs/log/log.h"
#include "libs/redis/client.h"

namespace vaka::log {

// What goes into one call: so many appends, and so many words unless it is one alone, which holds
// Redis up for about a millisecond. A script's command takes 8000 words, and writes two for each
// aggregate and subject key of all appends.
inline constexpr size_t kMostAppendsInCall = 128;
inline constexpr size_t kMostWordsInCall = 2000;
size_t WordsOf(const AppendRequest& request);

// The function call that carries out appends of one municipality's log, one after the other, each
// all or nothing. REQUIRES: at least one; Check(request) is OK for each.
redis::Request AppendCall(absl::Span<const AppendRequest* const> requests, absl::Time now);

// The function's answer for each of so many appends. ABORTED names the aggregate that changed.
// DATA_LOSS: the log ends before the last number that was given; nothing was written.
std::vector<absl::StatusOr<Appended>> ParseAppended(const redis::Reply& reply, size_t appends);

// The function call that looks an append up by its key and makes sure that it is durable.
redis::Request SeenCall(const std::string& kommun, Stream stream,
                        const std::string& idempotency_key, absl::Time now);

// The function's answer.
absl::StatusOr<std::optional<Appended>> ParseSeen(const redis::Reply& reply);

// A restored log's hashes of touched aggregates: as if its facts touched anything, so that whoever
// decided on a state from before `last`, its end, is refused. As {key, field, value, …}.
std::vector<std::vector<std::string>> TouchedUpTo(const std::string& kommun, Stream stream,
                                                  uint64_t last);

// What an idempotency hash holds for a key: "first:last".
absl::StatusOr<Appended> ParseRemembered(const std::string& text);

// The four bytes of a field `c`: CRC32C of the fact before it, least significant byte first.
std::string Checksum(absl::string_view bytes);

}  // namespace vaka::log
