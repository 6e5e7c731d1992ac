"""What the playground needs of each platform."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from core.messages import Author
from simulator.playground.values import (
    ClickOn,
    FaultKind,
    File,
    Json,
    Pane,
    Person,
    React,
    Room,
    Say,
    UseCommand,
    WireEvent,
)
from simulator.standin import Asked


class Scene(Protocol):
    """A platform's stand-in as people see it. Run it as an async context manager: `open`.

    Acts return as soon as the platform shows them; what the bot does comes later. They raise
    `PlaygroundError` where the platform would not let a person do that, or an id is unknown.
    """

    platform: str

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings that point `trialogue up` at the stand-in."""

    def watch(self, *, changed: Callable[[], None], heard: Callable[[WireEvent], None]) -> None:
        """Call `changed` whenever the pane may look different, `heard` for each wire event."""

    def populate(self, people: Sequence[Person], rooms: Sequence[Room]) -> None:
        """Bring people, rooms and what was said in them into an empty world.

        Everybody is in every room and has a direct conversation with the bot. The bot does not hear
        of any of it.
        """

    def author(self, name: str) -> Author:
        """A person as the bot knows them."""

    def pane(self) -> Pane:
        """What people see now."""

    def file(self, identifier: str) -> File | None:
        """A file by the id that a message shows."""

    async def say(self, say: Say) -> Asked:
        """Write. Only what the platform would deliver reaches the bot."""

    async def command(self, use: UseCommand) -> Asked:
        """Use a command that the bot has announced."""

    async def click(self, click: ClickOn) -> Asked:
        """Click a button that the person can see."""

    async def react(self, react: React) -> None:
        """Give or take back an emoji."""

    async def fault(self, kind: FaultKind) -> None:
        """Let something go wrong, and return at once."""

    def snapshot(self) -> Json:
        """Everything that is to outlast this process, as JSON: ids and tokens too."""

    def restore(self, snapshot: Json) -> None:
        """Go on where a snapshot was taken, before the stand-in is opened.

        Raises `ValueError` when it is of another shape; the world is empty then.
        """
