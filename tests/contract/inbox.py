"""What an adapter hands over, kept as a database would keep it, without one."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.errors import UnavailableError
from core.messages import IncomingMessage
from tests.platforms.discord import Received

WITHIN = 60.0


@dataclass
class Inbox:
    """A `receive` that commits, after `seconds`, or refuses while it is not `available`.

    `taken` has every message that was committed, repeats and all, `received` each of them once, by
    its `dedupe_key`. Both are in the order in which messages were handed over.
    """

    received: list[IncomingMessage] = field(default_factory=list)
    taken: list[IncomingMessage] = field(default_factory=list)
    refused: list[IncomingMessage] = field(default_factory=list)
    available: bool = True
    seconds: float = 0.0

    async def __call__(self, message: IncomingMessage) -> None:
        if not self.available:
            self.refused.append(message)
            raise UnavailableError("the test says so")
        if message.dedupe_key not in {one.dedupe_key for one in self.taken}:
            self.received.append(message)
        self.taken.append(message)
        await asyncio.sleep(self.seconds)

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.received]

    async def seen(self) -> Mapping[str, str]:
        """The newest message of each channel, from which Discord's history is read back."""
        return await Received(messages=self.taken).seen()

    async def next(self) -> IncomingMessage:
        """Take the one new message out of those received; there must not be two."""
        await self.count(1)
        (message,) = self.received
        self.received.clear()
        return message

    async def count(self, number: int) -> None:
        """Wait for so many messages."""
        await until(lambda: len(self.received) >= number)


async def until(condition: Callable[[], object], *, within: float = WITHIN) -> None:
    """Wait for something that comes about by itself."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.01)
