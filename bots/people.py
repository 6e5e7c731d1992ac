"""How commands name a person: by a platform and their id there."""

import click

from core.messages import Author, Platform

CHATS = (Platform.SLACK, Platform.DISCORD, Platform.TELEGRAM)

platform_argument = click.argument("platform", type=click.Choice([chat.value for chat in CHATS]))
id_argument = click.argument("user_id", metavar="ID")
space_option = click.option(
    "--space", default="", metavar="TEAM", help="Slack only: the id of the team, T..."
)


def author_of(platform: str, user_id: str, space: str) -> Author:
    """The person; a `UsageError` where a team is missing or too much."""
    if (platform == Platform.SLACK) != bool(space):
        raise click.UsageError(
            "Slack's user ids are only unique within a team: give --space there, and only there."
        )
    return Author(platform=Platform(platform), scope=space, id=user_id)
