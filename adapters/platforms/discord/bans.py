"""A ban of our address by Discord's edge."""

import asyncio
from datetime import timedelta

from core.errors import RateLimitedError


class Ban:
    """Stops every call until it is over: Discord counts the calls that come meanwhile.

    https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
    """

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self, span: timedelta) -> None:
        """Note that it began."""
        self._until = asyncio.get_running_loop().time() + span.total_seconds()

    def check(self) -> None:
        """Raise `RateLimitedError` while it lasts."""
        left = self._until - asyncio.get_running_loop().time()
        if left > 0:
            raise RateLimitedError(timedelta(seconds=left))
