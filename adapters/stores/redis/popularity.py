"""What people ask often: counted with every question, fading with time."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from redis.exceptions import ResponseError

from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.functions import Functions
from core.errors import UnavailableError
from core.ports.popularity import Popular

HALF_LIFE = timedelta(days=7)
"""After this a question counts half."""

KEPT = 2_000
"""Questions an organization."""

LIFETIME = timedelta(days=30)
LONGEST = 300  # characters of a question


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisPopularity:
    """The sorted set `{prefix}:popular:{{organization}}`; `RedisAskers` counts into it."""

    functions: Functions
    prefix: str = PREFIX

    async def top(self, organization_id: UUID, *, limit: int) -> list[Popular]:
        """The most popular questions of an organization, in normalised words."""
        key = key_of(organization_id, self.prefix)
        try:
            found = await self.functions.call("popular", [key], [HALF_LIFE.total_seconds(), limit])
        except ResponseError as error:
            raise UnavailableError(f"Redis refuses to say what is popular: {error}") from error
        return [
            Popular(question=question.decode(), asked=float(asked))
            for question, asked in zip(found[::2], found[1::2], strict=True)
        ]


def key_of(organization_id: UUID, prefix: str) -> str:
    """Where an organization's questions are counted."""
    return f"{prefix}:popular:{{{organization_id}}}"


def storable(question: str) -> str:
    """A question as it is counted: none where it is too long to be one that many ask."""
    return question if len(question) <= LONGEST else ""
