"""Options that several commands share, and how they become settings."""

import functools
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from bots.parts import Part

if TYPE_CHECKING:  # the help of a command is shown without reading what configures it
    from bots.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def database_options(command: Command) -> Command:
    """Add `--embedded` and `--data-dir`; the command gets `embedded: bool, data_dir: Path | None`.

    A directory that is named means the databases in it: `embedded` is then true.
    """

    @functools.wraps(command)
    def with_databases(*, embedded: bool, data_dir: Path | None, **others: Any) -> Any:
        return command(embedded=embedded or data_dir is not None, data_dir=data_dir, **others)

    for option in (
        click.option(
            "--data-dir",
            type=click.Path(file_okay=False, path_type=Path),
            help="Where they keep their data, .trialogue if not given; implies --embedded.",
        ),
        click.option(
            "--embedded",
            is_flag=True,
            help="Run PostgreSQL and Valkey here, or use those that another command runs here.",
        ),
    ):
        with_databases = option(with_databases)
    return cast("Command", with_databases)


def settings_for(
    data_dir: Path | None = None, *, needed: Collection[Part] = (), service: bool = False
) -> "Settings":
    """Read the settings and set up logging by them.

    The log of a service is its output; other commands have a result there and log beside it. A
    service needs all settings, other commands those of the parts that are `needed`: what is wrong
    with the rest is not theirs to say.
    """
    from bots.logs import configure_logs
    from bots.settings import check_platforms, read_settings

    given = {"data_dir": data_dir} if data_dir else {}
    parts = tuple(Part) if service else (Part.COMMAND, *needed)
    settings = read_settings(parts, **given)
    if service:
        check_platforms(settings)
    output = sys.stdout.buffer if service else sys.stderr.buffer
    level = settings.log_level if service or settings.log_level != "INFO" else "WARNING"
    configure_logs(level, settings.log_format, secrets=settings.secrets(), output=output)
    return settings
