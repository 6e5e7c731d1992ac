"""How commands name a person: by a platform and their id there."""

import re
from collections.abc import Mapping

import click

from core.messages import Author, Platform

CHATS = (Platform.SLACK, Platform.DISCORD, Platform.TELEGRAM)

NUMBER = re.compile(r"[0-9]{1,20}")
SLACK_PERSON, SLACK_SPACE = re.compile(r"[UW][A-Z0-9]{0,30}"), re.compile(r"[TE][A-Z0-9]{0,30}")
FORMS: Mapping[Platform, tuple[re.Pattern[str], str]] = {
    Platform.SLACK: (
        SLACK_PERSON,
        "Slack's user ids begin with U or W: in a person's profile, the three dots, Copy member ID",
    ),
    Platform.DISCORD: (
        NUMBER,
        "Discord's user ids are numbers: switch Developer Mode on, and a person's menu has theirs",
    ),
    Platform.TELEGRAM: (
        NUMBER,
        "Telegram's user ids are numbers, and no @names: @userinfobot tells people theirs",
    ),
}
"""What a person's id looks like on each platform, and where it is found."""

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


def newcomer(platform: str, user_id: str, space: str) -> Author:
    """Somebody who has yet to write; a `UsageError` where nobody can have this id."""
    author = author_of(platform, user_id, space)
    form, sentence = FORMS[author.platform]
    if not form.fullmatch(user_id):
        raise click.UsageError(f"{user_id!r} is no id. {sentence}.")
    if space and not SLACK_SPACE.fullmatch(space):
        raise click.UsageError(f"{space!r} is no id. Those of Slack's teams begin with T or E.")
    return author
