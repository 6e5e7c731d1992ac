"""A client of the control API, and bots for it to meet."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.process import KEPT, REPOSITORY

WITHIN = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Speaks to the control API of one platform."""

    session: aiohttp.ClientSession
    url: str

    async def get(self, path: str, **query: str | int) -> Any:
        """The answer to a GET that succeeds."""
        async with self.session.get(f"{self.url}{path}", params=query) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, **body: object) -> Any:
        """The answer to a POST that succeeds."""
        status, answer = await self.send("POST", path, **body)
        assert status in {200, 201}, answer
        return answer

    async def send(self, method: str, path: str, **body: object) -> tuple[int, Any]:
        """Status and body of any answer."""
        async with self.session.request(method, f"{self.url}{path}", json=body) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def postings(self, count: int) -> Any:
        """All postings, as soon as there are so many."""
        found = await self.get("/postings", count=count, wait=int(WITHIN))
        assert len(found["postings"]) >= count, found
        return found["postings"]


@asynccontextmanager
async def echo_bot(
    platform: str, settings: Mapping[str, str], log: Path, **variables: str
) -> AsyncIterator[None]:
    """A bot of the bare library, in a process of its own."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.simulator.echo_bot",
            platform,
            env={**kept, **settings, **variables},
            cwd=REPOSITORY,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield
    except BaseException as error:
        error.add_note(log.read_text(encoding="utf-8"))
        raise
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until_listening(platform: str, control: Client) -> None:
    """Wait until the bot has introduced itself, so that nothing is sent before it hears."""
    last = {"slack": "apps.connections.open", "discord": "PUT /app", "telegram": "deleteWebhook"}
    async with asyncio.timeout(WITHIN):
        while True:
            calls = (await control.get("/calls"))["calls"]
            if any(call["method"].startswith(last[platform]) for call in calls):
                return await asyncio.sleep(0.3)
            await asyncio.sleep(0.05)
