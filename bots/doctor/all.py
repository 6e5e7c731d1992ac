"""All checks, in the order of the report."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial

from bots.databases import POSTGRES, POSTGRES_OWNER, REDIS
from bots.doctor import discord, machine, slack, telegram, web
from bots.doctor.checks import Check, Look
from bots.doctor.completer import MODEL, SERVER, look_at_completer
from bots.doctor.databases import Databases
from bots.doctor.files import BUCKET, FILES, look_at_files
from bots.doctor.report import Finding
from bots.settings import Settings

NETWORK = "check this machine's way there (firewall, proxy), then ask again"


def all_checks(databases: Databases) -> Sequence[Check]:
    """What `doctor` looks at."""
    return (*_machine(databases), *_databases(databases), *platforms(databases.settings))


def platforms(settings: Settings) -> Sequence[Check]:
    """The platforms; one that is not connected has no findings."""
    looks = (
        (slack.TOKEN, slack.look_at_slack),
        (slack.APP_TOKEN, slack.look_at_app_token),
        (slack.SECRET, slack.look_at_signing_secret),
        (discord.TOKEN, discord.look_at_discord),
        (discord.GATEWAY, discord.look_at_gateway),
        (telegram.TOKEN, telegram.look_at_telegram),
    )
    return [
        Check(subject=subject, look=partial(look, settings), cure=NETWORK)
        for subject, look in looks
    ]


def _machine(databases: Databases) -> Sequence[Check]:
    settings = databases.settings
    return (
        Check(subject="Python", look=machine.look_at_python, cure=""),
        Check(subject="Parts", look=lambda: machine.look_at_parts(databases), cure=""),
        Check(
            subject="Data directory",
            look=lambda: machine.look_at_data_dir(databases),
            cure="see whether its disk answers",
        ),
        Check(subject=machine.MEANINGS, look=lambda: machine.look_at_meanings(settings), cure=""),
        Check(subject=web.PORT, look=lambda: web.look_at_port(settings), cure="set HTTP_PORT"),
        Check(subject=web.PUBLIC, look=lambda: web.look_at_public_url(settings), cure=""),
    )


def _databases(databases: Databases) -> Sequence[Check]:
    """What reads the schema takes a while to load, before any check's time runs."""
    settings = databases.settings
    postgres: Look = partial(_missing, databases, POSTGRES)
    redis: Look = partial(_missing, databases, REDIS)
    owner: Sequence[Check] = ()
    if settings.postgres_dsn is not None:
        from bots.doctor.postgres import look_at_postgres

        postgres = partial(look_at_postgres, databases, settings.postgres_dsn)
    if settings.postgres_owner_dsn is not None:
        from bots.doctor.postgres import look_at_owner

        look = partial(look_at_owner, databases, settings.postgres_owner_dsn)
        owner = (Check(subject=POSTGRES_OWNER, look=look, cure=databases.where(POSTGRES)),)
    if settings.redis_url is not None:
        from bots.doctor.redis import look_at_redis

        redis = partial(look_at_redis, databases, settings.redis_url)
    cache: Sequence[Check] = ()
    if settings.redis_cache_url is not None:
        from bots.doctor.redis import CACHE, look_at_cache

        look = partial(look_at_cache, settings.redis_cache_url)
        cache = (Check(subject=CACHE, look=look, cure="set REDIS_CACHE_URL"),)
    scylla: Sequence[Check] = ()
    if settings.scylla is not None:
        from bots.doctor.scylla import check_of_scylla

        scylla = (check_of_scylla(settings.scylla),)
    completer: Sequence[Check] = ()
    if settings.completer_model is not None:
        look = partial(look_at_completer, settings, settings.completer_model)
        completer = (Check(subject=MODEL, look=look, cure=SERVER),)
    return (
        Check(subject=POSTGRES, look=postgres, cure=databases.where(POSTGRES)),
        *owner,
        Check(subject=REDIS, look=redis, cure=databases.where(REDIS)),
        *cache,
        *scylla,
        Check(subject=FILES, look=lambda: look_at_files(databases), cure=BUCKET),
        *completer,
    )


async def _missing(databases: Databases, name: str) -> AsyncGenerator[Finding, None]:
    yield databases.missing(name)
