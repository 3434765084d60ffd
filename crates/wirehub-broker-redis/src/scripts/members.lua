-- A page of members. ARGV: 1 the place to begin after or '', 2 how many. Returns connections, users,
-- the version, places and members in turn, and whether there are more.
local from, limit = '-', tonumber(ARGV[2])
if ARGV[1] ~= '' then
  from = '(' .. ARGV[1]
end
local places = redis.call('ZRANGEBYLEX', KEYS[2], from, '+', 'LIMIT', 0, limit + 1)
local page = {}
for index = 1, math.min(#places, limit) do
  local value = redis.call('HGET', KEYS[1], places[index]) or damaged('a place of a member')
  local _, _, member = parse(value)
  page[#page + 1] = places[index]
  page[#page + 1] = member
end
return {
  redis.call('HLEN', KEYS[1]), redis.call('HLEN', KEYS[3]), redis.call('GET', KEYS[4]) or '0', page,
  #places > limit and 1 or 0,
}
