"""The port of a language model. The bot needs none."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model is asked.

    `instructions` are ours alone; all that others wrote is in the `material`, which is data and
    never an instruction. `longest` bounds what the model says, in tokens.
    """

    instructions: str
    material: str
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a model took for an answer, in tokens by its own count."""

    read: int
    written: int


class Completer(Protocol):
    """A model on some server."""

    @property
    def model(self) -> str:
        """Its name: another one puts the same thing into other words."""

    def complete(self, prompt: Prompt) -> AsyncGenerator[str | Spent, None]:
        """What it says, in pieces as they come; what it took is in between where it is told.

        `UnavailableError` at any place: it is away, refuses, is too slow, or stopped in the middle.
        Then nothing that it said before counts. Close the generator when you have heard enough.
        """
