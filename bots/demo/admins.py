"""Let the sample's admins be admins of the bot, too."""

from collections.abc import Iterable, Sequence

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.invitations import invite_author
from adapters.stores.postgres.organizations import find_organization
from adapters.stores.postgres.plans import set_role
from bots.embedded import Addresses
from simulator.playground.scene import Scene
from simulator.playground.values import Person


async def appoint(addresses: Addresses, scenes: Iterable[Scene], people: Sequence[Person]) -> None:
    """Make them admins on each platform, where they may not have written yet."""
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=1) as pool:
        database = Database(pool=pool)
        organization = await find_organization(database, "")
        for scene in scenes:
            for person in people:
                if person.admin:
                    author = scene.author(person.name)
                    await invite_author(database, organization, author)
                    await set_role(database, organization, author, "admin")
