"""Open every store, and the ports on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.stores.postgres.analytics import PostgresDailyCounts
from adapters.stores.postgres.comments import PostgresComments
from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.feedback import PostgresFeedback
from adapters.stores.postgres.fits import PostgresFits
from adapters.stores.postgres.gaps import PostgresGaps
from adapters.stores.postgres.inbox import PostgresInbox
from adapters.stores.postgres.knowledge import PostgresKnowledge
from adapters.stores.postgres.ledger import PostgresLedger
from adapters.stores.postgres.offers import PostgresOffers
from adapters.stores.postgres.outbox import PostgresOutbox
from adapters.stores.postgres.proposals import PostgresProposals
from adapters.stores.postgres.roles import PostgresRoles
from adapters.stores.postgres.threads import PostgresRecorded
from adapters.stores.postgres.usage import PostgresAdmins, PostgresUsageReports
from adapters.stores.postgres.wakeups import PostgresWakeups
from adapters.stores.redis.askers import RedisAskers
from adapters.stores.redis.budgets import RedisBudgets
from adapters.stores.redis.counters import RedisCounters
from adapters.stores.redis.health import RedisHealth
from adapters.stores.redis.notifications import RedisNotifications
from adapters.stores.redis.pending import RedisPendingCounts
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.redis.popularity import RedisPopularity
from adapters.stores.redis.receipts import RedisReceipts
from bots.caching import Cache, askers_on, budgets_on, functions_on, open_cache, receipts_beside
from bots.clock import new_id
from bots.completers import OpenCompleter, open_completer
from bots.encoder import open_encoder
from bots.replicas import Replicas
from bots.settings import Settings
from bots.stores import open_files, open_postgres, open_redis, open_reports
from bots.threads import OpenThreads, open_threads
from core.files import KeepFiles
from core.ports.encoder import Encoder
from core.usage.counting import FlushCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The open ports."""

    database: Database
    inbox: PostgresInbox
    outbox: PostgresOutbox
    threads: OpenThreads
    recorded: PostgresRecorded
    knowledge: PostgresKnowledge
    fits: PostgresFits
    gaps: PostgresGaps
    proposals: PostgresProposals
    feedback: PostgresFeedback
    comments: PostgresComments
    offers: PostgresOffers
    receipts: RedisReceipts
    ledger: PostgresLedger
    usage: PostgresUsageReports
    admins: PostgresAdmins
    roles: PostgresRoles
    wakeups: PostgresWakeups
    cache: Cache
    askers: RedisAskers
    popularity: RedisPopularity
    budgets: RedisBudgets
    replicas: Replicas
    counters: RedisCounters
    flush_counts: FlushCounts
    redis: RedisHealth
    notifications: RedisNotifications
    files: KeepFiles
    encoder: Encoder | None
    model: OpenCompleter | None


@asynccontextmanager
async def open_stores(
    settings: Settings, replica: UUID, *, prepare: bool = False
) -> AsyncIterator[Stores]:
    """Connect to the databases, waiting for them, and open every port on them."""
    async with open_postgres(settings) as pool, open_redis(settings) as redis:
        database = Database(pool=pool)
        async with (
            PostgresInbox.open(
                database=database, replica=replica, access=settings.access, new_id=new_id
            ) as inbox,
            PostgresOutbox.open(database=database, replica=replica, new_id=new_id) as outbox,
            open_threads(settings, database, prepare=prepare) as threads,
            PostgresRecorded.open(database=database) as recorded,
            PostgresLedger.open(database=database) as ledger,
            open_files(settings, database) as files,
            open_reports(settings, pool) as reports,
            Pipeline(redis) as pipeline,
            RedisCounters(
                pipeline,
                pending=(pending := RedisPendingCounts(pipeline, new_id=new_id)),
                new_id=new_id,
            ) as counters,
            open_cache(settings, pipeline, counters) as cache,
            open_completer(settings) as model,
        ):
            functions = await functions_on(pipeline)
            replicas = Replicas(
                database=database, timeout=timedelta(seconds=settings.replica_timeout)
            )
            yield Stores(
                database=database,
                inbox=inbox,
                outbox=outbox,
                threads=threads,
                recorded=recorded,
                knowledge=PostgresKnowledge(pool),
                fits=PostgresFits(database=database),
                gaps=PostgresGaps(database=database),
                proposals=PostgresProposals(database=database),
                feedback=PostgresFeedback(database=database),
                comments=PostgresComments(database=database),
                offers=PostgresOffers(database=database),
                receipts=receipts_beside(cache, counters),
                ledger=ledger,
                usage=PostgresUsageReports(database=database, reports=Database(pool=reports)),
                admins=PostgresAdmins(database=database, replica=replica),
                roles=PostgresRoles(database=database),
                wakeups=PostgresWakeups(pool=pool, replica=replica),
                cache=cache,
                askers=askers_on(settings, functions),
                popularity=RedisPopularity(functions=functions),
                budgets=budgets_on(functions, replicas),
                replicas=replicas,
                counters=counters,
                flush_counts=FlushCounts(
                    pending=pending, daily=PostgresDailyCounts(database=database)
                ),
                redis=RedisHealth(pipeline),
                notifications=RedisNotifications(pipeline=pipeline),
                files=files,
                encoder=await asyncio.to_thread(open_encoder, settings),
                model=model,
            )
