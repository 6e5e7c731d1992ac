"""Names that come later than the people."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest

from adapters.stores.postgres.invitations import list_members
from adapters.stores.postgres.names import PostgresNames
from adapters.stores.postgres.usage import PostgresUsageReports
from bots.embedded import Addresses
from core.errors import UnavailableError
from core.messages import IncomingMessage
from core.naming import LearnNames
from core.ports.inbox import Admitted
from core.ports.names import Heard, Names
from tests.stores.people import open_owner
from tests.stores.replica import Replica, open_replica, slack_message


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


def called(message: IncomingMessage, name: str) -> IncomingMessage:
    return replace(message, author=replace(message.author, name=name))


async def names_of(replica: Replica, organization: UUID) -> list[str]:
    members = await list_members(replica.bot, organization, limit=9, offset=0)
    return [one.name for one in members]


async def learn(names: Names, *admitted: Admitted) -> None:
    async with asyncio.TaskGroup() as tasks:
        learning = LearnNames(names=names, tasks=tasks, together=0.01)
        for one in admitted:
            learning.hear(one)


async def test_a_name_is_kept_when_it_is_heard_and_stays(replica: Replica) -> None:
    names = PostgresNames(database=replica.bot)
    mention = await replica.admit(called(slack_message(1), ""))
    assert mention.account
    organization = mention.account.organization_id
    await learn(names, mention)
    assert await names_of(replica, organization) == [""]
    await learn(names, await replica.admit(called(slack_message(2), "ada")))
    assert await names_of(replica, organization) == ["ada"]
    await learn(names, await replica.admit(called(slack_message(3), "eve")))
    assert await names_of(replica, organization) == ["ada"]


async def test_a_team_is_told_of_people_without_a_name_by_their_id(replica: Replica) -> None:
    admitted = await replica.admit(called(slack_message(1, user="U024BE7LH"), ""))
    assert admitted.account
    await replica.settle(admitted, "yes")
    await replica.database.fetch("UPDATE memberships SET role = 'admin'")
    reports = PostgresUsageReports(database=replica.bot, reports=replica.bot)
    team = await reports.team(admitted.account)
    assert team
    assert [one.name for one in team.top] == ["Slack U024BE7LH"]


async def test_a_name_heard_before_somebody_was_forgotten_is_not_kept(
    replica: Replica, addresses: Addresses
) -> None:
    before = await replica.admit(called(slack_message(1), ""))
    assert before.account
    async with open_owner(addresses) as owner:
        await owner.run("INSERT INTO erasures (user_id) VALUES ($1)", before.account)
    names = PostgresNames(database=replica.bot)
    heard = Heard(user_id=before.account.user_id, name="ada", at=before.received_at)
    await names.learn([heard])
    assert await names_of(replica, before.account.organization_id) == [""]
    await learn(names, await replica.admit(called(slack_message(2), "ada")))
    assert await names_of(replica, before.account.organization_id) == ["ada"]


@dataclass(slots=True)
class AwayAtFirst:
    """A store that takes names from the second time on."""

    kept: list[str] = field(default_factory=list)
    times: int = 0

    async def learn(self, heard: Sequence[Heard]) -> None:
        self.times += 1
        if self.times == 1:
            raise UnavailableError("PostgreSQL is away")
        self.kept += [one.name for one in heard]


async def test_a_name_that_was_lost_is_kept_with_the_next_message(replica: Replica) -> None:
    first = await replica.admit(slack_message(1))
    store = AwayAtFirst()
    async with asyncio.TaskGroup() as tasks:
        learning = LearnNames(names=store, tasks=tasks, together=0.01)
        learning.hear(first)
        async with asyncio.timeout(5):
            while not store.times:
                await asyncio.sleep(0.01)
        learning.hear(first)
        learning.hear(first)
    assert store.kept == ["Ada"]
