"""How far a move of turns has come, so that it goes on from there."""

from dataclasses import dataclass

from adapters.stores.scylla.cql import Cql, Write
from adapters.stores.scylla.times import MICROSECOND, UNIX_EPOCH, microseconds
from core.ports.threads import TurnKey

NAME = "threads"

NOTE = """
INSERT INTO moves (name, conversation_id, at_microseconds, turn_id, turns) VALUES (?, ?, ?, ?, ?)
"""
NOTED = "SELECT conversation_id, at_microseconds, turn_id, turns FROM moves WHERE name = ?"
FORGET = "DELETE FROM moves WHERE name = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The last turn that has arrived, and how many have."""

    last: TurnKey
    turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """The note of a move that is not finished."""

    cql: Cql

    async def noted(self) -> Moved | None:
        """Where the move was cut off; None where none was."""
        for conversation_id, at, turn_id, turns in await self.cql.fetch(NOTED, NAME):
            last = TurnKey(conversation_id, UNIX_EPOCH + at * MICROSECOND, turn_id)
            return Moved(last=last, turns=turns)
        return None

    async def note(self, moved: Moved) -> None:
        """Remember how far it has come."""
        conversation_id, at, turn_id = moved.last
        row = (NAME, conversation_id, microseconds(at), turn_id, moved.turns)
        await self.cql.write([Write(NOTE, row)])

    async def finished(self) -> None:
        """Begin from the start the next time."""
        await self.cql.write([Write(FORGET, (NAME,))])
