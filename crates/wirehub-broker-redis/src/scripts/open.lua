-- Tells how a topic stands, with what it keeps by the rules in ARGV 5. Returns epoch, offset, the
-- history and the values.
local topic = look(ARGV[5])
clear(topic)
trim(topic)
write(topic)
local values = {}
for _, value in ipairs(redis.call('HVALS', KEYS[3])) do
  if not is_over(value, topic.rules) then
    values[#values + 1] = value
  end
end
return { topic.epoch, whole(topic.offset), redis.call('XRANGE', KEYS[2], '-', '+'), values }
