"""The port of a chat platform."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol, runtime_checkable

from core.messages import (
    Attachment,
    Capability,
    Conversation,
    Delivery,
    IncomingMessage,
    Platform,
    Posting,
)

Receive = Callable[[IncomingMessage], Awaitable[None]]
"""Hand a message over. It returns once the message is committed, and only then may the platform be
acknowledged. The same message may be handed over any number of times. `UnavailableError`: nothing
is certain, do not acknowledge, hand it over again."""


class ChatAdapter(Protocol):
    """One platform: where messages come in and postings go out."""

    @property
    def platform(self) -> Platform:
        """Which one."""

    @property
    def capabilities(self) -> Capability:
        """What it can do."""

    @property
    def text_limit(self) -> int:
        """The longest `Posting.text` it takes, in UTF-16 code units of CommonMark."""

    async def listen(self, receive: Receive) -> None:
        """Receive until cancelled; reconnects by itself.

        `TokenRejectedError` when the platform refuses the token: the caller reports it and tries
        again later. Any other error is a fault of one attempt: the caller starts it again.
        """

    async def send(self, posting: Posting) -> Delivery:
        """Post once, without retries of its own.

        Raises one of `RateLimitedError`, `NotPostedError`, `RejectedError` (or its
        `FormatRejectedError`, `TokenRejectedError`) and `UnconfirmedError`.
        """


@runtime_checkable
class ConfirmsPostings(Protocol):
    """A platform that can tell whether an unconfirmed posting arrived."""

    async def find(self, posting: Posting) -> Delivery | None:
        """The delivery of a posting that was sent before, None when nobody has seen it.

        None also where sending it again cannot show it twice. Raises as `send` does when the
        platform cannot say now, and `RejectedError` when it never will.
        """


@runtime_checkable
class ShowsTyping(Protocol):
    """A platform on which people see that an answer is under way."""

    async def show_typing(self, conversation: Conversation) -> None:
        """Show it for some seconds, or until the next message of the bot. Cancel it at any time.

        Best effort, once, and never at the cost of a message: no pace kept for postings is used.
        Raises one of `PlatformError`'s kinds when it is not shown.
        """


@runtime_checkable
class FetchesFiles(Protocol):
    """A platform that hands out the files that people attach to their messages."""

    @property
    def file_limit(self) -> int:
        """The largest file in bytes that it hands out, or that we take from it."""

    def fetch(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """The file's content, as it comes, once and from the platform itself only.

        `FileRefusedError` when it will never be had (gone, too large, no right to it) and
        `RateLimitedError`, `FileUnavailableError` when it may be later, also in its middle.
        """
