"""What people and the bot did."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from simulator.discord.limits import buttons, label
from simulator.discord.objects import JSON
from simulator.standin import Asked, Posted


class Record:
    """Everything in order. `posted` shows each message as people see it now, `edits` every change.

    `pinged` has whom the bot's messages notified, `deleted` the ids that it took away, `reactions`
    its reactions as message id and emoji, `typed` the channels in which it was seen typing.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.posted: list[Posted] = []
        self.edits: list[Posted] = []
        self.deleted: list[str] = []
        self.pinged: list[str] = []
        self.reactions: list[tuple[str, str]] = []
        self.typed: list[str] = []
        self._replies: defaultdict[str, list[Posted]] = defaultdict(list)
        self._arrival = asyncio.Event()

    def ask(self, message_id: str, channel: str, text: str) -> Asked:
        """Note what a person did."""
        asked = Asked(id=message_id, channel=channel, text=text, at=time.perf_counter())
        self.asked.append(asked)
        return asked

    def show(
        self, message: JSON, *, reply_to: str | None = None, visible_to: str | None = None
    ) -> None:
        """Note a new message of the bot."""
        posted = Posted(
            id=message["id"],
            channel=message["channel_id"],
            reply_to=reply_to,
            text=message["content"],
            at=time.perf_counter(),
            buttons=_labels(message),
            visible_to=visible_to,
        )
        self.posted.append(posted)
        if reply_to is not None:
            self._replies[reply_to].append(posted)
        self._arrival.set()

    def change(self, message: JSON) -> None:
        """Note that a message of the bot reads differently now."""
        for at, posted in enumerate(self.posted):
            if posted.id == message["id"]:
                changed = replace(posted, text=message["content"], buttons=_labels(message))
                self.posted[at] = changed
                self.edits.append(changed)
                replies = self._replies.get(posted.reply_to or "", [])
                replies[:] = [changed if one.id == changed.id else one for one in replies]

    def replies_to(self, asked: Asked) -> Sequence[Posted]:
        """What the bot posted in answer to something."""
        return self._replies[asked.id]

    async def answered(self, count: int, *, timeout: float) -> None:
        """Wait until so many postings were accepted."""
        try:
            async with asyncio.timeout(timeout):
                while len(self.posted) < count:
                    self._arrival.clear()
                    await self._arrival.wait()
        except TimeoutError:
            raise TimeoutError(f"{len(self.posted)} of {count} postings came") from None


def _labels(message: JSON) -> tuple[str, ...]:
    return tuple(label(button) for button in buttons(message.get("components") or ()))
