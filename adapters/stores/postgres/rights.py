"""What the database's roles may do: what of it is missing, and how it comes back.

Roles belong to a server, not to a database: a backup that is restored onto another server finds
none, and every right that names one is lost.
"""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from adapters.stores.postgres.connection import APPLICATION_ROLE
from core.errors import UserError

MISSING = Path(__file__).parent / "migrations" / "rights.sql"
CREATES_ROLE = "CREATE ROLE "

ROLE_EXISTS = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
INHERITS = "SELECT pg_has_role(current_user, $1, 'USAGE')"
LOGIN = "SELECT quote_ident(session_user)"
STRANGE_OWNER = """
SELECT pg_get_userbyid(relowner)
  FROM pg_class
 WHERE oid = to_regclass('public.alembic_version')
   AND NOT pg_has_role(current_user, relowner, 'MEMBER')
"""
MAY_NOT_CREATE_ROLES = (
    "The roles trialogue_app and trialogue_bot are not on this server, and {login} may not create"
    " them. As PostgreSQL's administrator run `CREATE ROLE trialogue_app`, `CREATE ROLE"
    " trialogue_bot` and `GRANT trialogue_app, trialogue_bot TO {login} WITH ADMIN OPTION`, then"
    " `trialogue migrate` again."
)
NOT_THE_OWNER = (
    "The tables belong to {owner}, and {login} is not allowed to change them: set"
    " POSTGRES_OWNER_DSN to a login of {owner}. After a restore by another login, restore again as"
    " the owner, with `pg_restore --no-owner`."
)
NOT_OURS_TO_GIVE = "{login} may not give all rights that the bot needs: as the owner run {missing}."


async def missing_rights(connection: asyncpg.Connection) -> Sequence[str]:
    """The statements that would give what the roles lack, on the newest schema; any login sees."""
    sql = MISSING.read_text(encoding="utf-8")
    return [row["statement"] for row in await connection.fetch(sql)]


async def create_roles(connection: asyncpg.Connection) -> None:
    """Create the roles that this server lacks; migrations after the first count on them."""
    missing = [one for one in await missing_rights(connection) if one.startswith(CREATES_ROLE)]
    if not missing:
        return
    try:
        for statement in missing:
            await _try(connection, statement)
    except asyncpg.InsufficientPrivilegeError as error:
        login = await connection.fetchval(LOGIN)
        raise UserError(MAY_NOT_CREATE_ROLES.format(login=login)) from error
    # Since PostgreSQL 16 who made a role still has to allow itself to become it.
    if not await may_become_bot(connection):
        await _try(connection, f"GRANT {APPLICATION_ROLE} TO CURRENT_USER")


async def repair_rights(connection: asyncpg.Connection) -> None:
    """Give what is missing, as the owner of the tables. `UserError` says what it may not give."""
    await create_roles(connection)
    for statement in await missing_rights(connection):
        await connection.execute(statement)
    left = await missing_rights(connection)
    if left:  # PostgreSQL only warns of what somebody cannot grant
        login, missing = await connection.fetchval(LOGIN), "; ".join(left)
        raise UserError(NOT_OURS_TO_GIVE.format(login=login, missing=f"`{missing}`"))


async def _try(connection: asyncpg.Connection, statement: str) -> None:
    """Run it, unless another database of this server does so at the same moment."""
    try:
        async with connection.transaction():
            await connection.execute(statement)
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        pass


async def may_become_bot(connection: asyncpg.Connection) -> bool:
    """Whether the login may act as the bot's role, which is there."""
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL ROLE {APPLICATION_ROLE}")
            await connection.execute("RESET ROLE")
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True


async def has_bots_rights(connection: asyncpg.Connection) -> bool:
    """Whether the login has the rights of the bot's role without becoming it."""
    return bool(await connection.fetchval(INHERITS, APPLICATION_ROLE))


async def bot_exists(connection: asyncpg.Connection) -> bool:
    """Whether this server has the bot's role."""
    return bool(await connection.fetchval(ROLE_EXISTS, APPLICATION_ROLE))


async def grant_to_login(connection: asyncpg.Connection) -> str:
    """The statement that lets this login become the bot's role."""
    return f"GRANT {APPLICATION_ROLE} TO {await connection.fetchval(LOGIN)}"


async def check_owner(connection: asyncpg.Connection) -> None:
    """Raise `UserError` unless the tables, if there are any, are this login's to change."""
    owner = await connection.fetchval(STRANGE_OWNER)
    if owner is not None:
        login = await connection.fetchval(LOGIN)
        raise UserError(NOT_THE_OWNER.format(owner=owner, login=login))
