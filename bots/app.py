"""Run the parts together, and stop without losing anything."""

import asyncio
import signal
from datetime import timedelta

import structlog

from adapters.platforms.http.health import Readiness, health_routes
from adapters.stores.postgres.recovery import PostgresRecovery
from bots.clock import new_id
from bots.deep_health import DeepHealth, deep_health_route
from bots.greeting import greet
from bots.opening import Stores, open_stores
from bots.platforms import Platforms, open_platforms
from bots.settings import Settings
from bots.watch import watch
from bots.web import http_server
from bots.wiring import Bot, wire
from core.errors import UnavailableError

DRAIN_WITHIN = timedelta(seconds=20)

log = structlog.get_logger(service="trialogue")


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
        waiting=bot.lanes.waiting_for_stores,
        encoder=stores.encoder.name if stores.encoder else None,
        model=stores.model,
        failing=bot.fitter.failing,
    )
    routes = (*health_routes(readiness), deep_health_route(health), *platforms.routes)
    async with asyncio.TaskGroup() as background:
        sweeping = background.create_task(bot.sweeper.run())
        learning = [
            background.create_task(bot.fitter.run()),
            background.create_task(bot.warm_cache.run()),
            background.create_task(bot.load_knowledge()),
        ]
        if bot.projector is not None:
            learning.append(background.create_task(bot.projector.run()))
        waking = background.create_task(
            stores.wakeups.listen(bot.chatbot.wake, bot.late_answers.hear)
        )
        closing = background.create_task(bot.late_answers.run())
        watching = background.create_task(watch(stores, readiness))
        async with http_server(routes, host=settings.http_host, port=settings.http_port):
            receiving = background.create_task(platforms.listen(bot.chatbot.receive, readiness))
            address = f"http://{settings.http_host}:{settings.http_port}"
            await greet(stores.database, platforms.adapters.keys(), address)
            await stop.wait()
            log.info("stopping", under_way=bot.busy())
            readiness.draining()
            receiving.cancel()
        closing.cancel()
        for one in learning:
            one.cancel()
        waking.cancel()
        watching.cancel()
        await _drain(bot)
        sweeping.cancel()


async def _drain(bot: Bot) -> None:
    """Wait for what is under way; what is left at the deadline is picked up by others.

    So is what waits for a store, for which nobody waits here: it is in the inbox.
    """
    try:
        async with asyncio.timeout(DRAIN_WITHIN.total_seconds()):
            while bot.busy():  # noqa: ASYNC110 (three counts, looked at only while stopping)
                await asyncio.sleep(0.02)
    except TimeoutError:
        log.warning("drain_incomplete", under_way=bot.busy())
    if waiting := bot.lanes.waiting_for_stores():
        log.info("left_waiting", conversations=waiting)
