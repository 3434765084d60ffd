-- A node takes its name. ARGV: 3 the name, 4 the incarnation, 5 the lease, 6 how many there may be.
local incarnation, ends = find(ARGV[3])
if incarnation then
  return ends > now and 'taken' or 'over'
end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[6]) then
  return 'many'
end
put(ARGV[3], ARGV[4], ARGV[5])
redis.call('SPUBLISH', ARGV[2], 'J' .. ARGV[3])
return 'ok'
