-- What every script about the members of a topic begins with.
--
-- KEYS: 1 members by place, 2 places in their order, 3 connections of each user, 4 the version of
-- the last change, 5 the topic's channel. A place is a connection and its node.

-- How long the version outlives the last change, in milliseconds.
local VERSION_LIFE = 86400000

-- Whose a member is, and what it says: incarnation of its node, user or nil, the rest.
local function parse(value)
  local incarnation, length, from = string.match(value, '^(%S+) (%-?%d+) ()')
  length = tonumber(length)
  if not length then
    damaged('a member')
  end
  if length < 0 then
    return incarnation, nil, string.sub(value, from)
  end
  return incarnation, string.sub(value, from, from + length - 1), string.sub(value, from + length)
end

-- The version of a change. It follows the time, so that losing it does no harm.
local function version()
  local last = redis.call('GET', KEYS[4])
  last = last and (tonumber(last) or damaged('the version of its members')) or 0
  local time = redis.call('TIME')
  local next = math.max(last + 1, tonumber(time[1]) * 1000000 + tonumber(time[2]))
  redis.call('SET', KEYS[4], whole(next), 'PX', VERSION_LIFE)
  return whole(next)
end

local function tell(kind, edge, node, member)
  local text = 'M' .. version() .. ' ' .. kind .. (edge and '1' or '0') .. ' ' .. node .. ' '
  redis.call('SPUBLISH', KEYS[5], text .. member)
end

local function join(place, value, user, node, member)
  redis.call('HSET', KEYS[1], place, value)
  redis.call('ZADD', KEYS[2], 0, place)
  local edge = not user or redis.call('HINCRBY', KEYS[3], user, 1) == 1
  tell('joined', edge, node, member)
end

local function part_with(place, user, node, member)
  redis.call('HDEL', KEYS[1], place)
  redis.call('ZREM', KEYS[2], place)
  local edge = true
  if user then
    edge = redis.call('HINCRBY', KEYS[3], user, -1) <= 0
    if edge then
      redis.call('HDEL', KEYS[3], user)
    end
  end
  tell('left', edge, node, member)
end
