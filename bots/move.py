"""Move turns from PostgreSQL to ScyllaDB, on from where it was cut off."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bots.settings import Settings
from core.errors import ConfigurationError, UnavailableError, UserError
from core.ports.threads import Threads

if TYPE_CHECKING:
    from adapters.stores.postgres.connection import Database
    from adapters.stores.scylla.moves import Moves

BATCH = 200  # turns

Progress = Callable[[int, int], None]
"""Called with how many turns have arrived, and how many there are."""


async def move_threads(settings: Settings, progress: Progress) -> int:
    """Copy every turn; how many have arrived. Those in PostgreSQL stay where they are."""
    from adapters.stores.postgres.connection import Database, open_pool
    from adapters.stores.scylla.moves import Moves
    from bots.threads import open_scylla, prepare_scylla

    dsn = settings.postgres_owner_dsn or settings.postgres_dsn
    if settings.scylla is None or dsn is None:
        raise ConfigurationError("SCYLLA_HOST is not set: it says where the turns are to go.")
    await prepare_scylla(settings)
    async with (
        open_pool(dsn.get_secret_value(), size=2) as pool,
        open_scylla(settings.scylla, Database(pool=pool)) as (opened, connection),
    ):
        moves = Moves(cql=connection.cql)
        try:
            return await move(Database(pool=pool), opened.store, moves, progress)
        except UnavailableError as error:
            raise UserError(
                f"The move was cut off ({error}). Run the same command again: it goes on from where"
                " it stopped."
            ) from error


async def move(database: "Database", threads: Threads, moves: "Moves", progress: Progress) -> int:
    """Copy batch after batch in the order of the key, noting each."""
    from adapters.stores.postgres.all_turns import count_turns, turns_after
    from adapters.stores.scylla.moves import Moved

    noted = await moves.noted()
    last, arrived = (noted.last, noted.turns) if noted else (None, 0)
    total = await count_turns(database)
    progress(arrived, total)
    while turns := await turns_after(database, last, limit=BATCH):
        await threads.append(turns)
        last, arrived = turns[-1].key, arrived + len(turns)
        await moves.note(Moved(last=last, turns=arrived))
        progress(arrived, total)
    await moves.finished()
    return arrived
