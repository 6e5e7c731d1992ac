"""`make bench`: every platform, the product beside the bare library, in one run."""

import argparse
import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

from adapters.stores.postgres.connection import open_pool
from adapters.stores.postgres.knowledge import PostgresKnowledge
from adapters.stores.postgres.migrate import migrate
from benchmarks.load import QUESTIONS, Latencies, as_fast_as_answered, at_a_rate
from benchmarks.subjects import Running, Subject, pin_others, run_subject, subjects
from bots.embedded import Addresses, embedded
from core.entries import NewEntry
from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import StandIn
from simulator.telegram import TelegramStandIn

PLATFORMS = ("telegram", "slack", "discord")
WARM_UP, COUNT, IN_FLIGHT = 400, 6000, 256
RATE, SECONDS = 300.0, 10.0
START_WITHIN = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One bot on one platform. Latencies are None where the bot cannot hold the rate."""

    platform: str
    subject: str
    per_second: float
    cpu_microseconds: float
    memory: float
    latencies: Latencies | None


async def bench(platforms: Sequence[str], count: int) -> Sequence[Measurement]:
    """Measure everything, one after the other."""
    pin_others()
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="trialogue-bench-") as directory:
        Path(directory).chmod(0o755)
        async with embedded(Path(directory) / "data", attach=False) as addresses:
            await prepare(addresses)
            return [
                await _measure(platform, subject, addresses, Path(directory), count)
                for platform in platforms
                for subject in subjects(platform)
            ]


async def prepare(addresses: Addresses) -> None:
    await migrate(addresses.postgres_owner_dsn)
    entries = [
        NewEntry(
            phrasings=(question,),
            answer=f"Run `setup {number}` and restart your terminal.",
            source="handbook.md",
        )
        for number, question in enumerate(QUESTIONS)
    ]
    async with open_pool(addresses.postgres_dsn) as pool:
        organization = await pool.fetchval("SELECT id FROM organizations WHERE is_default")
        await PostgresKnowledge(pool).save(organization, entries)


async def _measure(
    platform: str, subject: Subject, addresses: Addresses, directory: Path, count: int
) -> Measurement:
    log = directory / f"{platform}.log"
    port = _free_port()
    async with _stand_in(platform, port) as stand_in:
        environment = _environment(addresses, stand_in.environment, port)
        async with run_subject(subject, environment, log) as running:
            print(f"{platform}: {subject.name} ...", file=sys.stderr, flush=True)
            try:
                return await _load(platform, subject, stand_in, running, count)
            except TimeoutError:
                print(log.read_text()[-2000:], file=sys.stderr)
                raise


async def _load(
    platform: str, subject: Subject, stand_in: StandIn, running: Running, count: int
) -> Measurement:
    await _wait_until_it_answers(stand_in)
    await as_fast_as_answered(stand_in, count=min(WARM_UP, count), in_flight=IN_FLIGHT)
    cpu = running.cpu_seconds()
    per_second = await as_fast_as_answered(stand_in, count=count, in_flight=IN_FLIGHT)
    cpu = running.cpu_seconds() - cpu
    latencies = None
    if per_second > RATE * 1.2:
        latencies = await at_a_rate(stand_in, rate=RATE, seconds=min(SECONDS, count / RATE))
    return Measurement(
        platform=platform,
        subject=subject.name,
        per_second=per_second,
        cpu_microseconds=cpu / count * 1e6,
        memory=running.memory(),
        latencies=latencies,
    )


async def _wait_until_it_answers(stand_in: StandIn) -> None:
    """A gateway shows only what is said after the bot came: ask until there is an answer."""
    async with asyncio.timeout(START_WITHIN):
        while not stand_in.posted:
            await stand_in.ask(QUESTIONS[0])
            await asyncio.sleep(0.5)
    await asyncio.sleep(2)


@asynccontextmanager
async def _stand_in(platform: str, port: int) -> AsyncIterator[StandIn]:
    match platform:
        case "slack":
            targets = [f"http://127.0.0.1:{port}"]
            async with SlackStandIn(targets, both_events=False, retry_delays=(1, 1, 1)) as slack:
                yield slack
        case "discord":
            async with DiscordStandIn() as discord:
                yield discord
        case _:
            async with TelegramStandIn() as telegram:
                yield telegram


def _environment(addresses: Addresses, platform: Mapping[str, str], port: int) -> Mapping[str, str]:
    return {
        **platform,
        "POSTGRES_DSN": addresses.postgres_dsn,
        "REDIS_URL": addresses.redis_url,
        "HTTP_PORT": str(port),
        "ACCESS": "open",
        "LOG_FORMAT": "json",
        "PYTHONWARNINGS": "ignore",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def table(measurements: Sequence[Measurement]) -> str:
    """The result as a Markdown table; the ratio is to the README's echo on the same platform."""
    bases = {one.platform: one.per_second for one in measurements if "README" in one.subject}
    lines = [
        "| platform | bot | messages/s | ratio | CPU µs | RSS MB | p50 ms at 300/s | p99 ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in measurements:
        times = one.latencies
        lines.append(
            f"| {one.platform} | {one.subject} | {one.per_second:.0f}"
            f" | {one.per_second / bases[one.platform]:.2f} | {one.cpu_microseconds:.0f}"
            f" | {one.memory:.0f} | {f'{times.p50:.1f}' if times else '-'}"
            f" | {f'{times.p99:.1f}' if times else '-'} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Read the arguments, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM", help=", ".join(PLATFORMS))
    parser.add_argument("--count", type=int, default=COUNT, help="messages a measurement")
    arguments = parser.parse_args()
    platforms = arguments.platforms or PLATFORMS
    if unknown := set(platforms) - set(PLATFORMS):
        parser.error(f"not a platform: {', '.join(sorted(unknown))}")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measurements = runner.run(bench(platforms, arguments.count))
    print(f"One core for the bot, {os.cpu_count()} in all; Python {sys.version.split()[0]}.\n")
    print(table(measurements))


if __name__ == "__main__":
    main()
