"""Every turn there is, in the order of its key: for moving them elsewhere."""

from collections.abc import Sequence

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.threads import FIRST, to_turn
from core.ports.threads import LOWEST, Turn, TurnKey

COUNT = "SELECT count_turns() AS turns"
AFTER = "SELECT * FROM turns_after($1, $2, $3, $4)"
BEFORE_ALL = TurnKey(LOWEST, FIRST, LOWEST)


async def count_turns(database: Database) -> int:
    """How many there are."""
    turns: int = (await database.fetch(COUNT))[0]["turns"]
    return turns


async def turns_after(database: Database, last: TurnKey | None, *, limit: int) -> Sequence[Turn]:
    """The next ones after a turn, or the first."""
    rows = await database.fetch(AFTER, *(last or BEFORE_ALL), limit)
    return [to_turn(row) for row in rows]
