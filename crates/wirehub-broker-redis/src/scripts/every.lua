-- What every script begins with.

-- Numbers beyond 2^31 must not be written with an exponent.
local function whole(number)
  return string.format('%.0f', number)
end

local function damaged(what)
  error({ err = 'DAMAGED ' .. what })
end

-- Says something in a channel of a topic. Sharded channels are not heard by patterns, so that whoever
-- listens with one is told apart, if there is anybody.
local patterns
local function say(channel, text)
  redis.call('SPUBLISH', channel, text)
  patterns = patterns or redis.call('PUBSUB', 'NUMPAT')
  if patterns > 0 then
    redis.call('PUBLISH', channel, text)
  end
end

-- Milliseconds since the Unix epoch by the server's clock, and so many ahead of it.
local function clock(ahead)
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ahead)
end
