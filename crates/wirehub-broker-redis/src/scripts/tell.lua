-- Tells a node something. ARGV: 3 its name, 4 its channel, 5 what. Returns how many heard it, or -1
-- when there is no such node.
local incarnation, ends = find(ARGV[3])
if not incarnation or ends <= now then
  return -1
end
return redis.call('SPUBLISH', ARGV[4], ARGV[5])
