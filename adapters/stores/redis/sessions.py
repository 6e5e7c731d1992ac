"""Sessions, which may be lost: whoever had one comes in again."""

from dataclasses import dataclass
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError
from redis.exceptions import ResponseError

from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.pipeline import Pipeline
from core.errors import UnavailableError
from core.ports.sessions import Session

IDLE = timedelta(hours=24)
LONGEST = timedelta(days=30)

SESSION = TypeAdapter(Session)

# Both times are the server's: what is left of the longest one bounds the idle one.
PUT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('HSET', KEYS[1], 'session', ARGV[1], 'ends', now + ARGV[3])
return redis.call('EXPIRE', KEYS[1], ARGV[2])
"""
GET = """
local kept = redis.call('HMGET', KEYS[1], 'session', 'ends')
if not kept[1] then return nil end
local left = tonumber(kept[2]) - tonumber(redis.call('TIME')[1])
if left <= 0 then
    redis.call('DEL', KEYS[1])
    return nil
end
redis.call('EXPIRE', KEYS[1], math.min(left, tonumber(ARGV[1])))
return kept[1]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSessions:
    """`Sessions`: a hash `{prefix}:session:user:{{id}}`."""

    pipeline: Pipeline
    prefix: str = PREFIX
    idle: timedelta = IDLE
    longest: timedelta = LONGEST

    async def put(self, session_id: str, session: Session) -> None:
        words = (SESSION.dump_json(session), _seconds(self.idle), _seconds(self.longest))
        await self._run("EVAL", PUT, 1, self._key(session_id), *words)

    async def get(self, session_id: str) -> Session | None:
        kept = await self._run("EVAL", GET, 1, self._key(session_id), _seconds(self.idle))
        try:
            return SESSION.validate_json(kept) if isinstance(kept, bytes) else None
        except ValidationError:  # another version's
            return None

    async def drop(self, session_id: str) -> None:
        await self._run("DEL", self._key(session_id))

    async def _run(self, *command: str | bytes | int) -> object:
        try:
            answer: object = await self.pipeline.execute(*command)
        except ResponseError as error:
            raise UnavailableError(f"Redis refuses: {error}") from error
        return answer

    def _key(self, session_id: str) -> str:
        return f"{self.prefix}:session:user:{{{session_id}}}"


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())
