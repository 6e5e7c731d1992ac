"""What language models cost, in the ledger: exact at any number of questions at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from adapters.completers.openai import ModelAddress, OpenAICompleter
from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.ledger import PostgresLedger
from adapters.stores.postgres.usage import PostgresUsageReports
from bots.embedded import Addresses
from core.accounts import Account, Resource
from core.answers.spending import Silence, SpendCompletions, Step
from core.ports.completer import Prompt
from core.ports.usage import Use
from tests.completer import KEY, MODEL, ModelServer, model_server, says
from tests.core.test_answers import MemoryCounters
from tests.stores.people import Owner, add_person, open_owner, set_pool
from tests.stores.test_ledger import agree, used

PROMPT = Prompt(instructions="Be brief.", material="{}", longest=50)


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as server:
        yield server


@asynccontextmanager
async def open_spending(
    addresses: Addresses, server: ModelServer
) -> AsyncIterator[SpendCompletions]:
    """The spending of one replica, with connections of its own."""
    address = ModelAddress(model=MODEL, base_url=server.url, api_key=KEY)
    async with (
        OpenAICompleter.open(address) as completer,
        open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=4) as pool,
        PostgresLedger.open(database=Database(pool=pool)) as ledger,
    ):
        yield SpendCompletions(completer=completer, ledger=ledger, counters=MemoryCounters())


async def person(owner: Owner, completions: int) -> Account:
    return await add_person(owner, plan="enterprise", limits={"completions": completions})


async def test_fifty_at_once_spend_what_there_is_and_no_more(
    addresses: Addresses, owner: Owner, server: ModelServer
) -> None:
    account = await person(owner, 20)
    await set_pool(owner, Resource.COMPLETIONS, 15)
    said = iter(range(1_000))
    # Every third answer fails, and is given back; others may have it then.
    server.think = lambda _: says("Yes.") if next(said) % 3 else says(status=400)
    messages = [uuid4() for _ in range(50)]
    async with open_spending(addresses, server) as one, open_spending(addresses, server) as two:
        ends = await asyncio.gather(
            *(
                (one if n % 2 else two)(PROMPT, account, message, Step.COMPOSE)
                for n, message in enumerate(messages)
            )
        )
    answered = ends.count("Yes.")
    assert 1 <= answered <= 15
    assert set(ends) <= {"Yes.", Silence.FAILED, Silence.USED_UP}
    assert await used(owner, account) == answered
    assert await owner.one("SELECT used FROM quotas WHERE user_id = $1", UUID(int=0)) == answered
    await agree(owner)


async def test_what_dies_in_between_is_charged_once_by_who_takes_it_over(
    addresses: Addresses, owner: Owner, server: ModelServer
) -> None:
    account, message = await person(owner, 2), uuid4()
    server.script.append(says("Yes.", after=30))
    async with open_spending(addresses, server) as spend:
        dying = asyncio.create_task(spend(PROMPT, account, message, Step.COMPOSE))
        while not server.asked:
            await asyncio.sleep(0.01)
        dying.cancel()  # as by kill -9: nothing is written down any more
        await asyncio.gather(dying, return_exceptions=True)
        assert await used(owner, account) == 1
        server.think = lambda _: says("Yes.")
        for _ in range(2):
            assert await spend(PROMPT, account, message, Step.COMPOSE) == "Yes."
        assert await used(owner, account) == 1
        assert await spend(PROMPT, account, message, Step.REWRITE) == "Yes."
        assert await spend(PROMPT, account, uuid4(), Step.COMPOSE) is Silence.USED_UP
    assert await used(owner, account) == 2
    await agree(owner)


async def test_what_nobody_takes_over_is_given_back(
    addresses: Addresses, owner: Owner, server: ModelServer
) -> None:
    account, message = await person(owner, 1), uuid4()
    server.script.append(says("Yes.", after=30))
    async with open_spending(addresses, server) as spend:
        dying = asyncio.create_task(spend(PROMPT, account, message, Step.COMPOSE))
        while not server.asked:
            await asyncio.sleep(0.01)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        await owner.run("UPDATE usage_records SET expires_at = now() - interval '1 second'")
        assert await owner.one("SELECT refund_expired(10)") == 1
        assert await used(owner, account) == 0
        # Whoever comes to it now does without the model, and is not told that the plan is used up.
        assert await spend(PROMPT, account, message, Step.COMPOSE) is Silence.FAILED
    await agree(owner)


@pytest.mark.parametrize(("plan", "limit"), [("guest", 0), ("free", 50), ("pro", 2000)])
async def test_each_plan_has_its_own(
    addresses: Addresses, owner: Owner, server: ModelServer, plan: str, limit: int
) -> None:
    account = await add_person(owner, plan=plan)
    server.think = lambda _: says("Yes.")
    async with (
        open_spending(addresses, server) as spend,
        open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=1) as pool,
    ):
        end = await spend(PROMPT, account, uuid4(), Step.COMPOSE)
        assert end == ("Yes." if limit else Silence.NOT_IN_PLAN)
        reports = PostgresUsageReports(database=Database(pool=pool), reports=Database(pool=pool))
        own = await reports.own(account)
    assert own == ({Resource.COMPLETIONS: Use(used=1, limit=limit)} if limit else {})
