-- Forgets what is kept of a topic. Where it stands stays, and so do names.
local topic = look(nil)
if topic.is_new then
  return 0
end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
topic.bytes = 0
write(topic)
say(KEYS[7], 'F' .. topic.epoch .. ' ' .. whole(topic.offset) .. ' ')
return 1
