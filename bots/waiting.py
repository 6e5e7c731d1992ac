"""Wait for a database at the start, and say so."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from urllib.parse import parse_qs, urlsplit

import structlog

from core.errors import UnavailableError, UserError

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 1.0
SAY_EVERY = 5.0
"""All in seconds."""

log = structlog.get_logger()


async def wait_for(
    name: str, address: str, connect: Callable[[], Awaitable[None]], *, limit: float, setting: str
) -> None:
    """Try `connect` until it succeeds; `UnavailableError` means not yet.

    One line when it is not there at first, and one every few seconds. `UserError` after `limit`
    seconds, with what to look at; `setting` is the variable that holds the address.
    """
    began = monotonic()
    place, pause, said = place_of(address), FIRST_PAUSE, -SAY_EVERY
    while True:
        try:
            return await connect()
        except UnavailableError as error:
            reason = str(error)
        waited = monotonic() - began
        if waited >= limit:
            raise UserError(
                f"{name} at {place} did not answer within {limit:g} s ({reason}). Check that it"
                f" runs, that {setting} is its address, and that this machine can reach it."
            )
        if waited - said >= SAY_EVERY:
            said = waited
            log.warning(
                "waiting_for_database",
                message=f"Waiting for {name} at {place} ({reason}), {limit - waited:.0f} s at most",
            )
        await asyncio.sleep(min(pause, limit - waited))
        pause = min(2 * pause, LONGEST_PAUSE)


def place_of(address: str) -> str:
    """Where an address leads, without the login in it."""
    parts = urlsplit(address)
    place = parts.netloc.rpartition("@")[2]
    if parts.scheme == "unix" or not place:
        return parse_qs(parts.query).get("host", [parts.path or "its default address"])[0]
    return place
