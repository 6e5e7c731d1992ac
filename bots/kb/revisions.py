"""`trialogue kb history` and `undo`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from bots.kb.working import knowledge_options, print_json, print_table, with_knowledge
from bots.place import Place

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from core.ports.knowledge import Revision

COMMAND_LINE = "command line"


@click.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@knowledge_options
def history(*, limit: int, as_json: bool, **where: Any) -> None:
    """Show what was changed when and by whom, the latest first."""
    found = with_knowledge(Place(**where), lambda service, org: service.history(org, limit=limit))
    if as_json:
        print_json([asdict(revision) for revision in found])
    elif not found:
        click.echo("Nothing was ever changed.")
    else:
        print_table(
            ("Revision", "When (UTC)", "What", "Entries", "Who"),
            [
                (
                    str(revision.number),
                    f"{revision.at:%Y-%m-%d %H:%M}",
                    _what(revision),
                    _entries(revision),
                    str(revision.by or COMMAND_LINE),
                )
                for revision in found
            ],
        )


@click.command()
@knowledge_options
def undo(*, as_json: bool, **where: Any) -> None:
    """Take back the latest change that is not taken back yet; again takes back the one before."""
    undone = with_knowledge(Place(**where), lambda service, org: service.undo(org, by=None))
    if as_json:
        print_json(asdict(undone) if undone else None)
    elif undone is None:
        click.echo("There is nothing to take back.")
    else:
        taken = undone.undid
        click.echo(
            f"Revision {taken.number} ({taken.action}: {_entries(taken)}) is taken back, by"
            f" revision {undone.revision}."
        )


def _what(revision: "Revision") -> str:
    if revision.undoes is not None:
        return f"{revision.action} of {revision.undoes}"
    return f"{revision.action}, taken back" if revision.undone else revision.action


def _entries(revision: "Revision") -> str:
    parts = (
        (revision.added, "added"),
        (revision.changed, "changed"),
        (revision.removed, "removed"),
    )
    return ", ".join(f"{number} {name}" for number, name in parts if number)
