-- A member comes or changes. ARGV: 1 its place, 2 the member with its incarnation and user, 3 the
-- node, 4 how many members there may be.
local place, value, node = ARGV[1], ARGV[2], ARGV[3]
local before = redis.call('HGET', KEYS[1], place)
if before == value then
  return 1
end
-- Somebody else's keys fail here, before anything is written.
local count = redis.call('HLEN', KEYS[1])
redis.call('ZCARD', KEYS[2])
redis.call('HLEN', KEYS[3])
local _, user, member = parse(value)
if before then
  local _, old_user, old_member = parse(before)
  if old_user == user then
    redis.call('HSET', KEYS[1], place, value)
    if old_member ~= member then
      tell('changed', not user, node, member)
    end
    return 1
  end
  part_with(place, old_user, node, old_member)
elseif count >= tonumber(ARGV[4]) then
  return 0
end
join(place, value, user, node, member)
return 1
