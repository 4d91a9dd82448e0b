#include "libs/log/append_call.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/log/keys.h"

namespace vaka::log {
namespace {

void AddWords(const AppendRequest& request, redis::Argv& argv) {
  argv.push_back(request.idempotency_key);
  argv.push_back(absl::StrCat(request.seen));
  argv.push_back(absl::StrCat(request.facts.size()));
  argv.push_back(absl::StrCat(request.rests_on.size()));
  argv.push_back(absl::StrCat(request.keys.size()));
  for (const std::string& fact : request.facts) {
    argv.push_back(fact);
    argv.push_back(Checksum(fact));
  }
  for (const std::string& aggregate : request.rests_on) argv.push_back(aggregate);
  for (const SubjectKey& key : request.keys) {
    argv.push_back(key.subject);
    argv.push_back(key.sealed);
  }
}

absl::StatusOr<Appended> ParseOne(const redis::Reply& reply) {
  if (reply.elements.size() != 3) return absl::InternalError("log: a malformed append answer");
  const std::vector<redis::Reply>& parts = reply.elements;
  if (parts[0].text == "ABORT") {
    return absl::AbortedError(absl::StrCat(parts[1].text, " changed at ", parts[2].integer));
  }
  if (parts[0].text == "LOST") {
    return absl::DataLossError(absl::StrCat("the log ends at ", parts[1].integer, ", but ",
                                            parts[2].integer,
                                            " facts were appended: it has lost its tail"));
  }
  return Appended{.first = static_cast<uint64_t>(parts[0].integer),
                  .last = static_cast<uint64_t>(parts[1].integer),
                  .repeated = parts[2].integer == 1};
}

}  // namespace

std::string Checksum(absl::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  std::string four(4, '\0');
  for (size_t i = 0; i < 4; ++i) four[i] = static_cast<char>((crc >> (8 * i)) & 0xffU);
  return four;
}

size_t WordsOf(const AppendRequest& request) {
  return 5 + 2 * request.facts.size() + request.rests_on.size() + 2 * request.keys.size();
}

redis::Request AppendCall(absl::Span<const AppendRequest* const> requests, absl::Time now) {
  const AppendRequest& first = *requests.front();
  const std::vector<Period> periods = Periods(first.kommun, first.stream, now);
  redis::Request call{.key = LogKey(first.kommun, first.stream), .argv = {}};
  redis::Argv& argv = call.argv;
  size_t words = 0;
  for (const AppendRequest* request : requests) words += WordsOf(*request);
  argv.reserve(8 + 2 * periods.size() + words);
  argv.emplace_back("FCALL");
  argv.emplace_back("vaka_append_4");
  argv.push_back(absl::StrCat(4 + periods.size()));
  argv.push_back(call.key);
  for (std::string& touched : TouchedKeys(first.kommun, first.stream)) {
    argv.push_back(std::move(touched));
  }
  argv.push_back(VaultKey(first.kommun));
  for (const Period& period : periods) argv.push_back(period.key);
  argv.push_back(absl::StrCat(requests.size()));
  for (const Period& period : periods) {
    argv.push_back(absl::StrCat(absl::ToUnixSeconds(period.expires)));
  }
  for (const AppendRequest* request : requests) AddWords(*request, argv);
  return call;
}

std::vector<absl::StatusOr<Appended>> ParseAppended(const redis::Reply& reply, size_t appends) {
  absl::Status status = redis::ToStatus(reply);
  if (status.ok() && reply.elements.size() != appends) {
    status = absl::InternalError("log: a malformed append answer");
  }
  if (!status.ok()) return std::vector<absl::StatusOr<Appended>>(appends, status);
  std::vector<absl::StatusOr<Appended>> answers;
  answers.reserve(appends);
  for (const redis::Reply& one : reply.elements) answers.push_back(ParseOne(one));
  return answers;
}

redis::Request SeenCall(const std::string& kommun, Stream stream,
                        const std::string& idempotency_key, absl::Time now) {
  const std::vector<Period> periods = Periods(kommun, stream, now);
  redis::Request call{.key = LogKey(kommun, stream),
                      .argv = {"FCALL", "vaka_seen_4", absl::StrCat(periods.size())}};
  for (const Period& period : periods) call.argv.push_back(period.key);
  call.argv.push_back(idempotency_key);
  return call;
}

absl::StatusOr<std::optional<Appended>> ParseSeen(const redis::Reply& reply) {
  VAKA_RETURN_IF_ERROR(redis::ToStatus(reply));
  if (reply.is_nil()) return std::nullopt;
  return ParseRemembered(reply.text);
}

std::vector<std::vector<std::string>> TouchedUpTo(const std::string& kommun, Stream stream,
                                                  uint64_t last) {
  const auto [first, second] = TouchedKeys(kommun, stream);
  const std::string next = absl::StrCat(last + 1);
  return {{first, "", absl::StrCat(last), " second", "0", " from", next, " before", next},
          {second, " ", ""}};
}

absl::StatusOr<Appended> ParseRemembered(const std::string& text) {
  const std::vector<absl::string_view> numbers = absl::StrSplit(text, ':');
  Appended appended{.first = 0, .last = 0, .repeated = true};
  if (numbers.size() != 2 || !absl::SimpleAtoi(numbers[0], &appended.first) ||
      !absl::SimpleAtoi(numbers[1], &appended.last)) {
    return absl::DataLossError("log: a malformed idempotency entry");
  }
  return appended;
}

}  // namespace vaka::log
