"""What a newcomer should know when the bot has started."""

from collections.abc import Collection

import structlog

from adapters.stores.postgres.connection import Database
from core.messages import Platform

ENTRIES = "SELECT count_entries() AS entries"

log = structlog.get_logger(service="trialogue")


async def greet(database: Database, platforms: Collection[Platform], address: str) -> None:
    """Say where the bot is, what it knows, and what is missing."""
    log.info("started", platforms=[platform.value for platform in platforms], address=address)
    rows = await database.fetch(ENTRIES)
    entries = rows[0]["entries"]
    if entries:
        log.info("knows", entries=entries)
    else:
        log.warning("knows_nothing_yet", cure="trialogue kb import FILE")
