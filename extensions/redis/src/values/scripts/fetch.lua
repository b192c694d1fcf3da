-- KEYS: state, value, lease. ARGV: incarnation, token, length of a lease in ms, fields and keys of the groups that the
-- call names, how long numbers are kept in ms.
-- Returns 'value' if there is a fresh one, to be read after this; 'compute', with the lease; 'wait'; 'alone'.
local inc, keep = ARGV[1], ARGV[6]
-- Of the value the head alone: a script would copy the rest several times.
local length = tonumber(redis.call('GETRANGE', KEYS[2], -8, -1), 16)
if length and is_fresh_by(redis.call('GETRANGE', KEYS[2], -24 - length, -25), inc, keep) then return 'value' end
if redis.call('HGET', KEYS[1], 'inc') ~= inc then return 'alone' end
if redis.call('SET', KEYS[3], ARGV[2], 'NX', 'PX', ARGV[3]) then
    -- Their numbers begin before the body does, so that STORE finds them.
    is_fresh(inc, 0, split(ARGV[4]), split(ARGV[5]), keep)
    return 'compute'
end
-- Whoever has the lease tells those who wait.
redis.call('APPEND', KEYS[3], '+')
return 'wait'
