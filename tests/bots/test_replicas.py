"""How many bots share the pace, by the hearts that beat in the database."""

from datetime import timedelta
from uuid import uuid4

from adapters.stores.postgres.connection import Database, open_pool
from adapters.stores.postgres.recovery import PostgresRecovery
from bots.embedded import Addresses
from bots.replicas import Replicas
from core.budgets import LocalBudgets
from core.messages import Conversation, Platform
from core.ports.budgets import Pace, Turn, Window

TIMEOUT = timedelta(seconds=30)
CHAT = Conversation(platform=Platform.TELEGRAM, space="7", channel="-1")
PACE = Pace(chat=(Window(limit=4, seconds=60),), bot=(Window(limit=40, seconds=60),))


async def test_the_share_follows_the_bots_that_come_and_go(addresses: Addresses) -> None:
    async with open_pool(addresses.postgres_dsn) as pool:
        database = Database(pool=pool)
        replicas = Replicas(database=database, timeout=TIMEOUT)
        await replicas.count()
        assert replicas.living == 1, "this one, whose heart has not been heard yet"
        bots = [
            PostgresRecovery(database=database, replica=uuid4(), timeout=TIMEOUT) for _ in range(4)
        ]
        for bot in bots:
            await bot.heartbeat()
        await replicas.count()
        assert replicas.living == 4
        budgets = LocalBudgets(replicas=lambda: replicas.living)
        turns = [(await budgets.take(CHAT, PACE, patience=timedelta()))[0] for _ in range(2)]
        assert turns == [Turn.TAKEN, Turn.REFUSED]
        for bot in bots[1:]:
            await bot.leave()
        await replicas.count()
        assert replicas.living == 1
        assert (await budgets.take(CHAT, PACE, patience=timedelta()))[0] is Turn.TAKEN
    await replicas.count()
    assert replicas.living == 1, "what was counted last stays while the database is away"
