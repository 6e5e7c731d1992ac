"""`trialogue kb history`, `undo` and `redo`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from bots.kb.working import knowledge_options, print_json, print_table, short, with_knowledge
from bots.place import Place

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from core.knowledge.editing import Undone
    from core.ports.knowledge import Revision

SHOWN = 60  # characters of a question


@click.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@knowledge_options
def history(*, limit: int, as_json: bool, **where: Any) -> None:
    """Show what was changed when and by whom, the latest first."""
    from core.kb.telling import changes_in, maker

    found = with_knowledge(Place(**where), lambda service, org: service.history(org, limit=limit))
    if as_json:
        print_json([asdict(revision) for revision in found])
    elif not found:
        click.echo("Nothing was ever changed.")
    else:
        print_table(
            ("No.", "When (UTC)", "What", "Entries", "First question", "Who"),
            [
                (
                    str(revision.number),
                    f"{revision.at:%Y-%m-%d %H:%M}",
                    _what(revision),
                    changes_in(revision),
                    short(revision.question, SHOWN),
                    maker(revision).removeprefix("the "),
                )
                for revision in found
            ],
            narrow=("No.", "When (UTC)", "What", "First question", "Who"),
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
        click.echo(_done(undone, "is taken back"))
        click.echo("`trialogue kb redo` makes it again.")


@click.command()
@knowledge_options
def redo(*, as_json: bool, **where: Any) -> None:
    """Make the change again that the latest undo took back; again makes the one before it."""
    redone = with_knowledge(Place(**where), lambda service, org: service.redo(org, by=None))
    if as_json:
        print_json(asdict(redone) if redone else None)
    elif redone is None:
        click.echo("Nothing was taken back that could be made again.")
    else:
        click.echo(_done(redone, f"is taken back: revision {redone.undid.undoes} holds again"))


def _done(undone: "Undone", what: str) -> str:
    """What was reversed, in a sentence that names whose it was and what it was about."""
    from core.kb.telling import changes_in, maker, quoted

    taken = undone.undid
    questions = quoted([short(question, SHOWN) for question in undone.questions])
    return (
        f"Revision {taken.number} ({taken.action} by {maker(taken)}: {changes_in(taken)}) {what},"
        f" by revision {undone.revision}: {questions}."
    )


def _what(revision: "Revision") -> str:
    of = "" if revision.undoes is None else f" of {revision.undoes}"
    return f"{revision.action}{of}{', taken back' if revision.undone else ''}"
