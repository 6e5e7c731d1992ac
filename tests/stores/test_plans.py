"""Plans: what admission says of them, and what a person is told when they come to an end."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.usage import PostgresAdmins, PostgresUsageReports
from bots.embedded import Addresses
from core.accounts import Account, Pool, Resource
from core.messages import Platform
from core.ports.inbox import Admitted, Settled, Settlement
from core.usage.notices import notices_for
from tests.stores.people import Owner, open_owner, set_pool, subscribe
from tests.stores.replica import (
    Replica,
    delivered,
    open_replica,
    slack_message,
    telegram_direct_message,
)
from tests.stores.test_ledger import agree


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


async def account_of(replica: Replica, number: int, user: str = "U1") -> Account:
    """What a person's next message says of them."""
    admitted = await replica.admit(slack_message(number, user=user, thread=str(number)))
    assert admitted.account
    return admitted.account


async def settle(replica: Replica, admitted: Admitted) -> Settled:
    """Settle as the core does: counted, with the notices of the account."""
    assert admitted.account
    return await replica.inbox.settle(
        Settlement(
            admitted=admitted,
            parts=["yes"],
            outcome="answered",
            answer="yes",
            counted=admitted.account.tracked,
            notices=notices_for(admitted.account),
        )
    )


async def test_a_plan_bounds_messages_until_it_runs_out(replica: Replica, owner: Owner) -> None:
    user = (await account_of(replica, 1)).user_id
    await subscribe(owner, user, plan="pro")
    assert (await account_of(replica, 2)).quota_limit == 20_000

    await subscribe(owner, user, plan="pro", until="-1 day")
    await owner.run("DELETE FROM subscriptions WHERE expires_at IS NULL")
    account = await account_of(replica, 3)
    assert (account.plan, account.quota_limit) == ("free", 1000)


async def test_an_enterprise_has_limits_of_its_own(replica: Replica, owner: Owner) -> None:
    user = (await account_of(replica, 1)).user_id
    await subscribe(owner, user, plan="enterprise")
    unlimited = await account_of(replica, 2)
    assert (unlimited.quota_limit, unlimited.quota_left) == (None, None)

    await owner.run("DELETE FROM subscriptions")
    await subscribe(owner, user, plan="enterprise", limits={"messages": 7})
    assert (await account_of(replica, 3)).quota_limit == 7

    # What has run out has no limits of its own any more, but the free plan's.
    await owner.run("UPDATE subscriptions SET expires_at = now() - interval '1 s'")
    assert (await account_of(replica, 4)).quota_limit == 1000


async def test_only_an_enterprise_may_have_its_own_limits(owner: Owner, replica: Replica) -> None:
    user = (await account_of(replica, 1)).user_id
    with pytest.raises(asyncpg.CheckViolationError):
        await subscribe(owner, user, plan="pro", limits={"messages": 7})


async def test_a_guest_is_not_counted(replica: Replica, owner: Owner) -> None:
    user = (await account_of(replica, 1)).user_id
    await subscribe(owner, user, plan="guest")
    admitted = await replica.admit(slack_message(2, thread="2"))
    assert admitted.account
    assert not admitted.account.tracked
    await settle(replica, admitted)
    assert await owner.one("SELECT count(*) FROM usage_records") == 0


async def test_what_is_left_is_the_smaller_of_the_persons_and_the_pools(
    replica: Replica, owner: Owner
) -> None:
    await account_of(replica, 1)
    await set_pool(owner, Resource.MESSAGES, 5)
    for n in range(2, 5):
        await settle(replica, await replica.admit(slack_message(n, thread=str(n))))
    await settle(replica, await replica.admit(slack_message(5, user="U2", thread="5")))

    account = await account_of(replica, 6)
    assert account.pool == Pool(limit=5, used=4)
    assert (account.quota_limit, account.quota_used, account.quota_left) == (1000, 3, 1)
    assert account.period_ends
    assert account.period_ends.day == 1
    [waiting] = await replica.inbox.waiting(
        (await replica.admit(slack_message(6, thread="6"))).conversation_id
    )
    assert waiting.account == account
    await agree(owner)


async def test_messages_are_counted_beyond_the_limit(replica: Replica, owner: Owner) -> None:
    user = (await account_of(replica, 1)).user_id
    await subscribe(owner, user, plan="enterprise", limits={"messages": 2})
    for n in range(2, 6):
        await settle(replica, await replica.admit(slack_message(n, thread=str(n))))
    account = await account_of(replica, 6)
    assert (account.quota_used, account.quota_left) == (4, 0)
    await agree(owner)


async def test_each_notice_goes_out_once_whoever_settles(
    addresses: Addresses, replica: Replica, owner: Owner
) -> None:
    user = (await account_of(replica, 1)).user_id
    await subscribe(owner, user, plan="enterprise", limits={"messages": 20})
    await set_pool(owner, Resource.MESSAGES, 30)
    async with open_replica(addresses) as other:
        replicas = (replica, other)
        waiting = [
            (replicas[n % 2], await replicas[n % 2].admit(slack_message(n, thread=str(n))))
            for n in range(2, 42)
        ]
        async with asyncio.TaskGroup() as tasks:
            for one, admitted in waiting:
                tasks.create_task(settle(one, admitted))
        for one, admitted in waiting:  # the commit of the first call was not heard of
            await settle(one, admitted)

    notices = await owner.rows("SELECT text, visible_to, buttons FROM outbox WHERE text <> 'yes'")
    beginnings = sorted(row["text"].split(" messages")[0] for row in notices)
    assert beginnings == [
        "You have used 16 of 20",
        "You have used all 20",
        "Your organization has used 24 of 30",
        "Your organization has used all 30",
    ]
    assert {row["visible_to"] for row in notices} == {"U1"}
    assert sum("more:messages" in (row["buttons"] or "") for row in notices) == 2
    await agree(owner)


async def test_a_notice_follows_the_answer(replica: Replica, owner: Owner) -> None:
    user = (await account_of(replica, 1)).user_id
    await subscribe(owner, user, plan="enterprise", limits={"messages": 1})
    settled = await settle(replica, await replica.admit(slack_message(2, thread="2")))

    [answer] = settled.postings
    assert (answer.text, answer.buttons, answer.visible_to) == ("yes", (), None)
    [notice] = await replica.outbox.sent(answer, delivered(answer))
    assert notice.text.startswith("You have used the only message")
    assert notice.visible_to == "U1"
    assert [button.label for button in notice.buttons] == ["Ask for more"]
    assert await replica.outbox.sent(notice, delivered(notice)) == []


async def test_a_notice_in_direct_messages_is_an_ordinary_posting(
    replica: Replica, owner: Owner
) -> None:
    await account_of(replica, 1)
    await owner.run("UPDATE plan_limits SET per_month = 1 WHERE resource_type = 'messages'")
    await owner.run("INSERT INTO identities SELECT 'telegram', '', '5', user_id FROM identities")
    settled = await settle(replica, await replica.admit(telegram_direct_message(2)))
    [notice] = await replica.outbox.sent(settled.postings[0], delivered(settled.postings[0]))
    assert notice.text.startswith("You have used the only message")
    assert notice.visible_to is None


async def ask(replica: Replica, admitted: Admitted) -> tuple[int, bool, list[str]]:
    """Ask the admins for more messages: how many, whether before, and to whom it goes now."""
    admins = PostgresAdmins(database=replica.bot, replica=replica.id)
    asked = await admins.ask_for_more(admitted, Resource.MESSAGES, "Ada asks for more.")
    return (
        asked.admins,
        asked.before,
        [f"{one.conversation.key} {one.visible_to}" for one in asked.postings],
    )


async def test_admins_are_written_to_directly_and_once_a_month(
    replica: Replica, owner: Owner
) -> None:
    click = await replica.admit(slack_message(1))
    assert await ask(replica, click) == (0, False, [])

    for n, role in ((2, "admin"), (3, "owner"), (4, "member")):
        one = await account_of(replica, n, user=f"U{n}")
        await owner.run("UPDATE memberships SET role = $2 WHERE user_id = $1", one, role)
    letters = ["slack:T1:U2 U2", "slack:T1:U3 U3"]
    admins, before, sent = await ask(replica, click)
    assert (admins, before, sorted(sent)) == (2, False, letters)
    assert await ask(replica, click) == (2, False, []), "a repeat of the same call"
    assert await ask(replica, await replica.admit(slack_message(9))) == (2, True, [])
    assert await owner.one("SELECT count(*) FROM outbox") == 2
    # A letter is no reply: the handle of the click belongs to the one who clicked.
    assert await owner.one("SELECT count(*) FROM outbox WHERE inbox_id = $1", click.id) == 0


async def test_a_team_is_shown_to_its_admins_alone(
    addresses: Addresses, replica: Replica, owner: Owner
) -> None:
    admin, member = await account_of(replica, 1), await account_of(replica, 2, user="U2")
    await owner.run("UPDATE memberships SET role = 'admin' WHERE user_id = $1", admin)
    await set_pool(owner, Resource.MESSAGES, 50)
    for n in range(3, 8):
        user = "U1" if n == 3 else "U2"
        await settle(replica, await replica.admit(slack_message(n, user=user, thread=str(n))))

    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as pool:
        gone = addresses.postgres_dsn.replace("port=", "port=1")
        async with open_pool(gone, role=APPLICATION_ROLE, reading=True) as away:
            on_itself = PostgresUsageReports(
                database=Database(pool=pool), reports=Database(pool=away)
            )
            assert await on_itself.team(admin)
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, reading=True) as pool:
        reports = PostgresUsageReports(database=Database(pool=pool), reports=Database(pool=pool))
        team = await reports.team(admin)
        assert await reports.team(member) is None
    assert team
    assert team.used == {Resource.MESSAGES: 5}
    assert team.pools == {Resource.MESSAGES: Pool(limit=50, used=5)}
    assert team.people == 2
    assert [person.messages for person in team.top] == [4, 1]
    assert {person.platform for person in team.top} == {Platform.SLACK}
