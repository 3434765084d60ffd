-- What every script about nodes begins with.
--
-- KEYS: 1 nodes by name, 2 incarnations that have ended. ARGV: 1 milliseconds to be ahead of the
-- server's clock, 2 the channel of all nodes.

-- How long an incarnation that has ended is looked after, in milliseconds: a process that was
-- stopped in the middle of a call may say something after its end.
local LOOKED_AFTER = 600000

local now = clock(ARGV[1])

-- The incarnation of a node and the end of its lease; nil when there is none.
local function find(name)
  local row = redis.call('HGET', KEYS[1], name)
  if not row then
    return nil
  end
  local incarnation, ends = string.match(row, '^(%S+) (%d+)$')
  if not incarnation then
    damaged('the row of the node ' .. name)
  end
  return incarnation, tonumber(ends)
end

local function put(name, incarnation, lease)
  redis.call('HSET', KEYS[1], name, incarnation .. ' ' .. whole(now + tonumber(lease)))
end

local function finish(name, incarnation)
  redis.call('HDEL', KEYS[1], name)
  redis.call('ZADD', KEYS[2], whole(now), incarnation .. ' ' .. name)
  redis.call('SPUBLISH', ARGV[2], 'L' .. name)
end
