"""Bring the demo's knowledge into its database."""

from collections.abc import Sequence
from pathlib import Path

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.migrate import migrate
from adapters.stores.postgres.organizations import find_organization
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.knowledge.importing import read_entries
from core.ports.knowledge import ImportReport


async def prepare(addresses: Addresses, files: Sequence[Path]) -> ImportReport:
    """Bring the database up to date, and the files' entries into it; only differences are new."""
    await migrate(addresses.postgres_owner_dsn)
    entries = [
        entry for file in files for entry in read_entries(file.name, file.read_bytes()).entries
    ]
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=2) as pool:
        organization = await find_organization(Database(pool=pool), "")
        return await knowledge_in(pool).import_entries(organization, entries)
