-- Gives a publication its place, keeps it as the rules want, and publishes it.
--
-- ARGV: 5 the rules, 6 the publication's name or '', 7 how many names are remembered, 8 when it was
-- accepted, 9 when it ends or '', 10 bytes of payload, 11 its key with a `k` before it or '', 12 who
-- publishes, 13 the publication. Returns epoch, offset, and whether it was published before.
local topic = look(ARGV[5])
local rules = topic.rules
local name, key = ARGV[6], ARGV[11]
if name ~= '' and topic.names > 0 then
  local offset, ends = known(name)
  if offset and ends > now then
    return { topic.epoch, offset, 1 }
  end
end
clear(topic)
topic.offset = topic.offset + 1
local offset = whole(topic.offset)
if rules.size > 0 then
  -- Fails when somebody else wrote a later entry, before the offset is given away.
  redis.call('XADD', KEYS[2], offset .. '-0', 'at', ARGV[8], 'size', ARGV[10], 'it', ARGV[13])
  topic.history = topic.history + 1
  topic.bytes = topic.bytes + tonumber(ARGV[10])
end
local value = offset .. ' ' .. ARGV[8] .. ' ' .. ARGV[9] .. ' ' .. ARGV[13]
if rules.retained then
  redis.call('HSET', KEYS[3], 'l', value)
  topic.values = topic.values + 1
end
if rules.keys > 0 and key ~= '' then
  redis.call('HSET', KEYS[3], key, value)
  topic.keys = topic.keys + redis.call('ZADD', KEYS[4], offset, string.sub(key, 2))
end
if name ~= '' then
  redis.call('HSET', KEYS[5], name, offset .. ' ' .. whole(tonumber(ARGV[8]) + rules.names_ttl))
  topic.order = topic.order + redis.call('ZADD', KEYS[6], offset, name)
  trim_names(topic, tonumber(ARGV[7]))
end
trim(topic)
write(topic)
say(KEYS[7], 'P' .. topic.epoch .. ' ' .. offset .. ' ' .. ARGV[12] .. ' ' .. ARGV[13])
return { topic.epoch, offset, 0 }
