"""`trialogue users`: who may ask."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from bots.options import database_options
from bots.place import Place, organization_option, run_in
from core.messages import Author, Platform

if TYPE_CHECKING:
    from asyncpg import Pool, Record

CHATS = (Platform.SLACK, Platform.DISCORD, Platform.TELEGRAM)


@click.group()
def users() -> None:
    """Say who may ask."""


@users.command()
@click.argument("platform", type=click.Choice([chat.value for chat in CHATS]))
@click.argument("user_id", metavar="ID")
@click.option("--space", default="", metavar="TEAM", help="Slack only: the id of the team, T...")
@organization_option
@database_options
def invite(
    *,
    platform: str,
    user_id: str,
    space: str,
    organization: str,
    embedded: bool,
    data_dir: Path | None,
) -> None:
    """Let a person in where ACCESS=invite, by their user id on a platform."""
    if (platform == Platform.SLACK) != bool(space):
        raise click.UsageError(
            "Slack's user ids are only unique within a team: give --space there, and only there."
        )
    author = Author(platform=Platform(platform), scope=space, id=user_id)

    async def work(pool: "Pool[Record]", organization_id: UUID) -> bool:
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.invitations import invite_author

        return await invite_author(Database(pool=pool), organization_id, author)

    place = Place(organization=organization, embedded=embedded, data_dir=data_dir)
    added = run_in(place, work)
    click.echo(f"{user_id} may ask now." if added else f"{user_id} could ask already.")
