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

// A function runs alone and to its end, and its writes reach the append-only file as one. It reads
// everything before it writes anything, so an error leaves nothing half-done. All appends of a call
// share its reads and writes: a command from a script costs more than what it does.
//
// Every key exists from the first append on, if only with an empty field: while a cluster moves a
// slot, a call that names a key that does not exist is put off until the whole slot has moved.
constexpr char kLibrary[] = R"lua(#!lua name=vaka_log_3

-- By key, "first:last" of the earlier append with it, as remembered in one of the hashes from
-- `first` on; and what is to be written once more, {hash, {key, numbers, …}}…: who asks takes the
-- answer for durable, and after a crash of Redis what it read from its file may not be on disk yet,
-- after a lost answer not on a replica.
local function remembered(hashes, first, keys)
  local before, again = {}, {}
  for i = first, #hashes do
    local found, fields = redis.call('HMGET', hashes[i], unpack(keys)), {}
    for j = 1, #keys do
      if found[j] and not before[keys[j]] then
        before[keys[j]] = found[j]
        fields[#fields + 1] = keys[j]
        fields[#fields + 1] = found[j]
      end
    end
    if #fields > 0 then again[#again + 1] = {hashes[i], fields} end
  end
  return before, again
end

local function write_again(again)
  for i = 1, #again do redis.call('HSET', again[i][1], unpack(again[i][2])) end
end

-- The appends as ARGV has them: `fact`, `aggregate` and `subject` are where theirs begin. And their
-- keys, the aggregates of all and the subjects of all, and the oldest state that one of them was
-- decided on which rests on something.
local function read_appends(args, at)
  local appends, keys, names, subjects, oldest = {}, {}, {}, {}, nil
  for a = 1, tonumber(args[1]) do
    local one = {key = args[at], seen = tonumber(args[at + 1]), facts = tonumber(args[at + 2]),
                 aggregates = tonumber(args[at + 3]), subjects = tonumber(args[at + 4]),
                 fact = at + 5}
    one.aggregate = one.fact + 2 * one.facts
    one.subject = one.aggregate + one.aggregates
    at = one.subject + 2 * one.subjects
    for i = one.aggregate, one.subject - 1 do names[#names + 1] = args[i] end
    for i = one.subject, at - 2, 2 do subjects[#subjects + 1] = args[i] end
    if one.aggregates > 0 then oldest = math.min(oldest or one.seen, one.seen) end
    appends[a], keys[a] = one, one.key
  end
  return appends, keys, names, subjects, oldest
end

-- The fields of a hash as a table; nothing for those it has not.
local function read_fields(hash, names)
  local values = {}
  if #names == 0 then return values end
  local found = redis.call('HMGET', hash, unpack(names))
  for i = 1, #names do values[names[i]] = found[i] or nil end
  return values
end

local function write_fields(hash, values)
  local fields = {}
  for name, value in pairs(values) do
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  if #fields > 0 then redis.call('HSET', hash, unpack(fields)) end
end

-- What the last facts touched, with the last number of each aggregate, is in two hashes: new ones
-- go to one until it is of so many facts; then the other is emptied and takes its place. An append
-- that was decided on a state from before both is refused like one whose aggregate changed.
local kTurn = 65536

-- The touched aggregates among `names`, each with its last number, and where the hashes stand:
-- `second`: it is the second one that takes new ones; `from`: the first fact in that one; `before`:
-- in the other; `highest`: the last number that was given. Nothing of that is said in a log of an
-- earlier version, whose first hash holds everything.
local function read_touched(first, second, names, begin, oldest)
  local asked = {'', ' second', ' from', ' before'}
  for i = 1, #names do asked[#asked + 1] = names[i] end
  local changed = read_fields(first, asked)
  local at = {highest = tonumber(changed[''] or 0), second = changed[' second'] == '1',
              from = tonumber(changed[' from'] or begin + 1),
              before = tonumber(changed[' before'] or 1), told = changed[' from'] ~= nil}
  if at.second or oldest and oldest < at.from - 1 then
    for name, number in pairs(read_fields(second, names)) do
      changed[name] = math.max(tonumber(changed[name] or 0), tonumber(number))
    end
  end
  return changed, at
end

local function write_touched(first, second, now_changed, at, begin, head)
  local turn = begin - at.from + 1 >= kTurn
  if turn then
    at.second, at.before, at.from = not at.second, at.from, begin + 1
    redis.call('UNLINK', at.second and second or first)
  end
  local where = {[''] = string.format('%d', head)}
  if turn or not at.told then
    where[' second'] = at.second and '1' or '0'
    where[' from'] = string.format('%d', at.from)
    where[' before'] = string.format('%d', at.before)
  end
  if at.second then
    write_fields(second, now_changed)
    write_fields(first, where)
  else
    for name, value in pairs(where) do now_changed[name] = value end
    write_fields(first, now_changed)
  end
  if turn or not at.told then redis.call('HSETNX', second, ' ', '') end
end

-- KEYS: the log, the two hashes of touched aggregates, the vault, the idempotency hashes (where a
-- new key goes first). ARGV: number of appends; when each idempotency hash expires; then for each append: key,
-- seen, numbers of facts, aggregates and subject keys, (fact, checksum)…, aggregate…, (subject,
-- sealed key)…
-- Returns for each append {first, last, 1 if repeated}, {'ABORT', aggregate, its last number} or
-- {'LOST', last entry, last number that was given}. Each is decided on what those before it left.
local function append(keys, args)
  local log, vault = keys[1], keys[4]
  local appends, ids, names, subjects, oldest = read_appends(args, 2 + #keys - 4)
  local before, again = remembered(keys, 5, ids)
  local sealed = read_fields(vault, subjects)

  -- The last entry of a log is never taken out of it, so it says where the numbers are.
  local begin = 0
  local top = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)
  if top[1] then begin = tonumber(string.match(top[1][1], '^(%d+)')) end
  -- It is kept apart as well: a log that ends before it has lost its tail, and numbers that were
  -- answered are not given again.
  local changed, at = read_touched(keys[2], keys[3], names, begin, oldest)

  write_again(again)
  local head, answers, new_keys, now_changed, now_sealed, added = begin, {}, {}, {}, {}, 0
  -- The first of its aggregates that changed after it was seen.
  local function stale(one)
    if one.aggregates > 0 and one.seen < at.before - 1 then
      return {'ABORT', args[one.aggregate], at.before - 1}
    end
    for i = one.aggregate, one.subject - 1 do
      local number = tonumber(changed[args[i]] or 0)
      if number > one.seen then return {'ABORT', args[i], number} end
    end
  end
  local function write(one)
    local first = head + 1
    for i = one.fact, one.aggregate - 2, 2 do
      head = head + 1
      redis.call('XADD', log, string.format('%d-0', head), 'f', args[i], 'c', args[i + 1])
    end
    local last = string.format('%d', head)
    for i = one.aggregate, one.subject - 1 do changed[args[i]], now_changed[args[i]] = last, last end
    for i = one.subject, one.subject + 2 * one.subjects - 2, 2 do
      local have = sealed[args[i]] or ''
      if not string.find(have, args[i + 1], 1, true) then
        sealed[args[i]], now_sealed[args[i]] = have .. args[i + 1], have .. args[i + 1]
      end
    end
    before[one.key] = string.format('%d:%d', first, head)
    new_keys[one.key] = before[one.key]
    added = added + 1
    return {first, head, 0}
  end
  for a, one in ipairs(appends) do
    if before[one.key] then
      local first, last = string.match(before[one.key], '^(%d+):(%d+)$')
      answers[a] = {tonumber(first), tonumber(last), 1}
    elseif begin < at.highest then
      answers[a] = {'LOST', begin, at.highest}
    else
      answers[a] = stale(one) or write(one)
    end
  end
  if added == 0 then return answers end

  write_touched(keys[2], keys[3], now_changed, at, begin, head)
  write_fields(vault, now_sealed)
  write_fields(keys[5], new_keys)
  if redis.call('HLEN', keys[5]) == added then
    for i = 5, #keys do
      redis.call('HSETNX', keys[i], '', '')
      redis.call('EXPIREAT', keys[i], args[1 + i - 4])
    end
  end
  if begin == 0 then redis.call('HSETNX', vault, '', '') end
  return answers
end

-- KEYS: the idempotency hashes. ARGV: key. Returns "first:last" or nothing.
local function seen(keys, args)
  local before, again = remembered(keys, 1, {args[1]})
  write_again(again)
  return before[args[1]]
end

redis.register_function('vaka_append_3', append)
redis.register_function('vaka_seen_3', seen)
)lua";

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

std::string AppendLibrary() { return kLibrary; }

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
  argv.emplace_back("vaka_append_3");
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
                      .argv = {"FCALL", "vaka_seen_3", absl::StrCat(periods.size())}};
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
