"""Somebody who looks on: what people see, and what goes over the wire."""

from dataclasses import dataclass
from typing import Protocol

from simulator.discord.calls import Call
from simulator.discord.faults import Fault
from simulator.discord.objects import JSON, Channel, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A call of the bot that was answered, after the `fault` that was planned for it.

    `began` and `ended` are in seconds of `time.perf_counter()`.
    """

    call: Call
    status: int
    fault: Fault | None
    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """An event of the gateway: how many sessions wanted it, and how many are connected now."""

    event: str
    payload: bytes
    wanted: int
    reached: int
    sessions: int


class Witness(Protocol):
    """Is told of everything as it happens. Its methods return at once and do not raise."""

    def wrote(self, channel: Channel, message: JSON) -> None:
        """A message is new, or reads differently; with all its words."""

    def whispered(self, channel: Channel, message: JSON, person: Person) -> None:
        """The same for a message that only one person sees."""

    def removed(self, message_id: str) -> None:
        """A message is gone."""

    def reacted(self, message_id: str, emoji: str, person: Person, *, adds: bool) -> None:
        """A reaction came or went."""

    def typed(self, channel: str) -> None:
        """The bot is typing in a channel."""

    def changed(self) -> None:
        """Channels or commands are others than before."""

    def acknowledged(self, interaction_id: str) -> None:
        """An interaction got its initial response."""

    def dispatched(self, dispatched: Dispatched) -> None:
        """An event was handed to the sessions."""

    def served(self, served: Served) -> None:
        """A call was answered."""
