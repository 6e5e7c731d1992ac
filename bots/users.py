"""`trialogue users`: who may ask, on which plan, and who is an admin."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.options import database_options
from bots.people import author_of, id_argument, newcomer, platform_argument, space_option
from bots.place import Place, organization_option, run_in
from bots.plans import LIMIT
from core.accounts import Resource
from core.errors import UserError
from core.messages import Author
from core.usage.reports import plain_name
from core.wording import counted

if TYPE_CHECKING:
    from asyncpg import Pool, Record

    from adapters.stores.postgres.invitations import Member

PLANS = ("guest", "free", "pro", "enterprise")
ROLES = ("member", "admin", "owner")
UNKNOWN = (
    "Nobody with the id {id} is known on {platform}: they write first, or `users invite` them."
)
REMOVED = (
    "{id} may not ask any more where ACCESS=invite. With ACCESS=members, who is still in a"
    " connected space comes back with their next message."
)


@click.group()
def users() -> None:
    """Say who may ask, on which plan, and who is an admin."""


@users.command()
@platform_argument
@id_argument
@space_option
@organization_option
@database_options
def invite(*, platform: str, user_id: str, space: str, **where: Any) -> None:
    """Let a person in where ACCESS=invite, by their user id on a platform."""
    author = newcomer(platform, user_id, space)

    async def work(pool: "Pool[Record]", organization_id: UUID) -> bool:
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.invitations import invite_author

        return await invite_author(Database(pool=pool), organization_id, author)

    added = run_in(Place(**where), work)
    click.echo(f"{user_id} may ask now." if added else f"{user_id} could ask already.")


@users.command()
@platform_argument
@id_argument
@click.argument("plan", type=click.Choice(PLANS))
@space_option
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day, in UTC, on which the plan ends; the free one follows.",
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    type=LIMIT,
    help="Enterprise only: a limit of their own by the month, storage in bytes; or `none`.",
)
@organization_option
@database_options
def plan(
    *,
    platform: str,
    user_id: str,
    plan: str,
    space: str,
    until: datetime | None,
    limits: Sequence[tuple[Resource, int | None]],
    **where: Any,
) -> None:
    """Give a person a plan, from now on."""
    author = author_of(platform, user_id, space)
    end = _checked_end(until)
    if limits and plan != "enterprise":
        raise click.UsageError("Only people on the plan enterprise have limits of their own.")

    async def work(pool: "Pool[Record]", _: UUID) -> bool:
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.plans import set_plan

        return await set_plan(Database(pool=pool), author, plan, until=end, limits=dict(limits))

    _known(run_in(Place(**where), work), author)
    click.echo(f"{user_id} is on the plan {plan}{f' until {end:%Y-%m-%d}' if end else ''}.")


@users.command()
@platform_argument
@id_argument
@click.argument("role", type=click.Choice(ROLES))
@space_option
@organization_option
@database_options
def role(*, platform: str, user_id: str, role: str, space: str, **where: Any) -> None:
    """Make a person an admin of the organization, or a member again."""
    author = author_of(platform, user_id, space)

    async def work(pool: "Pool[Record]", organization_id: UUID) -> bool:
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.plans import set_role

        return await set_role(Database(pool=pool), organization_id, author, role)

    _known(run_in(Place(**where), work), author)
    click.echo(f"{user_id} is {'a' if role == 'member' else 'an'} {role} now.")


@users.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave so many out first.")
@organization_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@database_options
def list_(*, limit: int, offset: int, as_json: bool, **where: Any) -> None:
    """Show who may ask, their role, plan and messages of this month."""

    async def work(pool: "Pool[Record]", organization_id: UUID) -> "Sequence[Member]":
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.invitations import list_members

        database = Database(pool=pool)
        return await list_members(database, organization_id, limit=limit, offset=offset)

    members = run_in(Place(**where), work)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in members], indent=2))
        return
    for one in members:
        space = f" (in {one.space})" if one.space else ""
        state = "" if one.active else ", suspended"
        name = f"{plain_name(one.name)}, " if one.name else ""
        used = f"{counted(one.messages, 'message')} this month"
        about = f"{name}{one.role}, {one.plan}, {used}{state}"
        click.echo(f"{one.platform} {one.id}{space}: {about}")
    if not members:
        click.echo("Nobody yet.")


@users.command()
@platform_argument
@id_argument
@space_option
@organization_option
@database_options
def remove(*, platform: str, user_id: str, space: str, **where: Any) -> None:
    """Let a person in no longer where ACCESS=invite; their plan and what they said stay."""
    author = author_of(platform, user_id, space)

    async def work(pool: "Pool[Record]", organization_id: UUID) -> bool:
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.invitations import remove_author

        return await remove_author(Database(pool=pool), organization_id, author)

    removed = run_in(Place(**where), work)
    click.echo(REMOVED.format(id=user_id) if removed else f"{user_id} was not in.")


def _checked_end(until: datetime | None) -> datetime | None:
    if until is None:
        return None
    end = until.replace(tzinfo=UTC)
    if end <= datetime.now(UTC):
        raise click.UsageError("--until names a day that has begun: the plan would be over.")
    return end


def _known(known: bool, author: Author) -> None:
    if not known:
        raise UserError(UNKNOWN.format(id=author.id, platform=author.platform.value))
