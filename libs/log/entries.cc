#include "libs/log/entries.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/log/append_call.h"

namespace vaka::log {
namespace {

// "7-0" → 7.
bool ParseNumber(absl::string_view id, uint64_t* seq) {
  return absl::SimpleAtoi(id.substr(0, id.find('-')), seq);
}

// The last number that RangeCall asks for: the last fact's entry may have that of one after it.
uint64_t EndOf(uint64_t after, size_t limit) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  const uint64_t room = kMost - std::min(after, kMost);
  return after + std::min<uint64_t>(limit, room) + kMostFactsInEntry - 1;
}

}  // namespace

size_t FactsIn(size_t words) {
  return words > 0 && words % kWordsOfFact == 0 ? words / kWordsOfFact : 1;
}

bool IsIntact(absl::string_view f, absl::string_view fact, absl::string_view c,
              absl::string_view checksum) {
  return f == "f" && c == "c" && Checksum(fact) == checksum;
}

redis::Argv RangeCall(const std::string& key, uint64_t after, size_t limit) {
  return {"XRANGE", key, absl::StrCat("(", after, "-0"), absl::StrCat(EndOf(after, limit), "-0")};
}

redis::Argv BeyondCall(const std::string& key, uint64_t after, size_t limit) {
  return {"XRANGE", key, absl::StrCat("(", EndOf(after, limit), "-0"), "+", "COUNT", "1"};
}

redis::Argv LastCall(const std::string& key) { return {"XREVRANGE", key, "+", "-", "COUNT", "1"}; }

absl::StatusOr<std::vector<Entry>> ParseEntries(redis::Reply reply, uint64_t after, size_t limit) {
  std::vector<Entry> entries;
  entries.reserve(std::min(limit, reply.elements.size()));
  for (redis::Reply& item : reply.elements) {
    uint64_t last = 0;
    if (item.elements.size() != 2 || !ParseNumber(item.elements[0].text, &last)) {
      return absl::DataLossError("log: an entry without a number");
    }
    std::vector<redis::Reply>& fields = item.elements[1].elements;
    const size_t facts = FactsIn(fields.size());
    uint64_t seq = last - std::min<uint64_t>(last, facts);
    for (size_t i = 0; seq < last && entries.size() < limit; i += kWordsOfFact) {
      if (++seq <= after) continue;
      Entry& entry = entries.emplace_back(Entry{.seq = seq, .bytes = "", .intact = false});
      if (fields.size() != facts * kWordsOfFact) continue;  // not written by us
      entry.intact =
          IsIntact(fields[i].text, fields[i + 1].text, fields[i + 2].text, fields[i + 3].text);
      entry.bytes = std::move(fields[i + 1].text);
    }
  }
  return entries;
}

}  // namespace vaka::log
