"""Lists of notifications: capped, expiring, and made again where they are lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from redis.exceptions import ResponseError

from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.pipeline import Pipeline
from core.errors import UnavailableError
from core.notifications import KEPT, MOST
from core.ports.erasure import Erasure
from core.ports.notifications import Notification, Notifications

NOTIFICATION = TypeAdapter(Notification)

# One that is there stays as it is: what is told again has not happened again.
ADD = """
for n = 3, #ARGV, 3 do
    if redis.call('ZADD', KEYS[1], 'NX', ARGV[n + 1], ARGV[n]) == 1 then
        redis.call('HSET', KEYS[2], ARGV[n], ARGV[n + 2])
    end
end
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1 - ARGV[1])) do
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[2], id)
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return redis.call('EXPIRE', KEYS[3], ARGV[2])
"""
READ = """
local ids = redis.call('ZREVRANGE', KEYS[1], 0, ARGV[1] - 1)
local unread = redis.call('ZCOUNT', KEYS[1], '(' .. (redis.call('GET', KEYS[3]) or '0'), '+inf')
if #ids == 0 then return {unread} end
return {unread, unpack(redis.call('HMGET', KEYS[2], unpack(ids)))}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisNotifications:
    """`NotificationLists`: a sorted set `{prefix}:notifications:user:{{user}}` of ids by time.

    Beside it are `:texts`, a hash, and `:read`, up to when they have been read. It is one of the
    stores that forget a person, too.
    """

    pipeline: Pipeline
    prefix: str = PREFIX
    name: str = "redis"

    async def add(self, user_id: UUID, notifications: Sequence[Notification]) -> None:
        words = [
            part
            for one in notifications
            for part in (str(one.id), one.at.timestamp(), NOTIFICATION.dump_json(one))
        ]
        await self._run(ADD, user_id, MOST, int(KEPT.total_seconds()), *words)

    async def read(self, user_id: UUID, *, limit: int) -> Notifications:
        unread, *kept = await self._run(READ, user_id, limit)
        latest = [one for one in map(_read, kept) if one is not None]
        return Notifications(latest=latest, unread=int(unread))

    async def mark_read(self, user_id: UUID, at: datetime) -> None:
        key = self._keys(user_id)[2]
        seconds = int(KEPT.total_seconds())
        try:
            await self.pipeline.execute("SET", key, at.timestamp(), "EX", seconds)
        except ResponseError as error:
            raise UnavailableError(f"Redis refuses: {error}") from error

    async def forget(self, erasure: Erasure) -> None:
        """As `Forgets` has it: everything, since what still holds is made again."""
        try:
            await self.pipeline.execute("DEL", *self._keys(erasure.user_id))
        except ResponseError as error:
            raise UnavailableError(f"Redis refuses: {error}") from error

    async def _run(
        self, script: str, user_id: UUID, *arguments: str | bytes | float
    ) -> list[int | bytes]:
        keys = self._keys(user_id)
        try:
            found = await self.pipeline.execute("EVAL", script, len(keys), *keys, *arguments)
        except ResponseError as error:
            raise UnavailableError(f"Redis refuses: {error}") from error
        return found if isinstance(found, list) else [found]

    def _keys(self, user_id: UUID) -> tuple[str, str, str]:
        key = f"{self.prefix}:notifications:user:{{{user_id}}}"
        return key, f"{key}:texts", f"{key}:read"


def _read(kept: int | bytes | None) -> Notification | None:
    """None for what another version wrote."""
    try:
        return NOTIFICATION.validate_json(kept) if isinstance(kept, bytes) else None
    except ValidationError:
        return None
