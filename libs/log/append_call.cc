#include "libs/log/append_call.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/log/keys.h"

namespace vaka::log {
namespace {

// A function runs alone and to its end, and its writes reach the append-only file as one. It reads
// everything before it writes anything, so an error leaves nothing half-done.
//
// Every key exists from the first append on, if only with an empty field: while a cluster moves a
// slot, a call that names a key that does not exist is put off until the whole slot has moved.
constexpr char kLibrary[] = R"lua(#!lua name=vaka_log_1

-- The earlier append with a key, as remembered in one of the hashes from `first` on, or nothing.
-- It is written once more, because who asks takes the answer for durable: after a crash of Redis
-- what it read from its file may not be on disk yet, and after a lost answer not on a replica.
local function remembered(keys, first, key)
  for i = first, #keys do
    local numbers = redis.call('HGET', keys[i], key)
    if numbers then
      redis.call('HSET', keys[i], key, numbers)
      return numbers
    end
  end
end

-- KEYS: the log, the touched aggregates, the vault, the idempotency hashes (where a new key goes
-- first). ARGV: key, seen, numbers of facts, aggregates and subject keys; then when each idempotency
-- hash expires, (fact, checksum)…, aggregate…, (subject, sealed key)…
-- Returns {first, last, 1 if repeated}, {'ABORT', aggregate, its last number} or {'LOST', last entry,
-- last number that was given}.
local function append(keys, args)
  local log, touched, vault = keys[1], keys[2], keys[3]
  local key, seen = args[1], tonumber(args[2])
  local facts, aggregates, subjects = tonumber(args[3]), tonumber(args[4]), tonumber(args[5])

  local before = remembered(keys, 4, key)
  if before then
    local first, last = string.match(before, '^(%d+):(%d+)$')
    return {tonumber(first), tonumber(last), 1}
  end

  local at = 5 + #keys - 3
  local names = {}
  for i = 1, aggregates do names[i] = args[at + 2 * facts + i] end
  if aggregates > 0 then
    local numbers = redis.call('HMGET', touched, unpack(names))
    for i = 1, aggregates do
      if numbers[i] and tonumber(numbers[i]) > seen then
        return {'ABORT', names[i], tonumber(numbers[i])}
      end
    end
  end

  -- The last entry of a log is never taken out of it, so it says where the numbers are.
  local head = 0
  local top = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)
  if top[1] then head = tonumber(string.match(top[1][1], '^(%d+)')) end
  -- It is kept apart as well: a log that ends before it has lost its tail, and numbers that were
  -- answered are not given again.
  local highest = tonumber(redis.call('HGET', touched, '') or 0)
  if head < highest then return {'LOST', head, highest} end

  local last = head + facts
  for i = 1, facts do
    redis.call('XADD', log, string.format('%d-0', head + i),
               'f', args[at + 2 * i - 1], 'c', args[at + 2 * i])
  end
  redis.call('HSET', touched, '', last)
  for i = 1, aggregates do redis.call('HSET', touched, names[i], last) end
  at = at + 2 * facts + aggregates
  for i = 1, subjects do
    local subject, sealed = args[at + 2 * i - 1], args[at + 2 * i]
    local have = redis.call('HGET', vault, subject) or ''
    if not string.find(have, sealed, 1, true) then
      redis.call('HSET', vault, subject, have .. sealed)
    end
  end
  redis.call('HSET', keys[4], key, string.format('%d:%d', head + 1, last))
  if redis.call('HLEN', keys[4]) == 1 then
    for i = 4, #keys do
      redis.call('HSETNX', keys[i], '', '')
      redis.call('EXPIREAT', keys[i], args[5 + i - 3])
    end
  end
  if head == 0 then redis.call('HSETNX', vault, '', '') end
  return {head + 1, last, 0}
end

-- KEYS: the idempotency hashes. ARGV: key. Returns "first:last" or nothing.
local function seen(keys, args) return remembered(keys, 1, args[1]) end

redis.register_function('vaka_append_1', append)
redis.register_function('vaka_seen_1', seen)
)lua";

}  // namespace

std::string AppendLibrary() { return kLibrary; }

std::string Checksum(absl::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  std::string four(4, '\0');
  for (size_t i = 0; i < 4; ++i) four[i] = static_cast<char>((crc >> (8 * i)) & 0xffU);
  return four;
}

redis::Request AppendCall(const AppendRequest& request, absl::Time now) {
  const std::vector<Period> periods = Periods(request.kommun, request.stream, now);
  redis::Request call{.key = LogKey(request.kommun, request.stream), .argv = {}};
  redis::Argv& argv = call.argv;
  argv.reserve(11 + 2 * periods.size() + 2 * request.facts.size() + request.rests_on.size() +
               2 * request.keys.size());
  argv = {"FCALL",
          "vaka_append_1",
          absl::StrCat(3 + periods.size()),
          call.key,
          TouchedKey(request.kommun, request.stream),
          VaultKey(request.kommun)};
  for (const Period& period : periods) argv.push_back(period.key);
  argv.push_back(request.idempotency_key);
  argv.push_back(absl::StrCat(request.seen));
  argv.push_back(absl::StrCat(request.facts.size()));
  argv.push_back(absl::StrCat(request.rests_on.size()));
  argv.push_back(absl::StrCat(request.keys.size()));
  for (const Period& period : periods) {
    argv.push_back(absl::StrCat(absl::ToUnixSeconds(period.expires)));
  }
  for (const std::string& fact : request.facts) {
    argv.push_back(fact);
    argv.push_back(Checksum(fact));
  }
  for (const std::string& aggregate : request.rests_on) argv.push_back(aggregate);
  for (const SubjectKey& key : request.keys) {
    argv.push_back(key.subject);
    argv.push_back(key.sealed);
  }
  return call;
}

absl::StatusOr<Appended> ParseAppended(const redis::Reply& reply) {
  VAKA_RETURN_IF_ERROR(redis::ToStatus(reply));
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

redis::Request SeenCall(const std::string& kommun, Stream stream,
                        const std::string& idempotency_key, absl::Time now) {
  const std::vector<Period> periods = Periods(kommun, stream, now);
  redis::Request call{.key = LogKey(kommun, stream),
                      .argv = {"FCALL", "vaka_seen_1", absl::StrCat(periods.size())}};
  for (const Period& period : periods) call.argv.push_back(period.key);
  call.argv.push_back(idempotency_key);
  return call;
}

absl::StatusOr<std::optional<Appended>> ParseSeen(const redis::Reply& reply) {
  VAKA_RETURN_IF_ERROR(redis::ToStatus(reply));
  if (reply.is_nil()) return std::nullopt;
  return ParseRemembered(reply.text);
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
