"""Who may edit what an organization knows."""

from dataclasses import replace
from uuid import uuid4

import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.roles import PostgresRoles
from bots.embedded import Addresses
from tests.stores.people import add_person, open_owner


@pytest.mark.parametrize(("role", "may"), [("member", False), ("admin", True), ("owner", True)])
async def test_admins_and_owners_are_admins_of_their_own_organization_alone(
    addresses: Addresses, role: str, may: bool
) -> None:
    async with open_owner(addresses) as owner:
        person = await add_person(owner, role=role)
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=1) as pool:
        roles = PostgresRoles(database=Database(pool=pool))
        assert await roles.is_admin(person) is may
        assert not await roles.is_admin(replace(person, organization_id=uuid4()))
        assert not await roles.is_admin(replace(person, user_id=uuid4()))
