"""The transports that every promise of the port is tested on."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.transports import MESSAGES, OPEN, TRANSPORTS, Transport


@pytest.fixture(params=MESSAGES)
async def transport(request: pytest.FixtureRequest) -> AsyncIterator[Transport]:
    """A transport for messages, whose adapter does not listen yet."""
    async with OPEN[request.param](request.param) as transport:
        yield transport


@pytest.fixture(params=TRANSPORTS)
async def any_transport(request: pytest.FixtureRequest) -> AsyncIterator[Transport]:
    """A transport for commands and clicks, whose adapter does not listen yet."""
    async with OPEN[request.param](request.param) as transport:
        yield transport
