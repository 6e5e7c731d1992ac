#!lua name=LIBRARY

-- A bucket is a hash. `times` and `cosmetic` hold when tokens were taken, for messages and for what
-- only fills the gaps: packed doubles, the oldest first. A token comes back when its window has
-- passed. `paused`, `promised` and `told` are times too. All of them are this server's, in seconds.

local LANDMARK = 1767225600 -- 2026-01-01: what popularity is counted from

local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1e6
end

local function microseconds(seconds)
  return math.ceil(seconds * 1e6)
end

-- Windows are written as `3:3.15,20:60.5`: so many tokens, each back after so many seconds.
local function windows_of(text)
  local windows = {most = 0, longest = 0, shortest = math.huge}
  for limit, seconds in string.gmatch(text, '(%d+):([%d.]+)') do
    limit, seconds = tonumber(limit), tonumber(seconds)
    windows[#windows + 1] = {limit = limit, seconds = seconds}
    windows.most = math.max(windows.most, limit)
    windows.longest = math.max(windows.longest, seconds)
    windows.shortest = math.min(windows.shortest, seconds / limit)
  end
  return windows
end

local function open(key, windows)
  local kept = redis.call('HMGET', key, 'times', 'cosmetic', 'paused', 'promised', 'told')
  return {
    key = key,
    windows = windows_of(windows),
    times = kept[1] or '',
    cosmetic = kept[2] or '',
    paused = tonumber(kept[3] or 0),
    promised = tonumber(kept[4] or 0),
    told = tonumber(kept[5] or 0),
  }
end

local function nth_newest(times, n)
  local at = #times - 8 * n + 1
  return at >= 1 and struct.unpack('<d', times, at) or nil
end

-- When the next token is there, and after how long the one after it: as the window that holds it up
-- gives them back, and after a pause as fast as any does.
local function free_at(bucket)
  local at, spacing = bucket.paused, bucket.windows.shortest
  for _, window in ipairs(bucket.windows) do
    local oldest = nth_newest(bucket.times, window.limit)
    if oldest and oldest + window.seconds > at then
      at, spacing = oldest + window.seconds, window.seconds / window.limit
    end
  end
  return at, spacing
end

-- A key outlives what has happened to it by no more than that matters.
local function keep(bucket, time)
  local newest = math.max(nth_newest(bucket.times, 1) or 0, nth_newest(bucket.cosmetic, 1) or 0)
  local last = math.max(newest + bucket.windows.longest, bucket.paused, bucket.promised, bucket.told)
  redis.call('PEXPIRE', bucket.key, math.ceil((last - time) * 1000))
end

local function note(bucket, field, at, time)
  local times = bucket[field] .. struct.pack('<d', at)
  bucket[field] = string.sub(times, -8 * bucket.windows.most)
  redis.call('HSET', bucket.key, field, bucket[field])
  keep(bucket, time)
end

local function set_time(bucket, field, at, time)
  bucket[field] = at
  redis.call('HSET', bucket.key, field, string.format('%.6f', at))
  keep(bucket, time)
end

local function count_since(times, start)
  local count = 0
  for n = 1, #times / 8 do
    if nth_newest(times, n) <= start then
      break
    end
    count = count + 1
  end
  return count
end

local function has_room(bucket, time)
  for _, window in ipairs(bucket.windows) do
    local start = time - window.seconds
    local taken = count_since(bucket.times, start) + count_since(bucket.cosmetic, start)
    if taken >= window.limit then
      return false
    end
  end
  return bucket.paused <= time
end

local TAKEN, WAIT, REFUSED = 0, 1, 2

-- Those who are refused in a row are told to come back one after the other.
local function later(bucket, at, spacing, patience, time)
  if at - time <= patience then
    return {WAIT, microseconds(at - time)}
  end
  at = math.max(at, bucket.promised)
  set_time(bucket, 'promised', at + spacing, time)
  return {REFUSED, microseconds(at - time)}
end

-- Keys: a chat, its bot. Arguments: their windows, and how many seconds the caller would wait.
local function take(keys, arguments)
  local time, patience = now(), tonumber(arguments[3])
  local chat, bot = open(keys[1], arguments[1]), open(keys[2], arguments[2])
  local at, spacing = free_at(chat)
  at = math.max(at, bot.paused)
  if at > time then
    return later(chat, at, spacing, patience, time)
  end
  local slot, next_after = free_at(bot)
  slot = math.max(time, slot, nth_newest(bot.times, 1) or 0)
  if slot - time > patience then
    return later(bot, slot, next_after, patience, time)
  end
  note(chat, 'times', slot, time)
  note(bot, 'times', slot, time)
  return {TAKEN, microseconds(slot - time)}
end

-- Keys and arguments as above, without the patience.
local function spare(keys, arguments)
  local time = now()
  local chat, bot = open(keys[1], arguments[1]), open(keys[2], arguments[2])
  if not (has_room(chat, time) and has_room(bot, time)) then
    return 0
  end
  note(chat, 'cosmetic', time, time)
  note(bot, 'cosmetic', time, time)
  return 1
end

-- Key: a chat or a bot. Argument: for how many seconds. A pause is never made shorter.
local function pause(keys, arguments)
  local time = now()
  local before = tonumber(redis.call('HGET', keys[1], 'paused') or 0)
  local at = math.max(before, time + tonumber(arguments[1]))
  local left = math.max(math.ceil((at - time) * 1000), redis.call('PTTL', keys[1]))
  redis.call('HSET', keys[1], 'paused', string.format('%.6f', at))
  redis.call('PEXPIRE', keys[1], left)
  return 0
end

-- Key: who comes. Argument: their windows. For how many microseconds they have to stay away.
local function visit(keys, arguments)
  local time, bucket = now(), open(keys[1], arguments[1])
  local at = free_at(bucket)
  if at > time then
    return microseconds(at - time)
  end
  note(bucket, 'times', time, time)
  return 0
end

local function count(key, question, half_life, most, lifetime, time)
  -- What is counted now weighs more than what was counted before: so the old fades by itself.
  local weight = 2 ^ ((time - LANDMARK) / half_life)
  local score = tonumber(redis.call('ZINCRBY', key, weight, question))
  if score < 1.01 * weight and redis.call('ZCARD', key) > most * 1.1 then -- it may be new
    redis.call('ZREMRANGEBYRANK', key, 0, -most - 1)
  end
  redis.call('EXPIRE', key, lifetime)
end

local COME_IN, TELL, TURN_AWAY = 0, 1, 2

-- Keys: a person, the popular questions. Arguments: the person's windows (none: everybody may), for
-- how many seconds nothing is said after somebody was told, the half-life of popularity, how many
-- questions are kept, for how many seconds, and the question (empty: not counted).
local function ask(keys, arguments)
  local time = now()
  if arguments[1] ~= '' then
    local person = open(keys[1], arguments[1])
    local at = free_at(person)
    if at > time then
      if person.told > time then
        return TURN_AWAY
      end
      set_time(person, 'told', time + tonumber(arguments[2]), time)
      return TELL
    end
    note(person, 'times', time, time)
  end
  if arguments[6] ~= '' then
    count(keys[2], arguments[6], tonumber(arguments[3]), tonumber(arguments[4]), arguments[5], time)
  end
  return COME_IN
end

-- Key: the popular questions. Arguments: the half-life, and how many. Questions and how often each
-- was asked lately, the most popular first.
local function popular(keys, arguments)
  local weight = 2 ^ ((now() - LANDMARK) / tonumber(arguments[1]))
  local found = redis.call('ZREVRANGE', keys[1], 0, tonumber(arguments[2]) - 1, 'WITHSCORES')
  for n = 2, #found, 2 do
    found[n] = string.format('%.6f', tonumber(found[n]) / weight)
  end
  return found
end

redis.register_function('LIBRARY_take', take)
redis.register_function('LIBRARY_spare', spare)
redis.register_function('LIBRARY_pause', pause)
redis.register_function('LIBRARY_visit', visit)
redis.register_function('LIBRARY_ask', ask)
redis.register_function{function_name = 'LIBRARY_popular', callback = popular, flags = {'no-writes'}}
