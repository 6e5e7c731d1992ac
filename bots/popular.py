"""What people of an organization ask often, read from Redis."""

from uuid import UUID

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.organizations import find_organization
from adapters.stores.redis.functions import Functions
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.redis.popularity import RedisPopularity
from bots.databases import databases
from bots.options import settings_for
from bots.parts import Part
from bots.place import Place
from bots.preparing import prepare_postgres
from bots.running import run
from bots.settings import Settings
from bots.stores import open_postgres, open_redis
from core.knowledge.noise import noise_in
from core.ports.popularity import Popular

PATIENCE = 1.0
"""Seconds for Redis to answer: somebody sits at the terminal, who can ask again."""


def popular_questions(place: Place, *, limit: int) -> list[Popular]:
    """The most popular questions of a place's organization."""
    found: list[Popular] = []

    async def work() -> None:
        settings = settings_for(place.data_dir, needed={Part.POSTGRES, Part.REDIS})
        async with databases(settings, embedded=place.embedded) as complete:
            if settings.postgres_dsn is None:  # our own: nobody else brings it up to date
                await prepare_postgres(complete)
            organization = await _organization(complete, place.organization)
            found.extend(await _top(complete, organization, limit))

    run(work)
    return found


async def _organization(settings: Settings, name: str) -> UUID:
    async with open_postgres(settings) as pool:
        return await find_organization(Database(pool=pool), name)


async def _top(settings: Settings, organization: UUID, limit: int) -> list[Popular]:
    impatient = settings.model_copy(update={"database_wait": PATIENCE})
    async with open_redis(impatient) as redis, Pipeline(redis) as pipeline:
        popularity = RedisPopularity(functions=Functions(pipeline))
        found = await popularity.top(organization, limit=limit)
    return [one for one in found if noise_in(one.question) is None]
