"""`trialogue manifest`: what the platforms have to know before the bot can connect."""

import json
from collections.abc import Mapping
from pathlib import Path

import click

from core.errors import UserError

EXAMPLE_URL = "https://bot.example.org"

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _check_url(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.startswith("https://"):
        raise click.BadParameter(f"it must begin with https://, as in {EXAMPLE_URL}.")
    return value


def _check_id(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.isdecimal():
        raise click.BadParameter("it is a number: General Information in the developer portal.")
    return value


url_option = click.option(
    "--url",
    metavar="URL",
    callback=_check_url,
    help="The bot's address as the platform reaches it.",
)


@click.group()
def manifest() -> None:
    """Print what a platform has to know before the bot can connect."""


@manifest.command()
@url_option
@click.option(
    "--agent-view/--no-agent-view",
    default=True,
    show_default=True,
    help="Be one of Slack's agents. Slack lets no guest use those, and an app stays one for good.",
)
@json_option
def slack(*, url: str | None, agent_view: bool, as_json: bool) -> None:
    """Print the manifest of a Slack app: Socket Mode, or requests to --url."""
    from bots.manifests.slack import slack_manifest, slack_yaml

    made = slack_manifest(url=url, agent_view=agent_view)
    click.echo(_json(made) if as_json else slack_yaml(made), nl=False)


@manifest.command()
@click.option(
    "--application-id",
    metavar="ID",
    callback=_check_id,
    help="For the invite link; DISCORD_APPLICATION_ID if not given.",
)
@url_option
@json_option
def discord(*, application_id: str | None, url: str | None, as_json: bool) -> None:
    """Print the invite link, the permissions and the commands for Discord."""
    from bots.manifests.discord import discord_manifest, discord_text
    from bots.options import settings_for
    from bots.parts import Part

    known = application_id or settings_for(needed={Part.SERVICE}).discord_application_id
    if as_json:
        click.echo(_json(discord_manifest(application_id=known, url=url)), nl=False)
    else:
        click.echo(discord_text(application_id=known, url=url), nl=False)


@manifest.command()
@json_option
def telegram(*, as_json: bool) -> None:
    """Print what to tell Telegram's BotFather."""
    from bots.manifests.telegram import telegram_manifest, telegram_text

    click.echo(_json(telegram_manifest()) if as_json else telegram_text(), nl=False)


@manifest.command("all")
@click.option(
    "--write",
    "directory",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The directory to write to.",
)
def write_all(*, directory: Path) -> None:
    """Write the files for all platforms, as they are in manifests/."""
    for name, text in manifest_files().items():
        file = directory / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UserError(f"{file} cannot be written: {error.strerror}.") from error
        click.echo(file)


def manifest_files() -> Mapping[str, str]:
    """The files of `manifests/` by their paths in it."""
    from bots.manifests.discord import discord_commands
    from bots.manifests.slack import slack_manifest, slack_yaml
    from bots.manifests.telegram import telegram_commands

    return {
        "slack/manifest-socket-mode.yaml": slack_yaml(slack_manifest()),
        "slack/manifest-http.yaml": slack_yaml(slack_manifest(url=EXAMPLE_URL)),
        "discord/commands.json": discord_commands(),
        "telegram/commands.txt": telegram_commands(),
    }


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
