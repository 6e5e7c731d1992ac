"""How long the bot waits for a language model, and how much it asks of it at once."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A person waits behind these.

    `first` is the time to the first piece of an answer, `total` to its last, with the wait for one
    of the `at_once` places. After `failures` in a row a server is left alone for `rest`; one that
    refuses us for good, for `refused`; one that asks for a pause, as long as it says, up to
    `longest_rest`.
    """

    connect: timedelta = timedelta(seconds=2)
    first: timedelta = timedelta(seconds=8)
    total: timedelta = timedelta(seconds=15)
    at_once: int = 16
    failures: int = 3
    rest: timedelta = timedelta(seconds=10)
    refused: timedelta = timedelta(seconds=30)
    longest_rest: timedelta = timedelta(minutes=1)

    @classmethod
    def within(cls, total: timedelta) -> "Limits":
        """Limits for answers that take so long at most: the first half is for the first piece."""
        return cls(first=total / 2, total=total)


LIMITS = Limits()
