"""Work on one person's data in every store."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from bots.options import settings_for
from bots.parts import Part
from core.errors import UserError
from core.messages import Author

if TYPE_CHECKING:
    from adapters.stores.postgres.connection import Database
    from adapters.stores.redis.notifications import RedisNotifications
    from bots.threads import OpenThreads
    from core.notifications import NotificationService
    from core.ports.erasure import Forgets

Result = TypeVar("Result")

UNKNOWN = "Nobody with the id {id} is known on {platform}: nothing is kept about them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What is kept about people; Redis and ScyllaDB may be away."""

    database: "Database"
    threads: "OpenThreads"
    lists: "RedisNotifications"

    @property
    def forgetting(self) -> "tuple[Forgets, ...]":
        """The stores that forget people, besides PostgreSQL."""
        return *self.threads.forgets, self.lists

    def notifications(self) -> "NotificationService":
        """Notifications, with what they are made of again."""
        from adapters.stores.postgres.happened import PostgresHappened
        from bots.clock import utc_now
        from core.notifications import NotificationService

        happened = PostgresHappened(database=self.database)
        return NotificationService(lists=self.lists, happened=happened, clock=utc_now)


def with_person(
    author: Author,
    work: Callable[[Stores, UUID], Awaitable[Result]],
    *,
    embedded: bool,
    data_dir: Path | None,
) -> Result:
    """Do something with the stores and a person's account; `UserError` where there is none."""
    from bots.running import run

    results: list[Result] = []

    async def use() -> None:
        async with _open(embedded=embedded, data_dir=data_dir) as stores:
            results.append(await work(stores, await _find(stores.database, author)))

    run(use)
    return results[0]


@asynccontextmanager
async def _open(*, embedded: bool, data_dir: Path | None) -> AsyncIterator[Stores]:
    from adapters.stores.postgres.connection import Database
    from adapters.stores.redis.connection import connect
    from adapters.stores.redis.notifications import RedisNotifications
    from adapters.stores.redis.pipeline import Pipeline
    from bots.databases import databases
    from bots.preparing import prepare_postgres
    from bots.stores import open_postgres
    from bots.threads import open_threads

    settings = settings_for(data_dir, needed={Part.POSTGRES, Part.REDIS, Part.SCYLLA})
    async with databases(settings, embedded=embedded) as complete:
        if settings.postgres_dsn is None:  # our own: nobody else brings it up to date
            await prepare_postgres(complete)
        redis_url = complete.redis_url.get_secret_value() if complete.redis_url else ""
        async with (
            open_postgres(complete) as pool,
            connect(redis_url) as redis,
            Pipeline(redis) as pipeline,
            open_threads(complete, Database(pool=pool), prepare=False) as threads,
        ):
            yield Stores(
                database=Database(pool=pool),
                threads=threads,
                lists=RedisNotifications(pipeline=pipeline),
            )


async def _find(database: "Database", author: Author) -> UUID:
    from adapters.stores.postgres.erasure import PostgresPeople

    found = await PostgresPeople(database=database).find(author)
    if found is None:
        raise UserError(UNKNOWN.format(id=author.id, platform=author.platform.value))
    return found
