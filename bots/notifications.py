"""`trialogue notifications`: what a person is told beside their conversations."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.options import database_options
from bots.people import author_of, id_argument, platform_argument, space_option
from bots.person import Stores, with_person

if TYPE_CHECKING:
    from core.ports.notifications import Notifications

NOTHING = "Nothing in the last 30 days."


@click.command()
@platform_argument
@id_argument
@space_option
@click.option("--read", "mark_read", is_flag=True, help="Note that all of it has been read.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@database_options
def notifications(
    *,
    platform: str,
    user_id: str,
    space: str,
    mark_read: bool,
    as_json: bool,
    **where: Any,
) -> None:
    """Show what a person was told of: questions answered later, and how much is used."""

    async def work(stores: Stores, found: UUID) -> "Notifications":
        service = stores.notifications()
        listed = await service.of(found)
        if not mark_read:
            return listed
        await service.mark_read(found)
        return await service.of(found)

    author = author_of(platform, user_id, space)
    listed = with_person(author, work, **where)
    if as_json:
        import orjson

        click.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2).decode())
        return
    for one in listed.latest:
        click.echo(f"{one.at:%Y-%m-%d %H:%M}  {one.text}")
    click.echo(f"{listed.unread} of them unread." if listed.latest else NOTHING)
