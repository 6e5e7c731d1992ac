"""What Slack's refusals and broken calls mean for a posting.

The codes are those of https://docs.slack.dev/reference/methods/chat.postMessage#errors.
"""

from collections.abc import Mapping
from datetime import timedelta

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from core.errors import (
    FormatRejectedError,
    NotPostedError,
    PlatformError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
    UnconfirmedError,
)

TOKEN_CODES = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)
FORMAT_CODES = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "markdown_text_conflict",
        "msg_blocks_too_long",
        "msg_too_long",
    }
)
PASSING_CODES = frozenset({"internal_error", "request_timeout", "service_unavailable"})
UNCERTAIN_CODES = frozenset({"fatal_error"})

UNWRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
CALL_ERRORS = (SlackClientError, aiohttp.ClientError, OSError, ValueError, AttributeError)
"""All that a call of slack_sdk raises; the last two come from answers that are no JSON object."""


def to_platform_error(error: Exception) -> PlatformError:
    """The meaning of one of `CALL_ERRORS`, with no text of the posting in it."""
    if isinstance(error, SlackApiError):
        return _of_answer(error.response)
    if isinstance(error, UNWRITTEN):
        return NotPostedError(f"Slack cannot be reached ({type(error).__name__})")
    if isinstance(error, aiohttp.InvalidURL):
        return RejectedError("SLACK_API_URL is not an address")
    return UnconfirmedError(f"Slack did not answer ({type(error).__name__})")


def _of_answer(response: object) -> PlatformError:
    # slack_sdk wraps JSON answers, and hands over aiohttp's response when there was none.
    status = int(getattr(response, "status_code", getattr(response, "status", 0)))
    headers: Mapping[str, str] = getattr(response, "headers", {})
    body = getattr(response, "data", None)
    code = body.get("error") if isinstance(body, dict) else None
    return to_refusal(status, code, headers)


def to_refusal(status: int, code: object, headers: Mapping[str, str]) -> PlatformError:
    """The meaning of an answer that is no success; `code` is Slack's word for it, if any."""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return RateLimitedError(_retry_after(headers))
    if isinstance(code, str):
        return _of_code(code)
    if 300 <= status < 500 and status != 408:
        return RejectedError(f"Slack answered with status {status}")
    return UnconfirmedError(f"Slack answered with status {status} and nothing else")


def _of_code(code: str) -> PlatformError:
    if code in TOKEN_CODES:
        return TokenRejectedError(code)
    if code in FORMAT_CODES:
        return FormatRejectedError(code)
    if code in PASSING_CODES:
        return NotPostedError(code)
    if code in UNCERTAIN_CODES:
        return UnconfirmedError(code)
    return RejectedError(code[:100])


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    try:
        return timedelta(seconds=max(0.0, float(headers.get("Retry-After", "1"))))
    except (ValueError, OverflowError):
        return timedelta(seconds=1)
