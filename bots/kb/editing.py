"""`trialogue kb add`, `edit` and `remove`."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click

from bots.kb.working import is_named, knowledge_options, print_json, with_knowledge
from bots.place import Place

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from core.entries import Entry, NewEntry
    from core.knowledge.service import KnowledgeService

Command = TypeVar("Command", bound=Callable[..., Any])
EMPTY = ("",)
"""What empties a list: an option that is given once, with nothing in it."""


def _labels(command: Command) -> Command:
    """Add what else is known of an entry."""
    for option in (
        click.option("--source", help="Where the answer is from; shown below it."),
        click.option("--keyword", "keywords", multiple=True, help="A word it is found by too."),
        click.option("--tag", "tags", multiple=True, help="A word to sort entries by."),
        click.option("--language", help="A tag such as de; any language without it."),
        click.option(
            "--audience",
            multiple=True,
            help="Who may be shown it: role:admin, or channel:PLATFORM:SPACE:CHANNEL.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("question")
@click.argument("answer")
@click.option("--phrasing", "phrasings", multiple=True, help="Another way to ask for it.")
@_labels
@knowledge_options
def add(*, question: str, answer: str, as_json: bool, **given: Any) -> None:
    """Add an entry. Where its source has the same answer, that one gets the question."""
    from core.entries import NewEntry

    fields, where = _apart(given)
    phrasings = (question, *fields.pop("phrasings", ()))
    new = NewEntry(phrasings=phrasings, answer=answer, **fields)
    entry = with_knowledge(Place(**where), lambda service, org: service.add(org, new, by=None))
    _print("Added", entry, as_json=as_json)


@click.command()
@click.argument("entry", metavar="ID|QUESTION")
@click.option("--answer", help="The answer that it has from now on.")
@click.option("--question", help="Its first phrasing from now on; the others stay.")
@click.option("--phrasing", "phrasings", multiple=True, help="Another way to ask for it.")
@click.option("--forget", multiple=True, metavar="PHRASING", help="A way to ask that goes.")
@_labels
@knowledge_options
def edit(*, entry: str, as_json: bool, **given: Any) -> None:
    """Change the entry with this id, or that is asked for with exactly this question.

    What is not given stays. Keywords, tags and audiences are replaced by those
    that are given; an empty one empties them.
    """
    fields, where = _apart(given)
    if not fields:
        raise click.UsageError("Say what is to change, such as --answer.")

    async def work(service: "KnowledgeService", organization_id: UUID) -> "Entry":
        old = await _find(service, organization_id, entry)
        new = _changed(old, fields)
        return await service.edit(organization_id, old.id, new, by=None)

    _print("Changed", with_knowledge(Place(**where), work), as_json=as_json)


@click.command()
@click.argument("entry", metavar="ID|QUESTION")
@knowledge_options
def remove(*, entry: str, as_json: bool, **where: Any) -> None:
    """Remove the entry with this id, or that is asked for with exactly this question."""

    async def work(service: "KnowledgeService", organization_id: UUID) -> "Entry":
        found = await _find(service, organization_id, entry)
        removed = await service.remove_entry(organization_id, found.id, by=None)
        return removed or found

    _print("Removed", with_knowledge(Place(**where), work), as_json=as_json)


def _apart(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was said of the entry, and of where it is."""
    where = {name: given.pop(name) for name in ("organization", "embedded", "data_dir")}
    said = {name: value for name, value in given.items() if value not in (None, ())}
    return {name: () if value == EMPTY else value for name, value in said.items()}, where


def _changed(old: "Entry", fields: dict[str, Any]) -> "NewEntry":
    """The entry with what was said. `UserError`: a phrasing to forget that it does not have."""
    from core.errors import UserError
    from core.text import normalise

    said = dict(fields)
    first, *others = old.phrasings
    asked = (said.pop("question", first), *others, *said.pop("phrasings", ()))
    forgotten = {normalise(one): one for one in said.pop("forget", ())}
    for unknown in forgotten.keys() - set(map(normalise, old.phrasings)):
        raise UserError(
            f"The entry is not asked for with “{forgotten[unknown]}”: `trialogue kb"
            " export` shows every phrasing."
        )
    left = tuple(one for one in asked if normalise(one) not in forgotten)
    return replace(old, phrasings=left, **said)


async def _find(service: "KnowledgeService", organization_id: UUID, named: str) -> "Entry":
    """The entry that is meant. `UserError` without one, or with several."""
    from core.errors import UserError

    found = await service.asked_with(organization_id, named)
    if not found:
        entries = await service.export(organization_id)
        found = [entry for entry in entries if is_named(entry.id, named)]
    if not found:
        raise UserError(
            "No entry has this id or is asked for with these words: `trialogue kb search` shows"
            " how entries are asked for, `trialogue kb list` their ids."
        )
    if len(found) > 1:
        ids = "\n".join(f"  {one.id}  {one.source}" for one in found)
        raise UserError(f"{len(found)} entries are meant by this. Name one by its id:\n{ids}")
    return found[0]


def _print(done: str, entry: "Entry", *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(entry))
        return
    source = f" ({entry.source})" if entry.source else ""
    click.echo(f"{done}: {entry.phrasings[0]}{source}")
