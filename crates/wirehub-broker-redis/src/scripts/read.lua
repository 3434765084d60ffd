-- Reads a page of the history.
--
-- ARGV: 5 `newest`, `oldest`, `after` or `before`, 6 and 7 epoch and offset of the latter two, 8 how
-- many. Returns epoch, offset, entries, whether there are more, and why the page does not follow.
local topic = look(nil)
if topic.is_new then
  topic.history = 0
else
  trim(topic)
  write(topic)
end
local last = topic.offset
local first = last + 1 - topic.history
local from, to, gap = first, last + 1, ''
local kind, at, limit = ARGV[5], tonumber(ARGV[7]), tonumber(ARGV[8])
local named = kind == 'after' or kind == 'before'
if named and ARGV[6] ~= topic.epoch then
  from, to, gap = first, first, 'epoch'
elseif kind == 'after' then
  if at > last then
    from, to, gap = first, first, 'future'
  elseif at + 1 < first then
    gap = 'expired'
  else
    from = at + 1
  end
elseif kind == 'before' then
  if at > last + 1 then
    from, to, gap = first, first, 'future'
  else
    to = math.max(at, first)
  end
end
local count = math.min(to - from, limit)
local begin = from
if kind == 'newest' or kind == 'before' then
  begin = to - count
end
local entries = {}
if count > 0 then
  entries = redis.call('XRANGE', KEYS[2], whole(begin), whole(begin + count - 1))
end
local more = count < to - from and 1 or 0
return { topic.epoch, whole(last), entries, more, gap }
