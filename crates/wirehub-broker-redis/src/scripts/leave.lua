-- A member goes. ARGV: 1 its place, 2 the incarnation of its node, 3 the node.
local value = redis.call('HGET', KEYS[1], ARGV[1])
if value then
  local incarnation, user, member = parse(value)
  if incarnation == ARGV[2] then
    part_with(ARGV[1], user, ARGV[3], member)
  end
end
return 1
