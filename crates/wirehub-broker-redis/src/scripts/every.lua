-- What every script begins with.

-- Numbers beyond 2^31 must not be written with an exponent.
local function whole(number)
  return string.format('%.0f', number)
end

local function damaged(what)
  error({ err = 'DAMAGED ' .. what })
end

-- Milliseconds since the Unix epoch by the server's clock, and so many ahead of it.
local function clock(ahead)
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ahead)
end
