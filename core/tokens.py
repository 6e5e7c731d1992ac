"""What is known of the token of each platform."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.errors import TokenRejectedError
from core.messages import Platform

TOKEN_PAUSE = timedelta(minutes=1)
"""An admin has to act: asking more often only burns the token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedTokens:
    """Platforms that refused our token. One call a pause asks again, however many wait."""

    _until: dict[Platform, datetime] = field(default_factory=dict)

    @contextmanager
    def watched(self, platform: Platform, *, now: Callable[[], datetime]) -> Iterator[None]:
        """Learn from a call. `TokenRejectedError` before it where it is not worth making."""
        until = self._until.get(platform)
        if until is not None:
            if now() < until:
                raise TokenRejectedError("the token was refused a moment ago")
            self._until[platform] = now() + TOKEN_PAUSE
        try:
            yield
        except TokenRejectedError:
            self._until[platform] = now() + TOKEN_PAUSE
            raise
        self._until.pop(platform, None)
