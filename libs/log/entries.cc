#include "libs/log/entries.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "libs/log/append_call.h"

namespace vaka::log {
namespace {

// "7-0" → 7.
bool ParseNumber(absl::string_view id, uint64_t* seq) {
  return absl::SimpleAtoi(id.substr(0, id.find('-')), seq);
}

}  // namespace

absl::StatusOr<std::vector<Entry>> ParseEntries(redis::Reply reply) {
  std::vector<Entry> entries;
  entries.reserve(reply.elements.size());
  for (redis::Reply& item : reply.elements) {
    Entry entry;
    entry.intact = false;
    if (item.elements.size() != 2 || !ParseNumber(item.elements[0].text, &entry.seq)) {
      return absl::DataLossError("log: an entry without a number");
    }
    std::vector<redis::Reply>& fields = item.elements[1].elements;  // "f", fact, "c", checksum
    if (fields.size() == 4 && fields[0].text == "f" && fields[2].text == "c") {
      entry.bytes = std::move(fields[1].text);
      entry.intact = Checksum(entry.bytes) == fields[3].text;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace vaka::log
