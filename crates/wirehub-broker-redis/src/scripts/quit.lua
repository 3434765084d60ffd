-- A node leaves. ARGV: 3 the name, 4 the incarnation.
local incarnation = find(ARGV[3])
if incarnation == ARGV[4] then
  finish(ARGV[3], incarnation)
end
return 'ok'
