-- A part of the link's script that counts an invalidation: `note_numbers(state, inc, n, prefix, first)` notes the number
-- `n` for each name in ARGV from `first` on. A name with `=` before it has a key of its own, and only if a shared value
-- rests on it.
local function note_numbers(state, inc, n, prefix, first)
    if redis.call('HEXISTS', state, 'values') == 0 then return end
    for i = first, #ARGV do
        local name = ARGV[i]
        if name:sub(1, 1) == '=' then
            redis.call('SET', prefix .. name:sub(2), inc .. ' ' .. n, 'XX', 'KEEPTTL')
        else
            redis.call('HSET', state, name, n)
        end
    end
end
