"""Tell those who run the bot whether it lives and whether it can take events."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

from aiohttp import web

UP = "up"
FRESH = timedelta(seconds=20)
"""How long the last good word of a part that must be up counts."""


@dataclass(slots=True, kw_only=True)
class Readiness:
    """What every part last said of itself: `up`, `down: reason` or `disabled: reason`.

    Events can be taken while every one of `needed` has said `up` within `fresh`: have it say so
    again and again. Other parts (the platforms, the cache) are only reported: without them the bot
    refuses politely or answers later. Reasons are shown to anybody who asks.
    """

    needed: Collection[str] = ("postgres",)
    fresh: timedelta = FRESH
    now: Callable[[], float] = monotonic
    _said: dict[str, tuple[str, float]] = field(default_factory=dict)
    _draining: bool = False

    def set(self, part: str, status: str) -> None:
        """Take a part's word."""
        self._said[part] = (status, self.now())

    def draining(self) -> None:
        """Stop being ready for good: this replica is about to leave."""
        self._draining = True

    @property
    def parts(self) -> dict[str, str]:
        """The status of every part, by its name."""
        names = dict.fromkeys((*self.needed, *self._said))
        return {name: self._status(name) for name in names}

    @property
    def ready(self) -> bool:
        """Whether this replica can take an event now."""
        return not self._draining and all(self._status(name) == UP for name in self.needed)

    @property
    def status(self) -> str:
        """In one word: ready, draining or down."""
        if self._draining:
            return "draining"
        return "ready" if self.ready else "down"

    def _status(self, name: str) -> str:
        if name not in self._said:
            return "down: not reached yet"
        status, at = self._said[name]
        silent = self.now() - at
        if status == UP and name in self.needed and silent > self.fresh.total_seconds():
            return f"down: no answer for {silent:.0f} s"
        return status


def health_routes(readiness: Readiness) -> Sequence[web.RouteDef]:
    """GET /health (this process) and /ready (200 or 503, naming each part and its status)."""

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(_request: web.Request) -> web.Response:
        return web.json_response(
            {"status": readiness.status, "parts": readiness.parts},
            status=200 if readiness.ready else 503,
        )

    return (web.get("/health", health), web.get("/ready", ready))
