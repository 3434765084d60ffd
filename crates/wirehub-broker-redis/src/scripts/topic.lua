-- What every script about a topic begins with.
--
-- KEYS: 1 the topic's row, 2 its history, 3 its values, 4 the order of its keys, 5 names of
-- publications, 6 the order of those, 7 its channel.
-- ARGV: 1 milliseconds to be ahead of the server's clock, 2 the era and, behind a space, another one
-- whose topics lack nothing, or `?` to be asked, 3 an epoch in case a new one is
-- needed, 4 how many milliseconds an unused topic is kept.

local FOREVER = 100000000000000

local now = clock(ARGV[1])
local era, origin = string.match(ARGV[2], '^(%S*) ?(.*)$')

-- What a topic keeps, out of its text.
local function rules_of(text)
  local parts = {}
  for part in string.gmatch(text, '%S+') do
    parts[#parts + 1] = tonumber(part)
  end
  if #parts ~= 7 then
    damaged('the rules in its row')
  end
  return {
    size = parts[1], ttl = parts[2], bytes = parts[3], retained = parts[4] == 1,
    keys = parts[5], retained_ttl = parts[6], names_ttl = parts[7],
  }
end

-- How a topic stands; without a row it is new. All that is to be written is looked at here, so that
-- a key of somebody else fails the script before anything is written.
local function look(text)
  local row = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'bytes', 'era', 'rules')
  local topic = {
    history = redis.call('XLEN', KEYS[2]), values = redis.call('HLEN', KEYS[3]),
    keys = redis.call('ZCARD', KEYS[4]), names = redis.call('HLEN', KEYS[5]),
    order = redis.call('ZCARD', KEYS[6]),
  }
  if not row[1] then
    if redis.call('EXISTS', KEYS[1]) == 1 then
      damaged('its row')
    end
    topic.is_new = true
    topic.epoch, topic.offset, topic.bytes = ARGV[3], 0, 0
    topic.leftovers = topic.history + topic.values + topic.keys + topic.names + topic.order > 0
    topic.history, topic.values, topic.keys, topic.names, topic.order = 0, 0, 0, 0, 0
  else
    topic.epoch, topic.offset, topic.bytes = row[1], tonumber(row[2]), tonumber(row[3])
    if not string.match(row[1], '^%d+$') or not topic.offset or not topic.bytes then
      damaged('its row')
    end
    -- Offsets of another life of the server may have been lost with it.
    if era ~= '' and row[4] ~= era and row[4] ~= origin then
      if origin == '?' then
        error({ err = 'ERA ' .. (row[4] or '') })
      end
      topic.epoch = ARGV[3]
    end
    text = text or row[5] or ''
  end
  topic.text = text
  topic.rules = text and rules_of(text)
  if topic.history == 0 then
    topic.bytes = 0
  end
  return topic
end

-- A topic that has lost its row has lost its place: what is left of it belongs to nobody.
local function clear(topic)
  if topic.leftovers then
    redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
  end
end

-- A part of an entry of the history.
local function part(entry, name)
  local fields = entry[2]
  for index = 1, #fields, 2 do
    if fields[index] == name then
      return fields[index + 1]
    end
  end
  damaged('an entry of its history')
end

local function number(entry, name)
  return tonumber(part(entry, name)) or damaged('an entry of its history')
end

-- Whether a value is worth nothing any more.
local function is_over(value, rules)
  local accepted, ends = string.match(value, '^%d+ (%d+) (%d*) ')
  if not accepted then
    damaged('a value')
  end
  return tonumber(accepted) + rules.retained_ttl <= now or (ends ~= '' and tonumber(ends) <= now)
end

-- Forgets what the rules do not want, or not any more.
local function trim(topic)
  local rules = topic.rules
  local surplus = topic.history - rules.size
  if surplus > 0 then
    -- All at once: there are many when many were published.
    for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', surplus)) do
      topic.bytes = topic.bytes - number(entry, 'size')
    end
    redis.call('XTRIM', KEYS[2], 'MAXLEN', rules.size)
    topic.history = rules.size
  end
  while topic.history > 0 do
    local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
    local keep = topic.bytes <= rules.bytes and number(first, 'at') + rules.ttl > now
    if keep then
      break
    end
    topic.bytes = topic.bytes - number(first, 'size')
    topic.history = topic.history - redis.call('XDEL', KEYS[2], first[1])
  end
  if topic.values > 0 then
    local last = redis.call('HGET', KEYS[3], 'l')
    if last and (not rules.retained or is_over(last, rules)) then
      redis.call('HDEL', KEYS[3], 'l')
    end
  end
  -- Nearly the order of their ends: whoever set an end of its own waits for those before it, and is
  -- left out of answers meanwhile.
  while topic.keys > 0 do
    local key = redis.call('ZRANGE', KEYS[4], 0, 0)[1]
    local value = redis.call('HGET', KEYS[3], 'k' .. key)
    if topic.keys <= rules.keys and value and not is_over(value, rules) then
      break
    end
    redis.call('HDEL', KEYS[3], 'k' .. key)
    topic.keys = topic.keys - redis.call('ZREM', KEYS[4], key)
  end
end

-- When the name of a publication is forgotten, and where that one stands.
local function known(name)
  local row = redis.call('HGET', KEYS[5], name)
  if not row then
    return nil
  end
  local offset, ends = string.match(row, '^(%d+) (%d+)$')
  if not offset then
    damaged('a name')
  end
  return offset, tonumber(ends)
end

-- Keeps names within their bound, and until their time.
local function trim_names(topic, bound)
  while topic.order > 0 do
    local name = redis.call('ZRANGE', KEYS[6], 0, 0)[1]
    local _, ends = known(name)
    if topic.order <= bound and ends and ends > now then
      break
    end
    redis.call('HDEL', KEYS[5], name)
    topic.order = topic.order - redis.call('ZREM', KEYS[6], name)
  end
end

-- Writes the row, and lets the topic live as long as it holds something, and some time beyond.
local function write(topic)
  redis.call('HSET', KEYS[1], 'epoch', topic.epoch, 'offset', whole(topic.offset),
    'bytes', whole(topic.bytes), 'era', era, 'rules', topic.text)
  local rules = topic.rules
  local life = rules.names_ttl
  if rules.size > 0 then
    life = math.max(life, rules.ttl)
  end
  if rules.retained or rules.keys > 0 then
    life = math.max(life, rules.retained_ttl)
  end
  life = life + tonumber(ARGV[4])
  -- What is not there needs no end.
  local held = {
    1, topic.history, topic.values + topic.keys, topic.keys,
    topic.names + topic.order, topic.names + topic.order,
  }
  for index = 1, 6 do
    if held[index] == 0 then
      -- Nothing.
    elseif life >= FOREVER then
      redis.call('PERSIST', KEYS[index])
    else
      redis.call('PEXPIRE', KEYS[index], whole(life))
    end
  end
end
