"""What was counted by day and organization, until it is in the lasting store."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.pipeline import Pipeline
from core.ports.analytics import DailyCount, Flush
from core.ports.clock import NewId

LIFETIME = timedelta(days=7)
REMEMBERED = timedelta(hours=1)
"""How long a batch is known to have been added: longer than anybody tries again."""

ID = "id"
SECONDS_A_DAY = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The day is the server's, so that replicas' clocks do not matter. All keys have one hash tag.
ADD = f"""
if not redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[1]) then return 0 end
local day = math.floor(redis.call('TIME')[1] / {SECONDS_A_DAY})
for n = 3, #ARGV, 2 do
    redis.call('HINCRBY', KEYS[1], day .. '|' .. ARGV[n], ARGV[n + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
# One flush at a time: it lies aside, with its id, until it is done.
TAKE = f"""
if redis.call('EXISTS', KEYS[2]) == 0 then
    if redis.call('EXISTS', KEYS[1]) == 0 then return {{}} end
    redis.call('RENAME', KEYS[1], KEYS[2])
    redis.call('HSET', KEYS[2], '{ID}', ARGV[1])
    redis.call('EXPIRE', KEYS[2], ARGV[2])
end
return redis.call('HGETALL', KEYS[2])
"""
DONE = f"""
if redis.call('HGET', KEYS[1], '{ID}') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisPendingCounts:
    """`PendingCounts`: a hash `{prefix}:{{analytics}}:pending`, and `:flushing` for what was taken.

    The name begins as all others do: a login may be bound to `{prefix}:*`.
    """

    def __init__(self, pipeline: Pipeline, *, new_id: NewId, prefix: str = PREFIX) -> None:
        self._pipeline = pipeline
        self._new_id = new_id
        tag = f"{prefix}:{{analytics}}"
        self._pending, self._flushing = f"{tag}:pending", f"{tag}:flushing"
        self._batch = f"{tag}:batch:"

    async def add(self, batch: UUID, sums: Mapping[tuple[UUID, str], int]) -> None:
        """Add to today's sums; the same batch again changes nothing."""
        fields = [
            part
            for (organization_id, metric), amount in sums.items()
            for part in (f"{organization_id.hex}|{metric}", amount)
        ]
        await self._pipeline.execute(
            "EVAL",
            ADD,
            2,
            self._pending,
            f"{self._batch}{batch.hex}",
            int(REMEMBERED.total_seconds()),
            int(LIFETIME.total_seconds()),
            *fields,
        )

    async def take(self) -> Flush | None:
        """Take what there is, or what was taken and is not done."""
        lifetime = int(LIFETIME.total_seconds())
        flat = await self._pipeline.execute(
            "EVAL", TAKE, 2, self._pending, self._flushing, self._new_id().hex, lifetime
        )
        found = {bytes(name).decode(): value for name, value in _pairs(flat)}
        if ID not in found:
            return None
        flush_id = UUID(bytes(found.pop(ID)).decode())
        return Flush(id=flush_id, counts=list(_counts(found)))

    async def done(self, flush: Flush) -> None:
        """Drop it."""
        await self._pipeline.execute("EVAL", DONE, 1, self._flushing, flush.id.hex)


def _pairs(flat: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip(flat[::2], flat[1::2], strict=True)


def _counts(found: Mapping[str, bytes]) -> Iterator[DailyCount]:
    for name, amount in found.items():
        day, organization, metric = name.split("|", 2)
        yield DailyCount(
            organization_id=UUID(organization),
            day=_day(int(day)),
            metric=metric,
            amount=int(amount),
        )


def _day(number: int) -> date:
    return (EPOCH + timedelta(days=number)).date()
