-- KEYS: state, value, lease. ARGV: incarnation, token, channel, ttl in ms, record.
-- Gives the lease back, with a value or, where there is no record, without. Returns 1 if the value is stored.
local inc, token, ttl, record = ARGV[1], ARGV[2], tonumber(ARGV[4]), ARGV[5]
local stored = 0
if record ~= '' then
    local keep = 2 * ttl
    local fresh, keys = is_fresh_by(record:sub(-24 - tonumber(record:sub(-8), 16), -25), inc, keep)
    -- mutant: shared-stored-outdated
    if fresh then
        redis.call('SET', KEYS[2], record, 'PX', ttl)
        -- A value outlives no number that it rests on.
        for _, key in ipairs(keys) do
            if redis.call('PTTL', key) < ttl then redis.call('PEXPIRE', key, keep) end
        end
        stored = 1
    end
end
local lease = redis.call('GET', KEYS[3])
if lease and lease:sub(1, #token) == token then
    redis.call('DEL', KEYS[3])
    if #lease > #token then redis.call('PUBLISH', ARGV[3], KEYS[3]) end
end
return stored
