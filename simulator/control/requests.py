"""What the control API takes, and what it says of anything else."""

from base64 import b64decode
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    model_validator,
)

MOST_COPIES = 100
MOST_FAULTS = 10_000
LONGEST_WAIT = 60.0  # seconds

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Id = Annotated[
    str, StringConstraints(min_length=1, max_length=200), Field(coerce_numbers_to_str=True)
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=100_000)]
CommandText = Annotated[str, StringConstraints(pattern=r"^/[^\s/]", max_length=40_000)]
Copies = Annotated[int, Field(ge=1, le=MOST_COPIES)]
Count = Annotated[int, Field(ge=1, le=MOST_FAULTS)]


class Request(BaseModel):
    """A body. A field that is not known is refused: it would be a typing error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Request):
    """A person or a channel to create."""

    name: Name


class Message(Request):
    """Something that a person writes.

    Without `direct` it goes to a channel, and mentions the bot unless `mention` is false.
    `reply_to` is the id of a message or a posting, in whose thread or as a reply to which it is
    written. `copies` delivers the event several times.
    """

    text: Text
    person: Name = "ada"
    channel: Name = "general"
    direct: bool = False
    mention: bool = True
    reply_to: Id | None = None
    copies: Copies = 1


class Command(Request):
    """A slash command, as typed: `/ask how?`."""

    text: CommandText
    person: Name = "ada"
    channel: Name = "general"
    direct: bool = False
    copies: Copies = 1


class Click(Request):
    """A button, by its label, below a posting, by its id; the last of that id without a channel."""

    posting: Id
    channel: Id | None = None
    button: Text
    person: Name = "ada"
    copies: Copies = 1


class Upload(Request):
    """A file that a person sends; `content` is its text, or base64 when `base64` says so."""

    name: Name
    content: str
    base64: bool = False
    content_type: Annotated[str, StringConstraints(pattern=r"^[\w.+-]+/[\w.+-]+$")] = (
        "application/octet-stream"
    )
    text: str = ""
    person: Name = "ada"
    channel: Name = "general"
    direct: bool = False

    @model_validator(mode="after")
    def _readable(self) -> Self:
        self.bytes()
        return self

    def bytes(self) -> bytes:
        """The content itself. `ValueError` when it is not base64 and should be."""
        return b64decode(self.content, validate=True) if self.base64 else self.content.encode()


class Targets(Request):
    """The addresses of bots that are called over HTTP."""

    urls: tuple[Annotated[str, StringConstraints(pattern=r"^http://")], ...]


class Advance(Request):
    """How far the simulated clock moves, in seconds."""

    seconds: Annotated[float, Field(gt=0, le=366 * 86_400)]


class FaultKind(StrEnum):
    """What can go wrong on request."""

    STATUS = "status"
    HANG = "hang"
    RESET = "reset"
    DISCONNECT = "disconnect"
    DUPLICATE = "duplicate"
    DROP = "drop"
    DELAY = "delay"
    REORDER = "reorder"

    def __repr__(self) -> str:
        """The word, as pydantic says it to whoever sent another."""
        return repr(self.value)


class CallFault(Request):
    """Trouble with the next `count` calls of a method; without `method`, with postings.

    With `accepts` the call takes effect all the same.
    """

    method: Name | None = None
    count: Count = 1
    accepts: bool = False


class Failure(CallFault):
    """An answer that is an error. `error` is the platform's own code or text for it."""

    kind: Literal[FaultKind.STATUS]
    status: Annotated[int, Field(ge=200, le=599)] = 500
    retry_after: Annotated[float, Field(ge=0, le=3600)] | None = None
    error: str | None = None


class Silence(CallFault):
    """No answer: never (`hang`), or the connection is cut (`reset`)."""

    kind: Literal[FaultKind.HANG, FaultKind.RESET]


class Disconnect(Request):
    """Cut the bot's standing connections now; not `resumable`: their sessions are over too."""

    kind: Literal[FaultKind.DISCONNECT]
    resumable: bool = True


class Disturbance(Request):
    """What happens to the next `count` events on their way to the bot.

    `duplicate`: each arrives twice; `drop`: never; `delay`: so many `seconds` later. `event` is the
    gateway's name for what is meant; messages if it is not given.
    """

    kind: Literal[FaultKind.DUPLICATE, FaultKind.DROP, FaultKind.DELAY]
    count: Count = 1
    seconds: Annotated[float, Field(gt=0, le=600)] = 1.0
    event: Name | None = None


class Reorder(Request):
    """The next `count` events wait for the last of them, which then arrives first."""

    kind: Literal[FaultKind.REORDER]
    count: Annotated[int, Field(ge=2, le=MOST_COPIES)] = 2
    event: Name | None = None


AnyFault = Failure | Silence | Disconnect | Disturbance | Reorder


class Fault(RootModel[Annotated[AnyFault, Field(discriminator="kind")]]):
    """Any trouble, told apart by its `kind`."""


class Page(BaseModel):
    """Which part of a recording: what follows the first `after`, waiting for `count` of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Annotated[int, Field(ge=0)] = 0
    count: Annotated[int, Field(ge=1)] = 1
    wait: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] = 0.0
    reply_to: Id | None = None
