"""What Discord's refusals and broken calls mean for a posting.

The codes are those of https://discord.com/developers/docs/topics/opcodes-and-status-codes#json.
"""

from collections.abc import Mapping
from datetime import timedelta

import aiohttp
import discord

from core.errors import (
    FormatRejectedError,
    NotPostedError,
    PlatformError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
    UnconfirmedError,
)

NOT_IMPLEMENTED = 501
INVALID_FORM = 50035
NO_HISTORY_PERMISSION = 160002
"""The bot may write there, but not reply to a message that it may not read."""

PAUSE = timedelta(seconds=5)
SHORTEST_BAN = timedelta(minutes=1)
BAN = timedelta(minutes=10)
"""How long Discord's edge shuts out an address, unless it says so."""

UNWRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
CALL_ERRORS = (
    discord.DiscordException,
    aiohttp.ClientError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    RuntimeError,
)
"""All that discord.py's HTTP client raises; the last four come from answers of another shape than
Discord's, and from a client that is closed meanwhile."""


def to_platform_error(error: Exception) -> PlatformError:
    """The meaning of one of `CALL_ERRORS`, with no text of the posting in it."""
    match error:
        case discord.LoginFailure():
            return TokenRejectedError("Discord refused the token")
        case discord.RateLimited():
            return RateLimitedError(timedelta(seconds=error.retry_after))
        case discord.HTTPException():
            return of_answer(error.status, error.code, error.response.headers)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return NotPostedError(f"Discord cannot be reached ({type(error).__name__})")
        case aiohttp.InvalidURL():
            return RejectedError("DISCORD_API_URL is not an address")
        case _:
            return UnconfirmedError(f"Discord did not answer ({type(error).__name__})")


def is_ban(error: Exception) -> bool:
    """Whether Discord's edge answered in Discord's place: it counts every further call."""
    return isinstance(error, discord.HTTPException) and is_from_edge(
        error.status, error.response.headers
    )


def is_from_edge(status: int, headers: Mapping[str, str]) -> bool:
    """Whether an answer is the edge's ban of our address."""
    return status == 429 and headers.get("Content-Type") != "application/json"


def lacks_history(error: BaseException | None) -> bool:
    """Whether the posting would pass if it were not a reply."""
    return isinstance(error, discord.HTTPException) and error.code == NO_HISTORY_PERMISSION


def of_answer(status: int, code: int, headers: Mapping[str, str]) -> PlatformError:
    """The meaning of an answer that is not a success; `code` is Discord's own."""
    reason = f"Discord answered with status {status}, code {code}"
    if status == 429:
        return RateLimitedError(
            max(_retry_after(headers, BAN), SHORTEST_BAN)
            if is_from_edge(status, headers)
            else _retry_after(headers, PAUSE)
        )
    if status == 401:
        return TokenRejectedError(reason)
    if status == 400 and code == INVALID_FORM:
        return FormatRejectedError(reason)
    if status == 408 or (status >= 500 and status != NOT_IMPLEMENTED):
        return UnconfirmedError(reason)
    return RejectedError(reason)


def _retry_after(headers: Mapping[str, str], otherwise: timedelta) -> timedelta:
    try:
        return timedelta(seconds=max(0.0, float(headers["Retry-After"])))
    except (KeyError, ValueError, OverflowError):
        return otherwise
