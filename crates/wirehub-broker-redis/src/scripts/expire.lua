-- Ends leases that are over. Returns how many were looked at, and the incarnations that have ended, to
-- be looked after.
local rows = redis.call('HGETALL', KEYS[1])
for index = 1, #rows, 2 do
  local incarnation, ends = find(rows[index])
  if ends <= now then
    finish(rows[index], incarnation)
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', whole(now - LOOKED_AFTER))
return { #rows / 2, redis.call('ZRANGE', KEYS[2], 0, -1) }
