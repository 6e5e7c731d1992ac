"""The simulated workspaces: filled the first time, then as they were left."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import cast

import structlog

from bots.demo.directory import DemoDirectory
from simulator.playground.discord import DiscordScene
from simulator.playground.playground import Playground
from simulator.playground.scene import Scene
from simulator.playground.slack import SlackScene
from simulator.playground.telegram import TelegramScene
from simulator.playground.values import Json, Person, Room

VERSION = 1
SAVE_EVERY = 0.5
"""Seconds: what was said in the last of them is lost where the demo is killed."""

log = structlog.get_logger(service="demo")


@asynccontextmanager
async def opened(
    directory: DemoDirectory, people: Sequence[Person], rooms: Sequence[Room]
) -> AsyncIterator[tuple[Mapping[str, Scene], bool]]:
    """The scenes by platform while the context is open, and whether they are new."""
    kept = directory.read_world()
    scenes = _scenes(kept)
    is_new = scenes is None
    async with AsyncExitStack() as stack:
        slack, discord, telegram = scenes or (SlackScene(), DiscordScene(), TelegramScene())
        for scene in (slack, discord, telegram):
            await stack.enter_async_context(scene)
            if is_new:
                scene.populate(people, rooms)
        yield {"slack": slack, "discord": discord, "telegram": telegram}, is_new


def _scenes(kept: Json | None) -> tuple[SlackScene, DiscordScene, TelegramScene] | None:
    """The scenes as they were left, None when that cannot be read."""
    if kept is None or kept.get("version") != VERSION:
        return None
    scenes = (SlackScene(), DiscordScene(), TelegramScene())
    try:
        for scene in scenes:
            scene.restore(cast("Json", kept[scene.platform]))
    except (KeyError, TypeError, ValueError) as error:
        log.warning("workspaces_begin_anew", reason=str(error))
        return None
    return scenes


def snapshot(scenes: Mapping[str, Scene]) -> Json:
    """All workspaces as they are now."""
    return {"version": VERSION, **{name: scene.snapshot() for name, scene in scenes.items()}}


@asynccontextmanager
async def kept(playground: Playground, directory: DemoDirectory) -> AsyncIterator[None]:
    """Write the workspaces down whenever they have changed, and once more at the end."""
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(_keep(playground, directory))
        try:
            yield
        finally:
            keeping.cancel()
            _save(directory, snapshot(playground.scenes))


async def _keep(playground: Playground, directory: DemoDirectory) -> None:
    written = -1
    while True:
        if playground.changes != written:
            written = playground.changes
            await asyncio.to_thread(_save, directory, snapshot(playground.scenes))
        await asyncio.sleep(SAVE_EVERY)


def _save(directory: DemoDirectory, world: Json) -> None:
    """Write them down. The demo goes on where that fails: what people see is in memory."""
    try:
        directory.write_world(world)
    except OSError as error:
        log.warning("workspaces_not_saved", reason=error.strerror or str(error))
