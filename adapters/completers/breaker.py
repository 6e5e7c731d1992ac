"""Leave a model's server alone for a while after it has failed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import structlog

from core.errors import UnavailableError

log = structlog.get_logger(service="completer")


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Open for a `rest` after `failures` in a row, then whoever comes next tries again.

    That answers go on without the model is said once, and once that it is asked again.
    """

    failures: int
    rest: timedelta
    clock: Callable[[], float] = monotonic
    _in_a_row: int = 0
    _open_until: float = 0.0
    _reason: str = ""
    _reported: bool = False

    @property
    def trouble(self) -> str:
        """Why the server is left alone now; empty when it is not."""
        return self._reason if self.clock() < self._open_until else ""

    def check(self) -> None:
        """`UnavailableError` while the server is not to be asked."""
        if self.trouble:
            raise UnavailableError(f"left alone for a while: {self.trouble}")

    def failed(self, reason: str) -> None:
        """The server did not do what it was asked."""
        self._in_a_row += 1
        if self._in_a_row >= self.failures:
            self.open(reason, rest=self.rest)

    def open(self, reason: str, *, rest: timedelta) -> None:
        """Ask it no more for a while."""
        self._reason = reason
        self._open_until = self.clock() + rest.total_seconds()
        if not self._reported:
            self._reported = True
            log.warning("model_left_alone", reason=reason)

    def worked(self) -> None:
        """The server did what it was asked."""
        self._in_a_row = 0
        if self._reported:
            self._reported = False
            log.info("model_asked_again")
