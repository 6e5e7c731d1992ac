"""Where the demo keeps its databases and its workspaces."""

import asyncio
import json
import shutil
from pathlib import Path

import orjson

from bots.embedded import usable_data_dir
from bots.embedded.attachment import owner_lock, servers_lock
from bots.embedded.directory import Directory, open_directory
from core.errors import UserError
from simulator.playground.values import Json

DEFAULT = Path(".trialogue-demo")
AS_ROOT = Path("/var/lib/trialogue-demo")
DATABASES = ("postgres", "valkey", "logs", "passwords.json", "running.json")
OURS = ("world.json", "page.url", "bot.log")
MEGABYTE = 1024 * 1024
ROOM_AT_FIRST, ROOM_LATER = 150 * MEGABYTE, 30 * MEGABYTE


class DemoDirectory:
    """The demo's directory: the databases' own, and what is said in the simulated workspaces."""

    def __init__(self, wanted: Path | None) -> None:
        # What was named is used or refused, never something else: a reset deletes.
        self.path = (
            wanted.expanduser().resolve() if wanted else usable_data_dir(DEFAULT, as_root=AS_ROOT)
        )
        self.directory: Directory = open_directory(self.path)

    @property
    def shown(self) -> str:
        """Its path, short where it is below the current directory."""
        here = Path.cwd()
        return str(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)

    async def reset(self) -> None:
        """Delete what earlier demos left. `UserError` while one of them runs."""
        with owner_lock(self.directory) as lock:
            if not lock.take():
                raise self.taken()
            async with servers_lock(self.directory):
                await asyncio.to_thread(self._delete)

    def check(self) -> None:
        """`UserError` while another demo runs here, or where there is no room for the databases."""
        with owner_lock(self.directory) as lock:
            if not lock.take() and self._page.exists():
                raise self.taken()
        needed = ROOM_LATER if self.directory.postgres.exists() else ROOM_AT_FIRST
        free = shutil.disk_usage(self.path).free
        if free < needed:
            raise UserError(
                f"Only {free // MEGABYTE} MB are free where {self.path} is, and the databases need"
                f" {needed // MEGABYTE}: make room, or name another directory with --data-dir."
            )

    def taken(self) -> UserError:
        """What the second demo in a directory is told."""
        url = self._page.read_text(encoding="utf-8") if self._page.exists() else ""
        there = f" at {url}" if url else ""
        return UserError(
            f"A demo runs in {self.path} already{there}: open that, stop it with Ctrl-C, or name"
            " another directory with --data-dir."
        )

    def say_where(self, url: str) -> None:
        """Note the page's address for whoever starts a second demo here."""
        self.directory.write(self._page, url)

    def gone(self) -> None:
        """There is no page any more."""
        self._page.unlink(missing_ok=True)

    def read_world(self) -> Json | None:
        """The workspaces as they were left; None when there are none, or none that can be read."""
        try:
            world = json.loads(self._world.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return world if isinstance(world, dict) else None

    def write_world(self, world: Json) -> None:
        """Keep the workspaces."""
        self.directory.write(self._world, orjson.dumps(world).decode())

    @property
    def _world(self) -> Path:
        return self.path / "world.json"

    @property
    def _page(self) -> Path:
        return self.path / "page.url"

    def _delete(self) -> None:
        for name in (*DATABASES, *OURS):
            path = self.path / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
