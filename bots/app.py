"""Put the parts together, run them, and stop without losing anything."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from adapters.platforms.http.health import Readiness, health_routes
from adapters.stores.postgres.analytics import PostgresDailyCounts
from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.feedback import PostgresFeedback
from adapters.stores.postgres.inbox import PostgresInbox
from adapters.stores.postgres.knowledge import PostgresKnowledge
from adapters.stores.postgres.outbox import PostgresOutbox
from adapters.stores.postgres.recovery import PostgresRecovery
from adapters.stores.postgres.threads import PostgresRecorded
from adapters.stores.postgres.usage import PostgresAdmins, PostgresUsageReports
from adapters.stores.postgres.wakeups import PostgresWakeups
from adapters.stores.redis.askers import RedisAskers
from adapters.stores.redis.budgets import RedisBudgets
from adapters.stores.redis.counters import RedisCounters
from adapters.stores.redis.health import RedisHealth
from adapters.stores.redis.pending import RedisPendingCounts
from adapters.stores.redis.pipeline import Pipeline
from bots.caching import Cache, askers_on, budgets_on, functions_on, open_cache
from bots.clock import new_id, utc_now
from bots.deep_health import DeepHealth, deep_health_route
from bots.greeting import greet
from bots.platforms import Platforms, open_platforms
from bots.replicas import Replicas, watch_shared
from bots.settings import Settings
from bots.stores import open_files, open_postgres, open_redis, open_reports
from bots.threads import OpenThreads, open_threads
from bots.watch import watch
from bots.web import http_server
from core.answers.find import AnswerQuestion
from core.chatbot import ChatbotService
from core.errors import UnavailableError
from core.files import KeepFiles
from core.handles import Handles
from core.knowledge.fits import Fitter
from core.knowledge.memory import Indexes
from core.knowledge.service import KnowledgeService
from core.lanes import Lanes
from core.recording import MultiDatabaseService
from core.respond import RespondToMessage
from core.router import Router
from core.sender import Sender
from core.sweeper import Sweeper
from core.typing_status import TypingStatus
from core.usage.counting import FlushCounts
from core.usage.more import RequestMore

DRAIN_WITHIN = timedelta(seconds=20)

log = structlog.get_logger(service="trialogue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The open ports."""

    database: Database
    inbox: PostgresInbox
    outbox: PostgresOutbox
    threads: OpenThreads
    recorded: PostgresRecorded
    knowledge: PostgresKnowledge
    feedback: PostgresFeedback
    usage: PostgresUsageReports
    admins: PostgresAdmins
    wakeups: PostgresWakeups
    cache: Cache
    askers: RedisAskers
    budgets: RedisBudgets
    replicas: Replicas
    counters: RedisCounters
    flush_counts: FlushCounts
    redis: RedisHealth
    files: KeepFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The core of one replica, wired."""

    chatbot: ChatbotService
    lanes: Lanes
    sender: Sender
    records: MultiDatabaseService
    sweeper: Sweeper
    fitter: Fitter

    def busy(self) -> int:
        """Count what is under way."""
        return self.lanes.busy() + self.sender.busy() + self.records.busy()


class _Stopped(Exception):  # noqa: N818 (ends a TaskGroup, and is no error)
    """Raised in the body of the work's TaskGroup: what the drain left over is cancelled."""


async def run(settings: Settings, *, prepare: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way and give back the rest.

    `prepare` brings the schema of a store that comes later up to date.
    """
    replica, readiness = new_id(), Readiness()
    async with (
        open_stores(settings, replica, prepare=prepare) as stores,
        open_platforms(settings, stores.database, stores.budgets, readiness) as platforms,
    ):
        stop = _stop_on_signals()
        recovery = PostgresRecovery(
            database=stores.database,
            replica=replica,
            timeout=timedelta(seconds=settings.replica_timeout),
            platforms=tuple(platforms.adapters),
        )
        await recovery.heartbeat()
        try:
            async with asyncio.TaskGroup() as work:
                bot = wire(replica, stores, platforms, recovery, work)
                await _serve(settings, stores, platforms, bot, readiness, stop)
                raise _Stopped  # noqa: TRY301 (it has to leave this very TaskGroup)
        except* _Stopped:
            await _leave(recovery)


async def _leave(recovery: PostgresRecovery) -> None:
    """Give back what is left; without the database the others find it by our silence."""
    try:
        await recovery.leave()
    except UnavailableError as error:
        log.warning("left_in_silence", reason=str(error))
    log.info("stopped")


def _stop_on_signals() -> asyncio.Event:
    """Set an event at the first signal; the second one has its usual effect."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard() -> None:
        stop.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, heard)
    return stop


async def _serve(
    settings: Settings,
    stores: Stores,
    platforms: Platforms,
    bot: Bot,
    readiness: Readiness,
    stop: asyncio.Event,
) -> None:
    health = DeepHealth(
        replica=stores.inbox.replica,
        database=stores.database,
        redis=stores.redis,
        scylla=stores.threads.scylla,
        readiness=readiness,
        busy=bot.busy,
    )
    routes = (*health_routes(readiness), deep_health_route(health), *platforms.routes)
    async with asyncio.TaskGroup() as background:
        sweeping = background.create_task(bot.sweeper.run())
        fitting = background.create_task(bot.fitter.run())
        waking = background.create_task(stores.wakeups.listen(bot.chatbot.wake))
        watching = background.create_task(
            watch(stores.database, stores.redis, stores.threads.scylla, readiness)
        )
        counting = background.create_task(watch_shared(stores.replicas, stores.cache, readiness))
        async with http_server(routes, host=settings.http_host, port=settings.http_port):
            receiving = background.create_task(platforms.listen(bot.chatbot.receive, readiness))
            address = f"http://{settings.http_host}:{settings.http_port}"
            await greet(stores.database, platforms.adapters.keys(), address)
            await stop.wait()
            log.info("stopping", under_way=bot.busy())
            readiness.draining()
            receiving.cancel()
        fitting.cancel()
        waking.cancel()
        watching.cancel()
        counting.cancel()
        await _drain(bot)
        sweeping.cancel()


def wire(
    replica: UUID,
    stores: Stores,
    platforms: Platforms,
    recovery: PostgresRecovery,
    work: asyncio.TaskGroup,
) -> Bot:
    """Connect core classes with their ports."""
    handles = Handles(clock=utc_now)
    sender = Sender(
        adapters=platforms.adapters,
        outbox=stores.outbox,
        handles=handles,
        clock=utc_now,
        tasks=work,
    )
    records = MultiDatabaseService(
        threads=stores.threads.store, recorded=stores.recorded, tasks=work
    )
    indexes = Indexes()
    fitter = Fitter(store=stores.knowledge, indexes=indexes)
    answer_question = AnswerQuestion(
        knowledge=KnowledgeService(store=stores.knowledge, indexes=indexes, fitter=fitter),
        cache=stores.cache,
        counters=stores.counters,
        askers=stores.askers,
    )
    respond = RespondToMessage(
        inbox=stores.inbox,
        outbox=stores.outbox,
        route=Router(
            answer_question=answer_question,
            feedback=stores.feedback,
            usage=stores.usage,
            request_more=RequestMore(admins=stores.admins),
        ),
        cache=stores.redis,
        sender=sender,
        records=records,
        typing=TypingStatus(adapters=platforms.adapters, tasks=work),
        adapters=platforms.adapters,
        clock=utc_now,
    )
    lanes = Lanes(handle=respond, waiting=stores.inbox.waiting, tasks=work)
    chatbot = ChatbotService(
        replica=replica, inbox=stores.inbox, lanes=lanes, handles=handles, new_id=new_id
    )
    sweeper = Sweeper(
        recovery=recovery,
        chatbot=chatbot,
        sender=sender,
        records=records,
        flush_counts=stores.flush_counts,
        timeout=recovery.timeout,
        files=stores.files,
    )
    return Bot(
        chatbot=chatbot,
        lanes=lanes,
        sender=sender,
        records=records,
        sweeper=sweeper,
        fitter=fitter,
    )


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
            open_files(settings, database) as files,
            open_reports(settings, pool) as reports,
            Pipeline(redis) as pipeline,
            RedisCounters(
                pipeline,
                pending=(pending := RedisPendingCounts(pipeline, new_id=new_id)),
                new_id=new_id,
            ) as counters,
            open_cache(settings, pipeline, counters) as cache,
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
                feedback=PostgresFeedback(database=database),
                usage=PostgresUsageReports(database=database, reports=Database(pool=reports)),
                admins=PostgresAdmins(database=database, replica=replica),
                wakeups=PostgresWakeups(pool=pool, replica=replica),
                cache=cache,
                askers=askers_on(settings, functions),
                budgets=budgets_on(functions, replicas),
                replicas=replicas,
                counters=counters,
                flush_counts=FlushCounts(
                    pending=pending, daily=PostgresDailyCounts(database=database)
                ),
                redis=RedisHealth(pipeline),
                files=files,
            )


async def _drain(bot: Bot) -> None:
    """Wait for what is under way; what is left at the deadline is picked up by others."""
    try:
        async with asyncio.timeout(DRAIN_WITHIN.total_seconds()):
            while bot.busy():  # noqa: ASYNC110 (three counts, looked at only while stopping)
                await asyncio.sleep(0.02)
    except TimeoutError:
        log.warning("drain_incomplete", under_way=bot.busy())
