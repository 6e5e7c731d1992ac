"""Trouble, planned by a test: for the bot's calls, and for the updates on their way to it."""

from collections.abc import Sequence

from simulator.telegram.api import BotApi, Fault
from simulator.telegram.updates import Mishaps


class PlannedFaults:
    """What the next calls of a method, or the next updates, will suffer."""

    api: BotApi

    def fail_next(
        self,
        *,
        status: int,
        retry_after: int | None = None,
        count: int = 1,
        method: str = "sendMessage",
        readable: bool = True,
        description: str = "as planned",
    ) -> None:
        """Refuse the next calls of a method; not `readable`: with a page instead of JSON."""
        fault = Fault(
            status=status,
            description=description,
            retry_after=retry_after,
            readable=readable,
        )
        self._plan(method, [fault] * count)

    def pause_bot(self, retry_after: int, *, method: str = "sendMessage") -> None:
        """Refuse the next call of a method with a 429 that is for the whole bot."""
        self._plan(method, [Fault(status=429, retry_after=retry_after, scope="global")])

    def accept_then_reset(self, count: int = 1, *, method: str = "sendMessage") -> None:
        """Carry out the next calls, and cut the connection instead of answering."""
        self._plan(method, [Fault(accepts=True)] * count)

    def reset(self, count: int = 1, *, method: str = "sendMessage") -> None:
        """Cut the connection of the next calls, which have no effect."""
        self._plan(method, [Fault()] * count)

    def hang(self, count: int = 1, *, accepts: bool = False, method: str = "sendMessage") -> None:
        """Never answer the next calls of a method."""
        self._plan(method, [Fault(hangs=True, accepts=accepts)] * count)

    def drop_updates(self, count: int = 1) -> None:
        """Lose the next updates."""
        self._mishaps.drop += count

    def repeat_update(self, copies: int = 1) -> None:
        """Deliver the next update so many times more."""
        self._mishaps.copies += copies

    def delay_updates(self, seconds: float, count: int = 1) -> None:
        """Deliver each of the next updates so much later; others overtake them."""
        self._mishaps.delays.extend([seconds] * count)

    def reorder_updates(self, count: int) -> None:
        """Hold the next updates until there are so many, and deliver the last one first."""
        self._mishaps.reorder = count

    def lose_webhook_answers(self, count: int = 1) -> None:
        """Treat the next requests to the webhook as if no answer had come: they are repeated."""
        self.api.world.webhook.lose_answers += count

    @property
    def _mishaps(self) -> Mishaps:
        return self.api.world.updates.mishaps

    def _plan(self, method: str, faults: Sequence[Fault]) -> None:
        self.api.faults[method.lower()].extend(faults)
