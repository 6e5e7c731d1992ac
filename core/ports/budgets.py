"""The ports of pace: how fast the bot may write, and how fast people may ask it."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from core.messages import Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """At most `limit` within any stretch of so many `seconds`.

    It is a bucket of `limit` tokens, of which each comes back `seconds` after it was taken.
    """

    limit: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a platform takes: in one chat, and of the whole bot. Nothing where none is kept."""

    chat: tuple[Window, ...] = ()
    bot: tuple[Window, ...] = ()


class Turn(Enum):
    """What became of a request for a turn: taken, come back in a moment, or come back later."""

    TAKEN = auto()
    WAIT = auto()
    REFUSED = auto()


class Budgets(Protocol):
    """One budget a chat and one a bot, shared by all replicas, for everything the bot shows there.

    A chat is a conversation's platform, space and channel. Nothing raises but `CancelledError`:
    where the store of the budgets is away, each replica keeps its share by itself.
    """

    async def take(
        self, chat: Conversation, pace: Pace, *, patience: timedelta
    ) -> tuple[Turn, timedelta]:
        """Take a token of the chat and one of the bot, or none.

        TAKEN: send after the time that comes with it, at most `patience`. WAIT: nothing is taken,
        ask again after that time. REFUSED: the same, but it is longer than `patience`; those who
        are refused in a row are told times one after the other.
        """

    async def spare(self, chat: Conversation, pace: Pace) -> bool:
        """Whether there is room for what is cosmetic (typing, a status, an edit on the way).

        It only gets what messages leave, and never takes anything from them.
        """

    async def pause(self, chat: Conversation, length: timedelta, *, whole_bot: bool) -> None:
        """Give nothing out for so long, for this chat or for the whole bot: the platform said so.

        A pause is never made shorter.
        """

    def is_paused(self, chat: Conversation) -> bool:
        """Whether a pause is known in this process: cheap, and never wrong about its own calls."""


class Welcome(Enum):
    """How somebody who asks is met. TELL: too fast, and not told so for a while."""

    COME_IN = auto()
    TELL = auto()
    TURN_AWAY = auto()


class Askers(Protocol):
    """How often one may ask. Nothing raises: where the store is away, everybody may."""

    def ask(self, organization_id: UUID, user_id: UUID, question: str) -> Awaitable[Welcome]:
        """Take a person's token for a question, and count the question among the popular ones.

        It is on its way at once, together with what is asked of the same store before the result
        is awaited. An empty `question` is counted nowhere.
        """

    async def visit(self, address: str) -> timedelta:
        """Take a token of an address on the network: for how long it has to stay away."""
