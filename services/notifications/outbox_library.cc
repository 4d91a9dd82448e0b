#include "services/notifications/outbox_library.h"

namespace vaka::notifications {
namespace {

// Numbers and form of an entry are those of libs/log's own append: `<number>-0` with fields f (the
// fact) and c (its checksum); the last entry says where the numbers are.
constexpr char kLibrary[] = R"lua(#!lua name=vaka_outbox_1

-- KEYS: the log of deliveries, then those that the arguments point at by their place.
-- ARGV: a condition,
--   'position' key seq after seq after   the planner stands here; then there
--   'held' key parcel                    is held; no longer
--   'taken' key group id                 is in a sender's hands; gone
--   'once' key seconds                   was not done under this key for so long
-- then effects,
--   'fact' bytes checksum | 'send' key parcel | 'hold' key due parcel
-- Returns {1, first, last} (0, 0 without facts), or {0} when the condition does not hold.
local function commit(keys, args)
  local at, planner, once = 1, nil, nil
  local kind = args[1]
  if kind == 'position' then
    planner = keys[tonumber(args[2])]
    local now = redis.call('HMGET', planner, 'seq', 'after')
    if (now[1] or '0') ~= args[3] or (now[2] or '') ~= args[4] then return {0} end
    redis.call('HSET', planner, 'seq', args[5], 'after', args[6])
    at = 7
  elseif kind == 'held' then
    if redis.call('ZREM', keys[tonumber(args[2])], args[3]) == 0 then return {0} end
    at = 4
  elseif kind == 'taken' then
    local key = keys[tonumber(args[2])]
    if redis.call('XACK', key, args[3], args[4]) == 0 then return {0} end
    redis.call('XDEL', key, args[4])
    at = 5
  elseif kind == 'once' then
    once = keys[tonumber(args[2])]
    if redis.call('EXISTS', once) == 1 then return {0} end
    at = 4
  end

  local head = 0
  local top = redis.call('XREVRANGE', keys[1], '+', '-', 'COUNT', 1)
  if top[1] then head = tonumber(string.match(top[1][1], '^(%d+)')) end
  local first, last = head + 1, head
  while at <= #args do
    local what = args[at]
    if what == 'fact' then
      last = last + 1
      redis.call('XADD', keys[1], string.format('%d-0', last), 'f', args[at + 1], 'c', args[at + 2])
      at = at + 3
    elseif what == 'send' then
      redis.call('XADD', keys[tonumber(args[at + 1])], '*', 'p', args[at + 2], 'n', last)
      at = at + 3
    else
      redis.call('ZADD', keys[tonumber(args[at + 1])], args[at + 2], args[at + 3])
      at = at + 4
    end
  end
  -- With the number of the facts that it wrote, which tells a backup on which side of its cut it is.
  if once then redis.call('SET', once, last, 'EX', args[3]) end
  if last < first then return {1, 0, 0} end
  if planner then redis.call('HSET', planner, 'deliveries', last) end
  return {1, first, last}
end

redis.register_function('vaka_outbox_commit_1', commit)

-- KEYS: an outbox. ARGV: group, id, the consumer that has it, how often it was taken, the consumer
-- that takes it over. Returns the entry, or nothing when it is in those hands no longer.
local function take_over(keys, args)
  local now = redis.call('XPENDING', keys[1], args[1], args[2], args[2], 1)[1]
  if not now or now[2] ~= args[3] or now[4] ~= tonumber(args[4]) then return {} end
  return redis.call('XCLAIM', keys[1], args[1], args[5], 0, args[2])
end

redis.register_function('vaka_outbox_take_over_1', take_over)
)lua";

}  // namespace

std::string OutboxLibrary() { return kLibrary; }

}  // namespace vaka::notifications
