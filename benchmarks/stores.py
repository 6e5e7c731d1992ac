"""`python -m benchmarks.stores`: what a message asks of each store, and how long it waits for it.

One question at a time through the whole core, from the adapter's hand-over to the posting, without
a platform and without a network: new questions, then the same again from the cache. With a CQL
engine too (`--cql`: SCYLLA_HOST, or the one that the tests run).
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import uvloop

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.recovery import PostgresRecovery
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.scylla.cql import Cql
from benchmarks.__main__ import prepare
from benchmarks.load import QUESTIONS
from bots.clock import new_id
from bots.embedded import Addresses, embedded
from bots.logs import configure_logs
from bots.opening import open_stores
from bots.platforms import Platforms
from bots.settings import Settings, read_settings
from bots.wiring import Bot, wire
from core.messages import (
    Author,
    Capability,
    Conversation,
    Delivery,
    IncomingMessage,
    Platform,
    Posting,
    Space,
)
from core.ports.platform import ChatAdapter, Receive

COUNT, WARM_UP = 500, 200
STORES = ("PostgreSQL", "Redis", "CQL")
QUIET = 0.05  # seconds after the last message, for what is written off its way


@dataclass(slots=True)
class Meter:
    """Calls and seconds by store."""

    calls: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Count what goes to the drivers, by the one place that each store's calls go through."""
        places: Sequence[tuple[str, type[Any], str]] = (
            ("PostgreSQL", Database, "_fetch"),
            ("Redis", Pipeline, "_send"),
            ("CQL", Cql, "_execute"),
        )
        kept = [(owner, name, getattr(owner, name)) for _, owner, name in places]
        for store, owner, name in places:
            setattr(owner, name, self._counted(store, getattr(owner, name)))
        try:
            yield
        finally:
            for owner, name, method in kept:
                setattr(owner, name, method)

    def _counted(
        self, store: str, method: Callable[..., Awaitable[Any]]
    ) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return await method(*arguments, **named)
            finally:
                self.calls[store] += 1
                self.seconds[store] += time.perf_counter() - began

        return call


class Desk:
    """A platform that is not there: what is posted arrives at once."""

    platform = Platform.SLACK
    capabilities = Capability.BUTTONS
    text_limit = 10_000

    def __init__(self) -> None:
        self.posted = asyncio.Semaphore(0)

    async def listen(self, _receive: Receive) -> None:
        """Nobody speaks here but the benchmark."""
        await asyncio.Event().wait()

    async def send(self, posting: Posting) -> Delivery:
        """Take a posting."""
        self.posted.release()
        return Delivery(message_ids=(str(posting.id),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One kind of message: round trips and milliseconds in each store, and in all."""

    engine: str
    kind: str
    milliseconds: float
    calls: dict[str, float]
    waits: dict[str, float]


async def measure(engine: str, settings: Settings, count: int) -> Sequence[Row]:
    """Ask new questions, then known ones."""
    replica = new_id()
    async with open_stores(settings, replica, prepare=True) as stores:
        desk = Desk()
        platforms = Platforms(adapters={Platform.SLACK: cast("ChatAdapter", desk)}, routes=())
        recovery = PostgresRecovery(
            database=stores.database, replica=replica, timeout=timedelta(seconds=30)
        )
        await recovery.heartbeat()
        async with asyncio.TaskGroup() as work:
            bot = wire(replica, stores, platforms, recovery, work)
            run = _Run(bot=bot, desk=desk)
            await run.ask(WARM_UP, new=False)
            return [
                await run.row(engine, "new", count, new=True),
                await run.row(engine, "cached", count, new=False),
            ]


@dataclass(slots=True, kw_only=True)
class _Run:
    bot: Bot
    desk: Desk
    number: int = 0

    async def row(self, engine: str, kind: str, count: int, *, new: bool) -> Row:
        meter = Meter()
        with meter.attached():
            seconds = await self.ask(count, new=new)
            while self.bot.busy():  # noqa: ASYNC110 (several counts)
                await asyncio.sleep(QUIET)
        return Row(
            engine=engine,
            kind=kind,
            milliseconds=seconds / count * 1000,
            calls={store: meter.calls[store] / count for store in STORES},
            waits={store: meter.seconds[store] / count * 1000 for store in STORES},
        )

    async def ask(self, count: int, *, new: bool) -> float:
        """Ask one after the other; the seconds from handing over to posting, summed."""
        total = 0.0
        for _ in range(count):
            self.number += 1
            began = time.perf_counter()
            await self.bot.chatbot.receive(_message(self.number, new=new))
            await self.desk.posted.acquire()
            total += time.perf_counter() - began
        return total


def _message(number: int, *, new: bool) -> IncomingMessage:
    question = QUESTIONS[number % len(QUESTIONS)]
    return IncomingMessage(
        dedupe_key=f"E{number}",
        message_key=f"T1:C1:{number}",
        conversation=Conversation(
            platform=Platform.SLACK, space="T1", channel=f"C{number % 50}", thread=str(number)
        ),
        space=Space(platform=Platform.SLACK, id="T1"),
        author=Author(platform=Platform.SLACK, scope="T1", id=f"U{number % 20}", name="ada"),
        message_id=str(number),
        text=f"{question} ({number})" if new else question,
        sent_at=datetime.now(UTC),
    )


@asynccontextmanager
async def _databases() -> AsyncIterator[Addresses]:
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="trialogue-bench-") as directory:
        Path(directory).chmod(0o755)
        async with embedded(Path(directory) / "data", attach=False) as addresses:
            await prepare(addresses)
            yield addresses


async def bench(count: int, cql: dict[str, str]) -> Sequence[Row]:
    """Measure the embedded default, and with the CQL engine if there is one."""
    engines: list[tuple[str, dict[str, str]]] = [("embedded", {})]
    if cql:
        engines.append(("with CQL", cql))
    rows: list[Row] = []
    for engine, more in engines:
        async with _databases() as addresses:
            settings = read_settings(
                postgres_dsn=addresses.postgres_dsn,
                postgres_owner_dsn=addresses.postgres_owner_dsn,
                redis_url=addresses.redis_url,
                access="open",
                person_rate=0,
                **{name.lower(): value for name, value in more.items()},
            )
            rows += await measure(engine, settings, count)
    return rows


def report(rows: Sequence[Row]) -> str:
    """The table."""
    head = f"{'':<22}{'in all':>10}" + "".join(f"{store:>24}" for store in STORES)
    lines = [head, f"{'':<22}{'ms':>10}" + f"{'round trips':>16}{'ms':>8}" * len(STORES)]
    for row in rows:
        cells = "".join(f"{row.calls[one]:>16.2f}{row.waits[one]:>8.2f}" for one in STORES)
        lines.append(f"{f'{row.engine}, {row.kind}':<22}{row.milliseconds:>10.2f}{cells}")
    return "\n".join(lines)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stores", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="questions of each kind")
    parser.add_argument("--cql", action="store_true", help="measure with a CQL engine too")
    arguments = parser.parse_args()
    with Path("/dev/null").open("wb") as nowhere:
        configure_logs("ERROR", "json", output=nowhere)
        with ExitStack() as stack:
            cql = stack.enter_context(_engine()) if arguments.cql else {}
            rows = uvloop.run(bench(arguments.count, cql))
    sys.stdout.write(report(rows) + "\n")


@contextmanager
def _engine() -> Iterator[dict[str, str]]:
    from tests.cql import environment, session_server  # noqa: PLC0415 (needs Java)

    with session_server() as server:
        yield dict(environment(server.address))


if __name__ == "__main__":
    main()
