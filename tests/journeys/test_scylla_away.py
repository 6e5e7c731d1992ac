"""ScyllaDB goes away under a running bot: nobody notices, and afterwards every turn is there."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import aiohttp
import pytest

from adapters.stores.postgres.connection import open_pool
from adapters.stores.postgres.rows import MESSAGE
from adapters.stores.scylla.config import ScyllaAddress
from adapters.stores.scylla.migrate import migrate
from bots.embedded import Addresses
from core.ports.threads import Exchange, Turn, TurnKey
from simulator.standin import Asked
from simulator.telegram import TelegramStandIn
from tests.cassandra import Cassandra, MissingError
from tests.cql import environment, new_keyspace, own_cassandra
from tests.journeys.history import answered_all, at_rest
from tests.journeys.knowledge import teach
from tests.journeys.slow_link import SlowLink, slow_link
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot
from tests.stores.engines import connected, scylla_threads

AWAY = {"frozen": 12.0, "killed": 12.0, "slow": 8.0}  # seconds
PAUSE = 0.04  # seconds between two questions
WITHIN = 120.0
BUDGET = 1.0  # seconds for an answer, on a machine that has other things to do
PASSWORD = "how can I reset my password?"

SETTLED = """
SELECT id, organization_id, conversation_id, user_id, message, received_at, answer, confidence,
       settled_at
  FROM inbox WHERE state = 'settled' AND outcome <> 'rated' ORDER BY id
"""
VOTES = "SELECT message_id, user_id, rating, extract(epoch FROM at) * 1000000 FROM user_feedback"
MIRRORED = "SELECT message_id, user_id, rating, writetime(rating) FROM user_feedback"


@pytest.fixture(scope="module")
def node() -> Iterator[Cassandra]:
    try:
        with own_cassandra() as node:
            node.start()
            yield node
    except MissingError as error:
        pytest.skip(f"{error}: a node that can be killed is needed")


@pytest.fixture(autouse=True)
def runs(node: Cassandra) -> Iterator[None]:
    """It runs when a test begins, however the one before has ended."""
    yield
    if node.running:
        node.send(signal.SIGCONT)
    else:
        node.start()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A bot on Telegram that keeps turns in ScyllaDB, at the end of a link."""

    addresses: Addresses
    scylla: ScyllaAddress
    telegram: TelegramStandIn
    link: SlowLink
    bot: BotProcess
    settings: Mapping[str, str]

    async def ask(self, seconds: float) -> list[Asked]:
        """Ask again and again, of ten people in ten chats."""
        asked = []
        for number in range(int(seconds / PAUSE)):
            person, channel = f"p{number % 10}", f"c{number % 10}"
            asked.append(await self.telegram.ask(PASSWORD, channel=channel, person=person))
            await asyncio.sleep(PAUSE)
        return asked

    async def vote(self, label: str) -> None:
        """Ten people say what they think of an answer each. A vote is no question."""
        for number, answer in enumerate(self.telegram.posted[:10]):
            clicked = await self.telegram.click(answer, label, person=f"p{number}")
            self.telegram.asked.remove(clicked)

    async def times(self, asked: list[Asked]) -> list[float]:
        """How long each of these has taken from the message to the answer, sorted."""
        await answered_all(self.telegram, within=WITHIN)
        return sorted(self.telegram.replies_to(one)[0].at - one.at for one in asked)

    async def state(self) -> str:
        """What the bot says of ScyllaDB. It is ready whatever that is."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.bot.url}/ready") as answer,
        ):
            assert answer.status == 200
            state: str = (await answer.json())["parts"]["scylla"]
            return state

    async def until_up(self) -> None:
        async with asyncio.timeout(WITHIN):
            while await self.state() != "up":
                await asyncio.sleep(0.1)

    async def all_is_kept(self) -> None:
        """Both engines agree to the row, and nothing is left to do."""
        await at_rest(self.addresses, within=WITHIN)
        expected = await self.should_be_kept()
        assert len(expected) == 2 * len(self.telegram.asked)
        assert await self.is_kept() == expected
        assert await self.rows() == len(expected)
        async with asyncio.timeout(WITHIN):
            while await self.votes_kept() != await self.votes_given():
                await asyncio.sleep(0.1)

    async def votes_given(self) -> set[tuple[object, ...]]:
        """Every vote that PostgreSQL has, and its version."""
        async with open_pool(self.addresses.postgres_dsn) as pool:
            return {(*row[:3], int(row[3])) for row in await pool.fetch(VOTES)}

    async def votes_kept(self) -> set[tuple[object, ...]]:
        """Every vote that ScyllaDB has."""
        async with connected(self.scylla) as connection:
            return {tuple(row) for row in await connection.cql.fetch(MIRRORED)}

    async def should_be_kept(self) -> dict[TurnKey, Turn]:
        """Every turn that PostgreSQL has settled."""
        async with open_pool(self.addresses.postgres_dsn) as pool:
            rows = await pool.fetch(SETTLED)
        exchanges = [
            Exchange(
                message_id=row["id"],
                organization_id=row["organization_id"],
                conversation_id=row["conversation_id"],
                user_id=row["user_id"],
                question=MESSAGE.validate_json(row["message"]).text,
                asked_at=row["received_at"],
                answer=row["answer"],
                confidence=row["confidence"],
                answered_at=row["settled_at"],
            )
            for row in rows
        ]
        return {turn.key: turn for exchange in exchanges for turn in exchange.turns}

    async def is_kept(self) -> dict[TurnKey, Turn]:
        """Every turn that ScyllaDB has, conversation by conversation."""
        async with connected(self.scylla) as connection:
            threads = scylla_threads(connection)
            places = await connection.cql.fetch("SELECT session_id FROM conversation_months")
            return {
                turn.key: turn
                for conversation_id in {place for (place,) in places}
                for turn in await threads.history(conversation_id, limit=10_000)
            }

    async def rows(self) -> int:
        """How many rows there are, however they may be found."""
        async with connected(self.scylla) as connection:
            [(count,)] = await connection.cql.fetch("SELECT count(*) FROM conversation_history")
            return int(count)


@asynccontextmanager
async def open_scene(
    node: Cassandra, addresses: Addresses, tmp_path: Path, *, there: bool = True
) -> AsyncIterator[Scene]:
    scylla = ScyllaAddress(hosts=("127.0.0.1",), port=node.port, keyspace=new_keyspace())
    if there:
        await asyncio.to_thread(migrate, scylla)
    else:
        await asyncio.to_thread(node.kill)
    command = ("-m", "bots", "serve" if there else "up")
    await teach(addresses)
    async with TelegramStandIn(longest_poll=5) as telegram, slow_link(node.port) as (link, port):
        settings = bot_environment(
            addresses,
            telegram.environment,
            environment(replace(scylla, port=port)),
            port=free_port(),
        )
        async with running_bot(settings, tmp_path / "bot.log", command=command) as bot:
            yield Scene(
                addresses=addresses,
                scylla=scylla,
                telegram=telegram,
                link=link,
                bot=bot,
                settings=settings,
            )
            assert await bot.stop() == 0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("trouble", AWAY)
async def test_answers_go_on_and_every_turn_is_there_in_the_end(
    node: Cassandra, addresses: Addresses, tmp_path: Path, trouble: str
) -> None:
    async with open_scene(node, addresses, tmp_path) as scene:
        await scene.until_up()
        before = await scene.times(await scene.ask(3))
        await scene.vote("👍")

        match trouble:
            case "frozen":
                node.send(signal.SIGSTOP)
            case "killed":
                await asyncio.to_thread(node.kill)
            case "slow":
                scene.link.delay = 2.0
        await scene.vote("👎")
        during = await scene.times(await scene.ask(AWAY[trouble]))
        assert (await scene.state()).startswith("down: ")
        assert during[int(len(during) * 0.99)] < BUDGET + before[-1]
        assert median(during) < 2 * median(before) + 0.1

        match trouble:
            case "frozen":
                node.send(signal.SIGCONT)
            case "killed":
                await node.come_back()
            case "slow":
                scene.link.delay = 0.0
        await at_rest(scene.addresses, within=WITHIN)
        await scene.times(await scene.ask(1))
        await scene.all_is_kept()
        assert {vote[2] for vote in await scene.votes_kept()} == {-1}
        assert scene.bot.lines().count("turns_wait") <= 3


@pytest.mark.timeout(600)
async def test_a_bot_that_starts_without_it_prepares_and_uses_it_when_it_is_there(
    node: Cassandra, addresses: Addresses, tmp_path: Path
) -> None:
    async with open_scene(node, addresses, tmp_path, there=False) as scene:
        assert await scene.state() == "down: no node can be reached"
        times = await scene.times(await scene.ask(2))
        assert median(times) < BUDGET
        await node.come_back()
        await scene.all_is_kept()
        assert "scylla_connected" in scene.bot.lines()


@pytest.mark.timeout(600)
async def test_a_bot_that_stops_meanwhile_leaves_its_turns_to_the_next(
    node: Cassandra, addresses: Addresses, tmp_path: Path
) -> None:
    async with open_scene(node, addresses, tmp_path) as scene:
        node.send(signal.SIGSTOP)
        await scene.times(await scene.ask(1))
        assert await scene.bot.stop() == 0
        assert "drain_incomplete" not in scene.bot.lines()
        async with running_bot(scene.settings, tmp_path / "next.log"):
            await scene.times(await scene.ask(1))
            node.send(signal.SIGCONT)
            await scene.all_is_kept()
