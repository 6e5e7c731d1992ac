"""One replica's stores for the tests of this folder, and messages to put into them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.inbox import PostgresInbox
from adapters.stores.postgres.outbox import PostgresOutbox
from adapters.stores.postgres.recovery import PostgresRecovery
from adapters.stores.postgres.threads import PostgresRecorded, PostgresThreads
from bots.clock import new_id
from bots.embedded import Addresses
from core.accounts import Access
from core.messages import Author, Conversation, Delivery, IncomingMessage, Platform, Posting, Space
from core.ports.inbox import Admitted, Settled, Settlement

TIMEOUT = timedelta(minutes=10)
"""Nobody vanishes by being slow: only where a test says so."""

# The server may have started just before the first test.
STEADY = "UPDATE replicas SET steady_since = '-infinity' WHERE id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """The stores of one process, which reach the database as `bot`; `database` may do anything."""

    id: UUID
    bot: Database
    database: Database
    inbox: PostgresInbox
    outbox: PostgresOutbox
    threads: PostgresThreads
    recorded: PostgresRecorded
    recovery: PostgresRecovery

    async def admit(self, message: IncomingMessage) -> Admitted:
        return await self.inbox.admit(message, message_id=new_id())

    async def settle(self, admitted: Admitted, *parts: str) -> Settled:
        return await self.inbox.settle(
            Settlement(
                admitted=admitted,
                parts=parts,
                outcome="answered",
                answer="".join(parts),
                confidence=0.9,
            )
        )

    async def one(self, sql: str, *arguments: object) -> object:
        """The first value of a statement."""
        rows = await self.database.fetch(sql, *arguments)
        return rows[0][0]


@asynccontextmanager
async def open_replica(
    addresses: Addresses, *, access: Access = Access.MEMBERS, alive: bool = True
) -> AsyncIterator[Replica]:
    """A replica with a pool of its own."""
    async with (
        open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as pool,
        asyncpg.create_pool(addresses.postgres_owner_dsn, min_size=0, max_size=1) as owner,
        replica_on(
            Database(pool=pool), owner=Database(pool=owner), access=access, alive=alive
        ) as replica,
    ):
        yield replica


@asynccontextmanager
async def replica_on(
    database: Database,
    *,
    owner: Database,
    access: Access = Access.MEMBERS,
    alive: bool = True,
    timeout: timedelta = TIMEOUT,
) -> AsyncIterator[Replica]:
    me = new_id()
    async with (
        PostgresInbox.open(database=database, replica=me, access=access, new_id=new_id) as inbox,
        PostgresOutbox.open(database=database, replica=me, new_id=new_id) as outbox,
        PostgresThreads.open(database=database) as threads,
        PostgresRecorded.open(database=database) as recorded,
    ):
        recovery = PostgresRecovery(database=database, replica=me, timeout=timeout)
        if alive:
            await recovery.heartbeat()
            await owner.fetch(STEADY, me)
        yield Replica(
            id=me,
            bot=database,
            database=owner,
            inbox=inbox,
            outbox=outbox,
            threads=threads,
            recorded=recorded,
            recovery=recovery,
        )


def slack_message(
    number: int, *, thread: str = "1.1", user: str = "U1", text: str = "How?", event: str = ""
) -> IncomingMessage:
    return IncomingMessage(
        dedupe_key=event or f"Ev{number}",
        message_key=f"T1:C1:{number}",
        conversation=Conversation(platform=Platform.SLACK, space="T1", channel="C1", thread=thread),
        space=Space(platform=Platform.SLACK, id="T1"),
        author=Author(platform=Platform.SLACK, scope="T1", id=user, name="Ada"),
        message_id=str(number),
        text=text,
        sent_at=datetime.now(UTC),
    )


def telegram_group_message(number: int, *, reply_to: str | None = None) -> IncomingMessage:
    return IncomingMessage(
        dedupe_key=f"7:{number}",
        conversation=Conversation(
            platform=Platform.TELEGRAM,
            space="7",
            channel="-100",
            thread="0",
            root=reply_to or str(number),
        ),
        space=Space(platform=Platform.TELEGRAM, id="-100"),
        author=Author(platform=Platform.TELEGRAM, id="5"),
        message_id=str(number),
        reply_to=reply_to,
        text="How?",
        sent_at=datetime.now(UTC),
    )


def telegram_direct_message(number: int, *, user: str = "5") -> IncomingMessage:
    return IncomingMessage(
        dedupe_key=f"7:{number}",
        conversation=Conversation(
            platform=Platform.TELEGRAM, space="7", channel=user, thread="0", direct=True
        ),
        space=None,
        author=Author(platform=Platform.TELEGRAM, id=user),
        message_id=str(number),
        text="How?",
        sent_at=datetime.now(UTC),
    )


def delivered(posting: Posting) -> Delivery:
    return Delivery(message_ids=(f"m{posting.id.hex[-6:]}",))
