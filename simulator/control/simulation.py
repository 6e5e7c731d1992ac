"""Platforms and their control API, running together."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from simulator.control.api import control_application
from simulator.control.discord import DiscordControl
from simulator.control.platform import PlatformControl
from simulator.control.slack import SlackControl
from simulator.control.telegram import TelegramControl

PLATFORMS = ("slack", "discord", "telegram")
HOST = "127.0.0.1"
CLOSE_WITHIN = 1.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What runs: the platforms by name, and the address of the control API."""

    controls: dict[str, PlatformControl]
    url: str

    @property
    def settings(self) -> dict[str, str]:
        """The settings that point a bot at all of the platforms."""
        return {
            name: value
            for control in self.controls.values()
            for name, value in control.stand_in.environment.items()
        }


@asynccontextmanager
async def simulate(
    platforms: Collection[str] = PLATFORMS, *, port: int = 0, targets: Sequence[str] = ()
) -> AsyncIterator[Simulation]:
    """Run platforms and their control API on this machine.

    The control API listens on `port` and the platforms on the three after it, in the order of
    `PLATFORMS` whether all run or not; 0: on free ones. `targets` are bots that Slack
    calls; without any it is in Socket Mode. Raises
    `OSError` when a port is taken.
    """
    async with AsyncExitStack() as stack:
        controls: dict[str, PlatformControl] = {}
        for number, name in enumerate(PLATFORMS, start=1):
            if name in platforms:
                own = port + number if port else 0
                controls[name] = await _open(stack, name, port=own, targets=targets)
        url = await stack.enter_async_context(_serve(controls, port))
        yield Simulation(controls=controls, url=url)


async def _open(
    stack: AsyncExitStack, name: str, *, port: int, targets: Sequence[str]
) -> PlatformControl:
    match name:
        case "slack":
            return await stack.enter_async_context(SlackControl.open(port=port, targets=targets))
        case "discord":
            return await stack.enter_async_context(DiscordControl.open(port=port))
        case _:
            return await stack.enter_async_context(TelegramControl.open(port=port))


@asynccontextmanager
async def _serve(controls: dict[str, PlatformControl], port: int) -> AsyncIterator[str]:
    runner = web.AppRunner(
        control_application(controls),
        handle_signals=False,
        access_log=None,
        shutdown_timeout=CLOSE_WITHIN,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}/control"
    finally:
        await runner.cleanup()
