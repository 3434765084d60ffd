-- Lets a topic live that a node has open.
local topic = look(nil)
if topic.is_new then
  return 0
end
trim(topic)
write(topic)
return 1
