"""What the playground needs of the bot that it shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

LogLine = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class BotState:
    """How the bot's process is. `starts` counts them; `since` is in seconds since 1970."""

    state: Literal["starting", "up", "down"]
    pid: int | None
    starts: int
    since: float


class Bot(Protocol):
    """A bot in a process of its own, started again whenever it ends."""

    def state(self) -> BotState:
        """How it is now."""

    def watch(self, *, changed: Callable[[], None], logged: Callable[[LogLine], None]) -> None:
        """Call `changed` when its state is another one, `logged` for each line of its log."""

    def kill(self) -> None:
        """End its process at once, without a chance to clean up."""
