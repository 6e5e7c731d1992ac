"""What is in Redis after people have used the bot, held against docs/redis.md."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot

from adapters.stores.postgres.connection import open_pool
from bots.embedded import Addresses
from tests.bots.commands import trialogue
from tests.databases import run_sql
from tests.journeys.history import answered_all, at_rest
from tests.journeys.knowledge import teach
from tests.journeys.platforms import PLATFORMS, open_stand_in
from tests.ports import free_port
from tests.process import bot_environment, running_bot

WITHIN = 60.0
DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "redis.md"
LOGIN = "documented"
ROW = re.compile(r"^\| `(trialogue:[^`]+)` \| (\w+) \| (\d+) (minute|hour|day)s? \|", re.MULTILINE)
QUESTIONS = ("how can I reset my password?", "where is the holiday calendar", "why is that?", "eh?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table."""

    name: str
    kind: str
    kept: timedelta

    def matches(self, key: str) -> bool:
        parts = re.split(r"<\w+>", self.name)
        return re.fullmatch("[^{}]+".join(map(re.escape, parts)), key) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is in Redis."""

    name: str
    kind: str
    left: timedelta


def table() -> Sequence[Row]:
    return [
        Row(name=name, kind=kind, kept=timedelta(**{f"{unit}s": int(count)}))
        for name, kind, count, unit in ROW.findall(PAGE.read_text(encoding="utf-8"))
    ]


async def keys_of(url: str) -> Sequence[Key]:
    async with Redis.from_url(url, decode_responses=True) as redis:
        return [
            Key(
                name=name,
                kind=str(await redis.type(name)),
                left=timedelta(milliseconds=await redis.pttl(name)),
            )
            async for name in redis.scan_iter()
        ]


@pytest.fixture
async def with_login(addresses: Addresses) -> AsyncIterator[Addresses]:
    """The login of docs/databases.md, which is refused nothing."""
    page = (DOCS / "databases.md").read_text(encoding="utf-8")
    [line] = re.findall(r"^ACL SETUSER bot (.+)$", page, re.MULTILINE)
    assert "|" not in line, "Redis 7.0 knows no subcommands that came later, and refuses the line"
    rules = line.replace(">…", f">{LOGIN}").split()
    async with Redis.from_url(addresses.redis_url, decode_responses=True) as admin:
        await acl(admin, "SETUSER", LOGIN, *rules)
        await admin.acl_log_reset()
        try:
            yield replace(
                addresses,
                redis_url=re.sub("://[^@]*@", f"://{LOGIN}:{LOGIN}@", addresses.redis_url),
            )
            assert [one for one in await admin.acl_log() if one["username"] == LOGIN] == []
        finally:
            await admin.acl_deluser(LOGIN)


async def test_the_documented_login_may_empty_nothing_and_read_no_settings(
    with_login: Addresses, addresses: Addresses
) -> None:
    async with Redis.from_url(addresses.redis_url, decode_responses=True) as admin:
        for command in ("FLUSHALL", "FLUSHDB", "KEYS *", "CONFIG GET maxmemory", "CLIENT LIST"):
            assert "no permissions" in await acl(admin, "DRYRUN", LOGIN, *command.split()), command
        for command in ("GET trialogue:x", "SET trialogue:x 1", "INFO", "SELECT 1"):
            assert await acl(admin, "DRYRUN", LOGIN, *command.split()) == "OK"
        assert "no permissions" in await acl(admin, "DRYRUN", LOGIN, "GET", "else:x")


async def acl(admin: Redis, *words: str) -> str:
    return str(await admin.execute_command("ACL", *words))  # type: ignore[no-untyped-call]


@pytest.fixture
async def keys(addresses: Addresses, with_login: Addresses, tmp_path: Path) -> Sequence[Key]:
    """What is there after a question of each kind on each platform, with all paces kept."""
    await teach(addresses)
    await run_sql(addresses.postgres_owner_dsn, "UPDATE plan_limits SET per_month = 5")
    paced = {"SLACK_LIMITS": "true", "TELEGRAM_LIMITS": "true", "PERSON_RATE": "20"}
    for platform in PLATFORMS:
        port = free_port()
        async with open_stand_in(platform, ports=[port]) as stand_in:
            environment = bot_environment(with_login, stand_in.environment, port=port, **paced)
            async with running_bot(environment, tmp_path / "bot.log") as bot:
                for number, question in enumerate(QUESTIONS):
                    await stand_in.ask(question, channel=f"c{number}")
                await answered_all(stand_in, within=WITHIN)
                await at_rest(addresses, within=WITHIN)
                assert await bot.stop() == 0
    await read_notifications(with_login, tmp_path)
    return await keys_of(addresses.redis_url)


async def read_notifications(addresses: Addresses, tmp_path: Path) -> None:
    """Each person is told that they have used four of five messages."""
    async with open_pool(addresses.postgres_dsn) as pool:
        people = await pool.fetch("SELECT platform, scope, id FROM identities")
    for platform, scope, person in people:
        space = ("--space", scope) if scope else ()
        words = ("notifications", platform, person, *space, "--read")
        said = await asyncio.to_thread(trialogue, tmp_path, *words, **variables(addresses))
        assert "You have used 4 of 5 messages this month." in said.stdout
        assert "0 of them unread." in said.stdout


async def test_every_key_is_in_the_table_and_is_kept_no_longer_than_it_says(
    keys: Sequence[Key], addresses: Addresses, tmp_path: Path
) -> None:
    used = set[str]()
    for key in keys:
        [row] = [row for row in table() if row.matches(key.name)]
        assert (key.kind, timedelta() < key.left <= row.kept) == (row.kind, True), key
        used.add(row.name)
    unused = {row.name for row in table()} - used
    assert unused <= {
        "trialogue:budget:address:{<address>}",  # nobody comes by an address yet
        "trialogue:session:user:{<id>}",
        "trialogue:{analytics}:pending",  # may be in PostgreSQL by now
        "trialogue:{analytics}:flushing",
    }
    check_slots([key.name for key in keys])
    said = trialogue(tmp_path, "kb", "popular", "--json", **variables(addresses)).stdout
    assert '"where is the holiday calendar"' in said
    assert "why is that" not in said, "it leans on its thread"


def check_slots(names: Sequence[str]) -> None:
    """What one function takes, and what is asked together for one message, is in one slot."""
    slots: dict[str, set[int]] = {}
    for name in names:
        if tag := re.search(r"\{([^}]+)\}", name):
            slots.setdefault(tag[1], set()).add(key_slot(name.encode()))
    assert all(len(found) == 1 for found in slots.values())
    people = len(PLATFORMS)
    assert len(slots) == 4 + people, "the organization, two bots' budgets, the counts, the people"


def variables(addresses: Addresses) -> Mapping[str, str]:
    return {"POSTGRES_DSN": addresses.postgres_dsn, "REDIS_URL": addresses.redis_url}
