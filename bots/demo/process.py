"""The demo's bot: a process of its own, so that it can be killed and be seen to come back."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiohttp
import orjson

from bots.demo.spawn import free_port, spawned
from bots.settings import Settings
from core.errors import UserError
from simulator.playground.bot import BotState, LogLine

COMMAND = (sys.executable, "-m", "bots", "serve")
PLATFORMS = ("slack", "discord", "telegram")
UP_WITHIN = 60.0
STOP_WITHIN = 15.0
LOOK_EVERY = 0.05
PAUSE = 1.0
"""Seconds before the next start of a bot that ended by itself."""

STARTS_IN_VAIN = 3
LAST_LINES = 5


def _nothing() -> None:
    return None


def _unheard(_: LogLine) -> None:
    return None


@dataclass(slots=True, kw_only=True)
class BotProcess:
    """`trialogue serve`, started again whenever it ends. Enter `running` to have it.

    `environment` has its settings, `directory` is where it runs and keeps `bot.log`.
    """

    environment: Mapping[str, str]
    directory: Path
    _changed: Callable[[], None] = _nothing
    _logged: Callable[[LogLine], None] = _unheard
    _process: Process | None = None
    _port: int = 0
    _state: Literal["starting", "up", "down"] = "starting"
    _since: float = field(default_factory=time.time)
    _starts: int = 0
    _killed: bool = False
    _stopping: bool = False
    _last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    _is_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def log(self) -> Path:
        """Everything it says, of all its starts."""
        return self.directory / "bot.log"

    def state(self) -> BotState:
        """How it is now."""
        pid = self._process.pid if self._process and self._process.returncode is None else None
        return BotState(state=self._state, pid=pid, starts=self._starts, since=self._since)

    def watch(self, *, changed: Callable[[], None], logged: Callable[[LogLine], None]) -> None:
        """See `simulator.playground.bot.Bot`."""
        self._changed, self._logged = changed, logged

    def kill(self) -> None:
        """End it with SIGKILL; it is started again at once."""
        self._killed = True
        self._signal(signal.SIGKILL)

    async def up(self) -> None:
        """Wait until it is connected to every platform."""
        await self._is_up.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep it running while the context is open. `UserError` when it cannot be started."""
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(self._keep())
            try:
                yield
            finally:
                self._stopping = True
                await self._stop()
                keeping.cancel()

    async def _keep(self) -> None:
        in_vain = 0
        while not self._stopping:
            was_up = await self._run_once()
            in_vain = 0 if was_up or self._killed else in_vain + 1
            if in_vain >= STARTS_IN_VAIN:
                raise UserError(
                    f"The bot ended {in_vain} times while starting; {self.log} says why. It ends"
                    " with:\n" + "\n".join(self._last)
                )
            if not self._killed and not self._stopping:
                await asyncio.sleep(PAUSE)

    async def _run_once(self) -> bool:
        """Run it to its end; whether it had been up."""
        self._starts += 1
        self._killed = False
        self._be("starting")
        self._port = free_port()
        async with spawned(COMMAND, self._environment(), self.directory) as process:
            self._process = process
            async with asyncio.TaskGroup() as tasks:
                looking = tasks.create_task(self._look())
                tasks.create_task(self._read(process))
                await process.wait()
                looking.cancel()
        was_up = self._is_up.is_set()
        self._is_up.clear()
        self._be("down")
        return was_up

    async def _look(self) -> None:
        """Ask it whether it is up until it is."""
        async with aiohttp.ClientSession() as session:
            while not await self._is_ready(session):  # noqa: ASYNC110 (another process's)
                await asyncio.sleep(LOOK_EVERY)
        self._is_up.set()
        self._be("up")

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"http://127.0.0.1:{self._port}/ready") as answer:
                parts = (await answer.json()).get("parts", {})
                return answer.status == 200 and all(parts.get(one) == "up" for one in PLATFORMS)
        except (aiohttp.ClientError, ValueError):
            return False

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101 (it was started with a pipe)
        with self.log.open("ab", buffering=0) as kept:
            while True:
                try:
                    line = await process.stdout.readline()
                except ValueError:  # longer than the limit, and dropped by the reader
                    continue
                if not line:
                    return
                kept.write(line)
                self._last.append(line.decode(errors="replace").rstrip())
                with suppress(orjson.JSONDecodeError):
                    said = orjson.loads(line)
                    if isinstance(said, dict):
                        self._logged(said)

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_WITHIN):
                await process.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await process.wait()

    def _signal(self, number: signal.Signals) -> None:
        """To its whole session: where the kernel does not tell, another process watches it."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _be(self, state: Literal["starting", "up", "down"]) -> None:
        self._state, self._since = state, time.time()
        self._changed()

    def _environment(self) -> dict[str, str]:
        """Nothing of the person's own settings: a demo never speaks with a real platform."""
        settings = {name.upper() for name in Settings.model_fields}
        ours = {name: value for name, value in os.environ.items() if name.upper() not in settings}
        return {
            **ours,
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "INFO",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(self._port),
            **self.environment,
        }
