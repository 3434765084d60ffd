-- Gives publications of a topic their places, keeps them as the rules want, and publishes them.
--
-- ARGV: 5 the rules, 6 how many names are remembered; then of each publication 1 its name or '', 2
-- when it was accepted, 3 when it ends or '', 4 bytes of payload, 5 its key with a `k` before it or
-- '', 6 who publishes, 7 the publication. Returns of each epoch, offset, and whether it was published
-- before.
local FIRST, PARTS = 7, 7
local topic = look(ARGV[5])
local rules = topic.rules

-- Where publications of these names stand. All are looked at before anything is written.
local places = {}
if topic.names > 0 then
  for at = FIRST, #ARGV, PARTS do
    local name = ARGV[at]
    local offset, ends
    if name ~= '' then
      offset, ends = known(name)
    end
    if offset and ends > now then
      places[name] = offset
    end
  end
end

-- Keeps one publication; returns its offset.
local function keep(at)
  local name, accepted, key, publication = ARGV[at], ARGV[at + 1], ARGV[at + 4], ARGV[at + 6]
  topic.offset = topic.offset + 1
  local offset = whole(topic.offset)
  if rules.size > 0 then
    -- Fails when somebody else wrote a later entry, before the offset is given away.
    redis.call('XADD', KEYS[2], offset .. '-0', 'at', accepted, 'size', ARGV[at + 3],
      'it', publication)
    topic.history = topic.history + 1
    topic.bytes = topic.bytes + tonumber(ARGV[at + 3])
  end
  if rules.retained or (rules.keys > 0 and key ~= '') then
    local value = offset .. ' ' .. accepted .. ' ' .. ARGV[at + 2] .. ' ' .. publication
    if rules.retained then
      redis.call('HSET', KEYS[3], 'l', value)
      topic.values = topic.values + 1
    end
    if rules.keys > 0 and key ~= '' then
      redis.call('HSET', KEYS[3], key, value)
      topic.keys = topic.keys + redis.call('ZADD', KEYS[4], offset, string.sub(key, 2))
    end
  end
  if name ~= '' then
    local ends = tonumber(accepted) + rules.names_ttl
    redis.call('HSET', KEYS[5], name, offset .. ' ' .. whole(ends))
    topic.order = topic.order + redis.call('ZADD', KEYS[6], offset, name)
    if ends > now then
      places[name] = offset
    end
  end
  return offset
end

local answers, news = {}, {}
for at = FIRST, #ARGV, PARTS do
  local offset = places[ARGV[at]]
  if offset then
    answers[#answers + 1] = { topic.epoch, offset, 1 }
  else
    if #news == 0 then
      clear(topic)
    end
    offset = keep(at)
    answers[#answers + 1] = { topic.epoch, offset, 0 }
    news[#news + 1] = 'P' .. topic.epoch .. ' ' .. offset .. ' ' .. ARGV[at + 5] .. ' '
      .. ARGV[at + 6]
  end
end
if #news > 0 then
  trim_names(topic, tonumber(ARGV[6]))
  trim(topic)
  write(topic)
end
for _, said in ipairs(news) do
  say(KEYS[7], said)
end
return answers
