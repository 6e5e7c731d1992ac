"""What the store tests share: a Valkey server of the test's own and clients of it."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from adapters.stores.redis.connection import connect
from adapters.stores.redis.pipeline import Pipeline
from tests.stores.valkey import Valkey

PATIENCE = timedelta(seconds=30)


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def redis(valkey: Valkey) -> AsyncIterator[Redis]:
    async with connect(valkey.url, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
async def admin(valkey: Valkey) -> AsyncIterator[Redis]:
    """Another connection, that is not in the way of the tested one."""
    async with connect(valkey.url, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
async def pipeline(redis: Redis) -> AsyncIterator[Pipeline]:
    """One that a busy machine does not make believe that its server is away."""
    async with Pipeline(redis, timeout=PATIENCE.total_seconds()) as running:
        yield running


@pytest.fixture
async def impatient(valkey: Valkey) -> AsyncIterator[Pipeline]:
    """One that gives a server up that does not answer for a moment, as the bot does."""
    async with connect(valkey.url) as client, Pipeline(client) as running:
        yield running
