-- KEYS: state, value, lease. ARGV: incarnation, prefix of numbers, token, length of a lease in ms, fields and keys of
-- the groups that the call names, how long numbers are kept in ms.
-- Returns the data and the ms that it may be kept; or {'compute'}, with the lease; {'wait'}; {'alone'}.
local inc, prefix, keep = ARGV[1], ARGV[2], ARGV[7]
local found = redis.call('HMGET', KEYS[2], 'i', 'n', 'f', 'k', 'd')
if found[5] and found[1] == inc
    and is_fresh(inc, tonumber(found[2]), split(found[3]), prefixed(prefix, split(found[4])), keep) then
    return { 'value', redis.call('PTTL', KEYS[2]), found[5] }
end
if redis.call('HGET', KEYS[1], 'inc') ~= inc then return { 'alone' } end
if redis.call('SET', KEYS[3], ARGV[3], 'NX', 'PX', ARGV[4]) then
    -- Their numbers begin before the body does, so that STORE finds them.
    is_fresh(inc, 0, split(ARGV[5]), prefixed(prefix, split(ARGV[6])), keep)
    return { 'compute' }
end
-- Whoever has the lease tells those who wait.
redis.call('APPEND', KEYS[3], '+')
return { 'wait' }
