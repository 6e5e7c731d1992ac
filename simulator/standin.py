"""What the stand-ins of the three platforms have in common, for tests and benchmarks."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A person's message. `id` is the platform's; `at` is in `time.perf_counter()` seconds."""

    id: str
    channel: str
    text: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message that the platform accepted from the bot and shows to people.

    `buttons` are the labels below it, first to last. `visible_to` is the person, by the name they
    have in `ask`, who alone sees it; None when everybody does.
    """

    id: str
    channel: str
    reply_to: str | None
    text: str
    at: float
    buttons: tuple[str, ...] = ()
    visible_to: str | None = None


class StandIn(Protocol):
    """A platform on 127.0.0.1. Enter it as an async context manager; all state is in memory."""

    asked: list[Asked]
    posted: list[Posted]

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings that point `trialogue up` at this platform."""

    async def ask(
        self, text: str, *, channel: str = "general", person: str = "ada", copies: int = 1
    ) -> Asked:
        """Mention the bot in a channel as a person, and return at once.

        Delivery goes on behind it with the platform's own retries; `copies` delivers the same
        event several times.
        """

    async def tell(self, text: str, *, person: str = "ada") -> Asked:
        """Write to the bot directly."""

    async def command(
        self, text: str, *, channel: str = "general", person: str = "ada", copies: int = 1
    ) -> Asked:
        """Use a slash command, such as `/ask how?`, in a channel."""

    async def click(
        self, posted: Posted, button: str, *, person: str = "ada", copies: int = 1
    ) -> Asked:
        """Click a button, by its label, below a posting."""

    def replies_to(self, asked: Asked) -> Sequence[Posted]:
        """What the bot posted in answer to a message, by its reply or thread reference."""

    def unreachable(self) -> AbstractAsyncContextManager[None]:
        """Refuse connections for the time of the block; what is known stays known."""

    def accept_then_reset(self, count: int = 1) -> None:
        """Show the next postings, and cut their connections instead of answering."""

    async def answered(self, count: int, *, timeout: float) -> None:
        """Wait until so many postings were accepted. `TimeoutError` says how many there were."""
