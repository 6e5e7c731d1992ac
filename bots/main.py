"""The command line: `trialogue`, or `python -m bots`."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from bots.options import database_options, settings_for
from core.errors import BotError, ConfigurationError

LATER = {
    "demo": "bots.demo",
    "doctor": "bots.doctor",
    "files": "bots.files",
    "kb": "bots.kb",
    "manifest": "bots.manifest",
    "migrate": "bots.migrate",
    "notifications": "bots.notifications",
    "plans": "bots.plans",
    "privacy": "bots.privacy",
    "retention": "bots.retention",
    "setup": "bots.setup",
    "settings": "bots.reference",
    "simulate": "bots.simulate",
    "stats": "bots.stats",
    "troubles": "bots.troubles",
    "users": "bots.users",
}
"""Commands that are loaded when they are asked for: name and module."""


class Misuse(click.ClickException):
    """The command or the settings are wrong."""

    exit_code = 2


class Trouble(click.ClickException):
    """All was said rightly, and it did not work."""

    exit_code = 1


class Root(click.Group):
    """Turns what goes wrong into one sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what can be expected to go wrong shows no traceback."""
        try:
            return super().invoke(ctx)
        except (BotError, ExceptionGroup) as error:
            known = _known(error)
            if known is None:
                raise
            failure = Misuse if isinstance(known, ConfigurationError) else Trouble
            raise failure(str(known)) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands by name."""
        return sorted([*super().list_commands(ctx), *LATER])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command, loading it if need be."""
        module = LATER.get(cmd_name)
        if module is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(module), cmd_name)
        return command


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trialogue", message="trialogue %(version)s")
def cli() -> None:
    """Answer your team's questions in Slack, Discord and Telegram.

    Settings are environment variables, or lines of a file .env in this directory. A platform is
    connected when its token is set: SLACK_BOT_TOKEN, DISCORD_TOKEN, TELEGRAM_BOT_TOKEN.
    """


@cli.command()
@database_options
def up(*, embedded: bool, data_dir: Path | None) -> None:
    """Bring the databases up to date and run the bot."""
    settings = settings_for(data_dir, service=True)
    from bots.databases import databases
    from bots.preparing import prepare_postgres
    from bots.running import run

    async def work() -> None:
        async with databases(settings, embedded=embedded, attach=False) as complete:
            await prepare_postgres(complete)
            from bots import app

            await app.run(complete, prepare=True)

    run(work)


@cli.command()
@database_options
def serve(*, embedded: bool, data_dir: Path | None) -> None:
    """Run the bot on a database that is up to date."""
    settings = settings_for(data_dir, service=True)
    from bots.databases import databases
    from bots.running import run

    async def work() -> None:
        async with databases(settings, embedded=embedded) as complete:
            from bots import app

            await app.run(complete)

    run(work)


def _known(error: BaseException) -> BotError | None:
    """Our own error, alone or in a group; None when something else is there."""
    if isinstance(error, BaseExceptionGroup):
        ours, others = error.split(BotError)
        return _known(error.exceptions[0]) if ours and not others else None
    return error if isinstance(error, BotError) else None


def main() -> None:
    """Run the command line; what nobody expected is logged like everything else."""
    try:
        cli(prog_name="trialogue")
    except Exception:  # noqa: BLE001 (the end of the line: logged with its traceback)
        import structlog

        from bots.logs import configure_logs

        if not structlog.is_configured():
            configure_logs(output=sys.stderr.buffer)
        structlog.get_logger().exception("command_failed")
        sys.exit(Trouble.exit_code)
