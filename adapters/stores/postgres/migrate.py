"""Bring a database to the schema of this version."""

import io
from collections.abc import Sequence
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x7472_6961_6C6F_6775  # "trialogu": two replicas that migrate at once take turns


async def migrate(owner_dsn: str, to: str = "head") -> None:
    """Run what is missing up to a revision, in one transaction, as the owner of the tables."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(owner_dsn),
        poolclass=NullPool,
    )
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            await connection.run_sync(_upgrade, to)
    finally:
        await engine.dispose()


def migration_sql() -> str:
    """Return everything `migrate` would run on an empty database."""
    output = io.StringIO()
    config = _config()
    config.output_buffer = output
    command.upgrade(config, "head", sql=True)
    return output.getvalue()


def revisions() -> Sequence[str]:
    """Every revision that this version knows, the newest one first."""
    script = ScriptDirectory.from_config(_config())
    return tuple(revision.revision for revision in script.walk_revisions())


def _upgrade(connection: Connection, to: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
