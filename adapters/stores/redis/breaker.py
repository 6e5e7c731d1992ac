"""Leave a server alone for a moment after it has failed."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import structlog

from adapters.stores.limits import REDIS

PAUSE = REDIS.rest

log = structlog.get_logger(service="redis")


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Open after a failure, for `PAUSE`; then whoever comes next tries again.

    That `what` goes without the server is said once, and once that it is asked again.
    """

    what: str
    clock: Callable[[], float] = monotonic
    _open_until: float = 0.0
    _reported: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the server is not to be asked now."""
        return self.clock() < self._open_until

    def failed(self, reason: Exception) -> None:
        """The server did not do what it was asked."""
        self._open_until = self.clock() + PAUSE.total_seconds()
        if not self._reported:
            self._reported = True
            log.warning("redis_left_alone", by=self.what, reason=str(reason))

    def worked(self) -> None:
        """The server did what it was asked."""
        if self._reported:
            self._reported = False
            log.info("redis_asked_again", by=self.what)
