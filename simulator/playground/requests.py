"""What the page asks for."""

from pydantic import BaseModel, ConfigDict, Field

from simulator.playground.values import FaultKind

LONGEST_TEXT = 40_000


class Body(BaseModel):
    """A request's body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Act(Body):
    """Something that a person does on a platform."""

    platform: str
    channel: str
    person: str


class Saying(Act):
    """Write."""

    text: str = Field(max_length=LONGEST_TEXT)
    thread: str | None = None
    reply_to: str | None = None


class Commanding(Act):
    """Use a command."""

    text: str = Field(max_length=LONGEST_TEXT, pattern="^/")


class Clicking(Act):
    """Click a button."""

    message: str
    button: str


class Reacting(Act):
    """Give or take back an emoji."""

    message: str
    emoji: str = Field(min_length=1, max_length=32)


class Faulting(Body):
    """Let something go wrong with a platform."""

    platform: str
    kind: FaultKind


class Killing(Body):
    """End the bot's process."""
