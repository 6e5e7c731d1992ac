"""Events that are lost, late, doubled or out of order on their way to the bot."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

Send = Callable[[], None]


@dataclass(slots=True, eq=False, kw_only=True)
class Plan:
    """What happens to the next events of one name, or of any."""

    event: str | None
    count: int
    act: Callable[[Send], None]

    def fits(self, event: str) -> bool:
        """Whether an event is meant."""
        return self.event in (None, event)


class Meddling:
    """Plans for the next events, one used up after the other."""

    def __init__(self) -> None:
        self._plans: list[Plan] = []
        self._held: list[Send] = []

    def drop_next(self, event: str | None = None, *, count: int = 1) -> None:
        """Lose events on their way: no session gets them."""
        self._plan(event, count, lambda _: None)

    def delay_next(self, seconds: float, event: str | None = None, *, count: int = 1) -> None:
        """Send events later."""
        self._plan(event, count, lambda send: _later(seconds, send))

    def duplicate_next(self, event: str | None = None, *, copies: int = 2, count: int = 1) -> None:
        """Send events several times, each time with a sequence number of its own."""

        def repeat(send: Send) -> None:
            for _ in range(copies):
                send()

        self._plan(event, count, repeat)

    def reorder_next(self, event: str | None = None) -> None:
        """Send an event after the one that follows it."""
        self._plan(event, 1, self._held.append)

    def pass_on(self, event: str, send: Send) -> None:
        """Send an event, as it is planned."""
        plan = next((plan for plan in self._plans if plan.fits(event)), None)
        if plan is None:
            send()
            while self._held:
                self._held.pop(0)()
            return
        plan.count -= 1
        if plan.count <= 0:
            self._plans.remove(plan)
        plan.act(send)

    def _plan(self, event: str | None, count: int, act: Callable[[Send], None]) -> None:
        self._plans.append(Plan(event=event, count=count, act=act))


def _later(seconds: float, send: Send) -> None:
    asyncio.get_running_loop().call_later(seconds, send)
