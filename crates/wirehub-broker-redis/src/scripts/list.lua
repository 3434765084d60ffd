-- The nodes with a lease.
local rows, names = redis.call('HGETALL', KEYS[1]), {}
for index = 1, #rows, 2 do
  local _, ends = find(rows[index])
  if ends > now then
    names[#names + 1] = rows[index]
  end
end
return names
