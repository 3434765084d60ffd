-- A node renews its lease. ARGV: 3 the name, 4 the incarnation, 5 the lease.
local incarnation, ends = find(ARGV[3])
if not incarnation then
  return 'gone'
end
if incarnation ~= ARGV[4] then
  return 'other'
end
if ends <= now then
  return 'gone'
end
put(ARGV[3], ARGV[4], ARGV[5])
return 'ok'
