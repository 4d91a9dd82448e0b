#include "libs/log/append_library.h"

#include "absl/strings/str_cat.h"
#include "libs/log/entries.h"

namespace vaka::log {
namespace {

// A function runs alone and to its end, and its writes reach the append-only file as one. It reads
// everything before it writes anything, so an error leaves nothing half-done. All appends of a call
// share its reads and writes: a command from a script costs more than what it does.
//
// Every key exists from the first append on, if only with an empty field: while a cluster moves a
// slot, a call that names a key that does not exist is put off until the whole slot has moved.
constexpr char kRemembering[] = R"lua(
-- By key, "first:last" of the earlier append with it, as remembered in one of the hashes from
-- `first` on; and what is to be written once more, {hash, {key, numbers, …}}…: who asks takes the
-- answer for durable, and after a crash of Redis what it read from its file may not be on disk yet,
-- after a lost answer not on a replica. The empty key is there when the first of the hashes is.
local function remembered(hashes, first, keys)
  local before, again = {}, {}
  for i = first, #hashes do
    local found, fields = redis.call('HMGET', hashes[i], unpack(keys)), nil
    for j = 1, #keys do
      local key, numbers = keys[j], found[j]
      if key == '' then
        if i == first then before[key] = numbers end
      elseif numbers and not before[key] then
        before[key], fields = numbers, fields or {}
        fields[#fields + 1] = key
        fields[#fields + 1] = numbers
      end
    end
    if fields then again[#again + 1] = {hashes[i], fields} end
  end
  return before, again
end

local function write_again(again)
  for i = 1, #again do redis.call('HSET', again[i][1], unpack(again[i][2])) end
end

-- KEYS: the idempotency hashes. ARGV: key. Returns "first:last" or nothing.
local function seen(keys, args)
  local before, again = remembered(keys, 1, {args[1]})
  write_again(again)
  return before[args[1]]
end
)lua";

constexpr char kTouched[] = R"lua(
-- What the last facts touched, with the last number of each aggregate, is in two hashes: new ones
-- go to one until it is of so many facts; then the other is emptied and takes its place. An append
-- that was decided on a state from before both is refused like one whose aggregate changed.
local kTurn = 65536

-- Where the hashes stand, in the first one. '': the highest number that was given; ' second': it is
-- the second hash that takes new ones; ' from': the first fact in that one; ' before': in the other.
-- Nothing but the first of it is there in a log of an earlier version, whose first hash holds
-- everything.
local function places() return {'', ' second', ' from', ' before'} end

-- The touched aggregates among `names`, which begin with places(), each with its last number, and
-- where the hashes stand.
local function read_touched(first, second, names, begin, oldest)
  local found = redis.call('HMGET', first, unpack(names))
  local at = {highest = tonumber(found[1] or 0), second = found[2] == '1',
              from = tonumber(found[3] or begin + 1), before = tonumber(found[4] or 1),
              told = found[3]}
  local changed = {}
  for i = 5, #names do changed[names[i]] = tonumber(found[i] or 0) end
  if #names > 4 and (at.second or oldest and oldest < at.from - 1) then
    found = redis.call('HMGET', second, unpack(names))
    for i = 5, #names do
      local number = tonumber(found[i] or 0)
      if number > changed[names[i]] then changed[names[i]] = number end
    end
  end
  return changed, at
end

local function write_touched(first, second, touched, at, begin, head)
  local turn = begin - at.from + 1 >= kTurn
  if turn then
    at.second, at.before, at.from = not at.second, at.from, begin + 1
    redis.call('UNLINK', at.second and second or first)
  end
  local where = touched
  if at.second then
    if #touched > 0 then redis.call('HSET', second, unpack(touched)) end
    where = {}
  end
  where[#where + 1] = ''
  where[#where + 1] = head
  if turn or not at.told then
    for _, word in ipairs({' second', at.second and '1' or '0', ' from', at.from,
                           ' before', at.before}) do
      where[#where + 1] = word
    end
    redis.call('HSETNX', second, ' ', '')
  end
  redis.call('HSET', first, unpack(where))
end
)lua";

constexpr char kAppending[] = R"lua(
-- The appends as ARGV has them: `fact`, `aggregate` and `subject` are where theirs begin, `last` is
-- where the next append does. And their keys, the aggregates of all after places(), the subjects of
-- all, and the oldest state that one of them was decided on which rests on something.
local function read_appends(args, at)
  local appends, keys, names, subjects, oldest = {}, {}, places(), {}, nil
  for a = 1, tonumber(args[1]) do
    local one = {key = args[at], seen = tonumber(args[at + 1]), fact = at + 5}
    one.aggregate = one.fact + 2 * args[at + 2]
    one.subject = one.aggregate + args[at + 3]
    at = one.subject + 2 * args[at + 4]
    one.last = at
    for i = one.aggregate, one.subject - 1 do names[#names + 1] = args[i] end
    for i = one.subject, at - 2, 2 do subjects[#subjects + 1] = args[i] end
    if one.subject > one.aggregate then oldest = math.min(oldest or one.seen, one.seen) end
    appends[a], keys[a] = one, one.key
  end
  return appends, keys, names, subjects, oldest
end

local function read_sealed(vault, subjects)
  local sealed = {}
  if #subjects == 0 then return sealed end
  local found = redis.call('HMGET', vault, unpack(subjects))
  for i = 1, #subjects do sealed[subjects[i]] = found[i] or nil end
  return sealed
end

-- The first of an append's aggregates that changed after it was seen, as its answer.
local function stale(one, args, changed, at)
  if one.subject > one.aggregate and one.seen < at.before - 1 then
    return {'ABORT', args[one.aggregate], at.before - 1}
  end
  for i = one.aggregate, one.subject - 1 do
    if changed[args[i]] > one.seen then return {'ABORT', args[i], changed[args[i]]} end
  end
end

-- Notes what an append writes: {field, value, …} of the entries, of what is touched, of the vault.
local function take(one, args, changed, sealed, writes)
  local facts, touched, vault = writes.facts, writes.touched, writes.vault
  local first = writes.head + 1
  for i = one.fact, one.aggregate - 2, 2 do
    local n = #facts
    facts[n + 1], facts[n + 2], facts[n + 3], facts[n + 4] = 'f', args[i], 'c', args[i + 1]
  end
  writes.head = writes.head + (one.aggregate - one.fact) / 2
  local last = string.format('%d', writes.head)
  for i = one.aggregate, one.subject - 1 do
    local n = #touched
    touched[n + 1], touched[n + 2] = args[i], last
    changed[args[i]] = writes.head
  end
  for i = one.subject, one.last - 2, 2 do
    local have = sealed[args[i]] or ''
    if not string.find(have, args[i + 1], 1, true) then
      local n = #vault
      have = have .. args[i + 1]
      vault[n + 1], vault[n + 2] = args[i], have
      sealed[args[i]] = have
    end
  end
  return {first, writes.head, 0}
end

-- The facts of a call are entries of up to so many, each under the number of its last.
local function write_facts(log, begin, facts)
  for i = 1, #facts, 4 * kMostInEntry do
    local last = math.min(i + 4 * kMostInEntry - 1, #facts)
    redis.call('XADD', log, string.format('%d-0', begin + last / 4), unpack(facts, i, last))
  end
end

-- KEYS: the log, the two hashes of touched aggregates, the vault, the idempotency hashes (where a
-- new key goes first). ARGV: number of appends; when each idempotency hash expires; then for each
-- append: key, seen, numbers of facts, aggregates and subject keys, (fact, checksum)…, aggregate…,
-- (subject, sealed key)…
-- Returns for each append {first, last, 1 if repeated}, {'ABORT', aggregate, its last number} or
-- {'LOST', last entry, last number that was given}. Each is decided on what those before it left.
local function append(keys, args)
  local log, vault = keys[1], keys[4]
  local appends, ids, names, subjects, oldest = read_appends(args, 2 + #keys - 4)
  ids[#ids + 1] = ''
  local before, again = remembered(keys, 5, ids)
  local sealed = read_sealed(vault, subjects)

  -- The last entry of a log is never taken out of it, so it says where the numbers are.
  local begin = 0
  local top = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  if top then begin = tonumber(string.match(top[1], '^%d+')) end
  -- It is kept apart as well: a log that ends before it has lost its tail, and numbers that were
  -- answered are not given again.
  local changed, at = read_touched(keys[2], keys[3], names, begin, oldest)

  write_again(again)
  local answers, new_keys = {}, {}
  local writes = {head = begin, facts = {}, touched = {}, vault = {}}
  for a, one in ipairs(appends) do
    if before[one.key] then
      local first, last = string.match(before[one.key], '^(%d+):(%d+)$')
      answers[a] = {tonumber(first), tonumber(last), 1}
    elseif begin < at.highest then
      answers[a] = {'LOST', begin, at.highest}
    else
      local refused = stale(one, args, changed, at)
      answers[a] = refused or take(one, args, changed, sealed, writes)
      if not refused then
        before[one.key] = string.format('%d:%d', answers[a][1], answers[a][2])
        new_keys[#new_keys + 1] = one.key
        new_keys[#new_keys + 1] = before[one.key]
      end
    end
  end
  if #new_keys == 0 then return answers end

  write_facts(log, begin, writes.facts)
  write_touched(keys[2], keys[3], writes.touched, at, begin, writes.head)
  if #writes.vault > 0 then redis.call('HSET', vault, unpack(writes.vault)) end
  redis.call('HSET', keys[5], unpack(new_keys))
  if not before[''] then
    for i = 5, #keys do
      redis.call('HSETNX', keys[i], '', '')
      redis.call('EXPIREAT', keys[i], args[1 + i - 4])
    end
  end
  if begin == 0 then redis.call('HSETNX', vault, '', '') end
  return answers
end

redis.register_function('vaka_append_4', append)
redis.register_function('vaka_seen_4', seen)
)lua";

}  // namespace

std::string AppendLibrary() {
  return absl::StrCat("#!lua name=vaka_log_4\nlocal kMostInEntry = ", kMostFactsInEntry, "\n",
                      kRemembering, kTouched, kAppending);
}

}  // namespace vaka::log
