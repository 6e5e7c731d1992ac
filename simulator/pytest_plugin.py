"""Fixtures for the tests of any bot: `slack`, `discord` and `telegram`, a stand-in each.

They are made for a test and end with it. Async tests need pytest-asyncio or anyio; the stand-ins
run on the event loop of the test, whichever of the two runs it. See docs/simulator.md.
"""

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # every run of pytest loads this file: what it needs is loaded when it is used
    from simulator.discord import DiscordStandIn
    from simulator.slack import SlackStandIn
    from simulator.telegram import TelegramStandIn

ASYNCIO, ANYIO = "asyncio", "anyio"

NO_LOOP = (
    "The fixture {name!r} needs an event loop: install pytest-asyncio, or mark the test with"
    " pytest.mark.anyio."
)


async def _open_slack() -> AsyncIterator["SlackStandIn"]:
    from simulator.slack import SlackStandIn

    async with SlackStandIn() as stand_in:
        yield stand_in


async def _open_discord() -> AsyncIterator["DiscordStandIn"]:
    from simulator.discord import DiscordStandIn

    async with DiscordStandIn() as stand_in:
        yield stand_in


async def _open_telegram() -> AsyncIterator["TelegramStandIn"]:
    from simulator.telegram import TelegramStandIn

    async with TelegramStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def slack(request: pytest.FixtureRequest) -> "SlackStandIn":
    """A Slack team of this test's own: point the bot at its `environment`."""
    stand_in: SlackStandIn = _on_the_loop_of_the_test(request)
    return stand_in


@pytest.fixture
def discord(request: pytest.FixtureRequest) -> "DiscordStandIn":
    """A Discord server of this test's own: point the bot at its `environment`."""
    stand_in: DiscordStandIn = _on_the_loop_of_the_test(request)
    return stand_in


@pytest.fixture
def telegram(request: pytest.FixtureRequest) -> "TelegramStandIn":
    """A Bot API server of this test's own: point the bot at its `environment`."""
    stand_in: TelegramStandIn = _on_the_loop_of_the_test(request)
    return stand_in


def _on_the_loop_of_the_test(request: pytest.FixtureRequest) -> Any:
    name = request.fixturename
    plugins = request.config.pluginmanager
    if "anyio_backend" in request.fixturenames:
        return request.getfixturevalue(f"_{name}_on_{ANYIO}")
    if plugins.hasplugin(ASYNCIO):
        return request.getfixturevalue(f"_{name}_on_{ASYNCIO}")
    raise pytest.UsageError(NO_LOOP.format(name=name))


def _on_asyncio(open_stand_in: Callable[[], AsyncIterator[Any]]) -> Any:
    try:
        import pytest_asyncio
    except ImportError:
        return None
    name = open_stand_in.__name__.removeprefix("_open")
    return pytest_asyncio.fixture(name=f"{name}_on_{ASYNCIO}")(open_stand_in)


def _on_anyio(open_stand_in: Callable[[], AsyncIterator[Any]]) -> Any:
    name = open_stand_in.__name__.removeprefix("_open")
    return pytest.fixture(name=f"{name}_on_{ANYIO}")(open_stand_in)


# pytest finds fixtures by the names of a module.
_slack_on_asyncio, _slack_on_anyio = _on_asyncio(_open_slack), _on_anyio(_open_slack)
_discord_on_asyncio, _discord_on_anyio = _on_asyncio(_open_discord), _on_anyio(_open_discord)
_telegram_on_asyncio, _telegram_on_anyio = _on_asyncio(_open_telegram), _on_anyio(_open_telegram)
