-- A stay of a node does not hold members any more. KEYS: 1 when it was noted of each one that it is
-- held. ARGV: a member and a number each: one that was noted again after that number stays.
local released = 0
for index = 1, #ARGV, 2 do
  local noted = redis.call('HGET', KEYS[1], ARGV[index])
  if noted and (tonumber(noted) or 0) <= tonumber(ARGV[index + 1]) then
    released = released + redis.call('HDEL', KEYS[1], ARGV[index])
  end
end
return released
