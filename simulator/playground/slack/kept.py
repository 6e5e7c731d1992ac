"""The shape of a snapshot."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A piece of a snapshot; one with other fields is of another version."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(Part):
    """Who and what there is: ids by names, in the order in which they came."""

    title: str
    people: dict[str, str]
    channels: dict[str, str]
    directs: dict[str, str]
    displays: dict[str, str]
    topics: dict[str, str]
    members: dict[str, list[str]]
    admins: list[str]
    owners: list[str]


class About(BaseModel):
    """What Slack says of a file, as far as it has to be there."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    name: str
    size: int
    mimetype: str
    url_private: str
    url_private_download: str


class Said(BaseModel):
    """What Slack says of a message, as far as it has to be there."""

    model_config = ConfigDict(extra="allow", frozen=True)

    user: str
    ts: Annotated[str, Field(pattern=r"^\d+\.\d{6}$")]
    text: str


class KeptMessage(Part):
    """A message in its thread, the ids of its files, and who reacted to it by emoji.

    `used` is the command that it answers, "" where it answers none.
    """

    channel: str
    root: str
    message: Said
    files: list[str]
    reactions: dict[str, list[str]]
    used: str = ""


class KeptFile(Part):
    """A file; `content` is in Base64, None where it was too large."""

    about: About
    content: str | None


class KeptResponse(Part):
    """An address that a bot may still answer to."""

    path: str
    asked: str
    channel: str
    user: str
    until: float
    message: str | None
    uses: int


class Tokens(Part):
    """What the bot is known by."""

    bot: str
    app: str
    signing_secret: str


class Snapshot(Part):
    """All of a team that outlasts a process. What one person alone saw does not.

    `commands` are those that wait for an answer, by their triggers.
    """

    version: Literal[1] = 1
    tokens: Tokens
    names: Names
    run: str
    events: int
    last: int
    messages: list[KeptMessage]
    files: list[KeptFile]
    responses: list[KeptResponse]
    commands: dict[str, str] = Field(default_factory=dict)
