"""Rate limits: https://discord.com/developers/docs/topics/rate-limits.

Off unless they are set, because Discord promises no numbers and tests need no pauses. The headers
are always there: discord.py sends one call at a time where it finds none.
"""

import time
from collections import defaultdict
from dataclasses import dataclass, field

from aiohttp import web

from simulator.discord.calls import LIMITS, json_response
from simulator.discord.objects import dump


@dataclass(slots=True, kw_only=True)
class Bucket:
    """What is left of a limit until it is full again."""

    left: int
    full_at: float


@dataclass(slots=True, kw_only=True)
class Buckets:
    """So many `calls` in so many `seconds` for each route and channel, unless `calls` is 0."""

    calls: int = 0
    seconds: float = 5.0
    refused: int = 0
    _open: defaultdict[str, Bucket] = field(
        default_factory=lambda: defaultdict(lambda: Bucket(left=0, full_at=0.0))
    )

    def headers(self, key: str) -> dict[str, str] | None:
        """Take one call: what the answer says of the limit, None when it is used up."""
        if not self.calls:
            return LIMITS
        bucket, now = self._open[key], time.monotonic()
        if bucket.full_at <= now:
            bucket.left, bucket.full_at = self.calls, now + self.seconds
        if bucket.left == 0:
            self.refused += 1
            return None
        bucket.left -= 1
        return {
            "X-RateLimit-Limit": str(self.calls),
            "X-RateLimit-Remaining": str(bucket.left),
            "X-RateLimit-Reset-After": f"{bucket.full_at - now:.3f}",
            "X-RateLimit-Bucket": "counted",
        }

    def refusal(self, key: str) -> web.Response:
        """The answer to a call that is over the limit."""
        after = max(0.0, self._open[key].full_at - time.monotonic())
        body = {"message": "You are being rate limited.", "retry_after": after, "global": False}
        headers = {"Via": "1.1 google", "Retry-After": f"{after:.3f}"}
        return json_response(dump(body), status=429, headers=headers)
