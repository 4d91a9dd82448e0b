#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/log/log.h"
#include "libs/redis/client.h"
#include "libs/redis/reply.h"

namespace vaka::log {

// Facts lie in a stream as (`f`, fact, `c`, checksum)…: those of one append call together, at most
// so many in one entry, whose id is `<number of the last>-0`. So the number behind the last entry
// is the log's, and an entry whose id is greater than a number holds facts after it.
inline constexpr size_t kMostFactsInEntry = 32;

inline constexpr size_t kWordsOfFact = 4;

// How many facts an entry of so many words holds; what is no facts at all counts as one.
size_t FactsIn(size_t words);
// Whether four words of an entry are a fact as it was written.
bool IsIntact(absl::string_view f, absl::string_view fact, absl::string_view c,
              absl::string_view checksum);

// XRANGE for the `limit` facts after `after`: every entry that may hold one of them.
redis::Argv RangeCall(const std::string& key, uint64_t after, size_t limit);
// XRANGE for the first entry beyond what RangeCall asks for.
redis::Argv BeyondCall(const std::string& key, uint64_t after, size_t limit);
// XREVRANGE for the last entry.
redis::Argv LastCall(const std::string& key);

// XRANGE's or XREVRANGE's answer: its facts after `after`, at most `limit`. A fact whose checksum
// differs is not intact; what is no facts at all is one fact that is not. DATA_LOSS: the answer has
// no entry numbers.
absl::StatusOr<std::vector<Entry>> ParseEntries(redis::Reply reply, uint64_t after = 0,
                                                size_t limit = std::numeric_limits<size_t>::max());

}  // namespace vaka::log
