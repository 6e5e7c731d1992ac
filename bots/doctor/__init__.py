"""`trialogue doctor`: what is wrong here, and what to do about it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bots.options import database_options

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from bots.doctor.report import Finding


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@database_options
def doctor(*, as_json: bool, embedded: bool, data_dir: Path | None) -> None:
    """Look at settings, databases and tokens, and say what is wrong and how to mend it.

    Nothing is changed. Exit code 1 when something is broken. Warnings are no failure.
    """
    from bots.doctor.report import in_short, is_broken, to_json, to_line

    findings = _examine(embedded=embedded, data_dir=data_dir)
    if as_json:
        click.echo(to_json(findings))
    else:
        for finding in findings:
            click.echo(to_line(finding))
        click.echo(in_short(findings))
    if is_broken(findings):
        raise click.exceptions.Exit(1)


def _examine(*, embedded: bool, data_dir: Path | None) -> Sequence["Finding"]:
    """All findings, with no secret in them."""
    from bots.doctor.all import all_checks
    from bots.doctor.checks import examine
    from bots.doctor.databases import find_databases
    from bots.doctor.report import without_secrets
    from bots.doctor.settings import examine_settings
    from bots.logs import configure_logs
    from bots.redaction import Redaction
    from bots.running import run

    settings, findings = examine_settings(**({"data_dir": data_dir} if data_dir else {}))
    configure_logs("ERROR", settings.log_format, secrets=settings.secrets())
    databases = find_databases(settings, embedded=embedded)
    results: list[Finding] = []

    async def work() -> None:
        results.extend(await examine(all_checks(databases)))

    run(work)
    redact = Redaction((*settings.secrets(), *databases.settings.secrets())).text
    return [without_secrets(finding, redact) for finding in (*findings, *results)]
