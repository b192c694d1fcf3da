-- What FETCH and STORE share. KEYS[1] is the state of the namespace.
local function split(text)
    local items = {}
    for item in text:gmatch('[^\n]+') do items[#items + 1] = item end
    return items
end

-- Whether no group was invalidated after `since`, by the state's `fields` and the `keys` of numbers of their own.
-- A number that is missing, or of another incarnation, is not 0: what it was may have been evicted. It begins as the
-- count of now, which is above `since` if anything at all was invalidated meanwhile.
local function is_fresh(inc, since, fields, keys, keep)
    local read = redis.call('HMGET', KEYS[1], 'inc', 'n', 'values', unpack(fields))
    if read[1] ~= inc then return false end
    local now = read[2] or '0'
    if not read[3] then
        redis.call('HSET', KEYS[1], 'values', now)
        read[3] = now
    end
    local fresh = true
    -- mutant: shared-field-missing
    for i = 1, #fields do
        if tonumber(read[3 + i] or read[3]) > since then fresh = false end
    end
    if #keys == 0 then return fresh end
    local numbers = redis.call('MGET', unpack(keys))
    for i = 1, #keys do
        local life, number = (numbers[i] or ''):match('^(%w+) (%d+)$')
        -- mutant: shared-number-missing
        if life ~= inc then
            number = now
            redis.call('SET', keys[i], inc .. ' ' .. now, 'PX', keep)
        end
        if tonumber(number) > since then fresh = false end
    end
    return fresh
end

-- The same of the value with this head, and the keys of its numbers.
local function is_fresh_by(head, inc, keep)
    local life, since, fields, keys = head:match('^2 (%w+) (%d+)\n(.-)\n\n(.*)$')
    -- mutant: shared-life-ignored
    if life ~= inc then return false end
    keys = split(keys)
    return is_fresh(inc, tonumber(since), split(fields), keys, keep), keys
end
