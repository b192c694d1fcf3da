-- KEYS: state, value, lease. ARGV: incarnation, prefix of numbers, token, channel, since, ttl in ms, fields, keys, data.
-- Gives the lease back, with a value or, where there is no data, without. Returns 1 if the value is stored.
local inc, since, ttl, data = ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[9]
local stored = 0
if data ~= '' then
    local keys, keep = prefixed(ARGV[2], split(ARGV[8])), 2 * ttl
    if is_fresh(inc, since, split(ARGV[7]), keys, keep) then
        redis.call('HSET', KEYS[2], 'i', inc, 'n', ARGV[5], 'f', ARGV[7], 'k', ARGV[8], 'd', data)
        redis.call('PEXPIRE', KEYS[2], ttl)
        -- A value outlives no number that it rests on.
        for _, key in ipairs(keys) do
            if redis.call('PTTL', key) < ttl then redis.call('PEXPIRE', key, keep) end
        end
        stored = 1
    end
end
local lease = redis.call('GET', KEYS[3])
if lease and lease:sub(1, #ARGV[3]) == ARGV[3] then
    redis.call('DEL', KEYS[3])
    if #lease > #ARGV[3] then redis.call('PUBLISH', ARGV[4], KEYS[3]) end
end
return stored
