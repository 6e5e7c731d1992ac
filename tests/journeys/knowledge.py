"""What the organization of the journeys knows."""

from adapters.stores.postgres.connection import open_pool
from adapters.stores.postgres.knowledge import PostgresKnowledge
from bots.embedded import Addresses
from core.entries import NewEntry

ENTRIES = (
    NewEntry(
        phrasings=("How do I reset my password?", "I forgot my password"),
        answer="Open the *account page* and choose **Reset password**.",
        source="it-handbook.md",
    ),
    NewEntry(
        phrasings=("Where do I find the holiday calendar?",),
        answer="The calendar is pinned in the team space.",
        source="people.md",
    ),
    NewEntry(
        phrasings=("How do I install the build tools?",),
        answer="Run this:\n\n```bash\n"
        + "\n".join(f"install-tool --number {n} --verbose" for n in range(700))
        + "\n```\n\nThen restart your terminal.",
        source="dev.md",
    ),
)

NAMES = (
    *("amber", "birch", "cedar", "daisy", "ebony", "fern", "grape", "hazel"),
    *("iris", "jade", "kiwi", "lemon", "maple", "nutmeg", "olive"),
)
GATES = tuple(
    NewEntry(
        phrasings=(f"What is the code of the {name} gate?",),
        answer=f"The {name} gate opens with {number * 37 + 1000}.",
        source="gates.md",
    )
    for number, name in enumerate(NAMES)
)


async def teach(addresses: Addresses, *entries: NewEntry) -> None:
    """Put entries into the default organization."""
    async with open_pool(addresses.postgres_dsn) as pool:
        organization = await pool.fetchval("SELECT id FROM organizations WHERE is_default")
        await PostgresKnowledge(pool).save(organization, entries or ENTRIES)
