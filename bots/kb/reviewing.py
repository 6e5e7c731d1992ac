"""`trialogue kb review`: what was proposed, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.kb.working import (
    is_named,
    knowledge_options,
    print_json,
    print_table,
    short,
    short_id,
    with_knowledge,
)
from bots.place import Place
from core.wording import counted

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from core.entries import Entry
    from core.knowledge.service import KnowledgeService
    from core.ports.proposals import Proposal

GONE = "No proposal {named} waits for a decision: `trialogue kb review` shows those that do."
MOST_WAITING = 100_000
KINDS = {"phrasing": "a way to ask", "entry": "an entry", "review": "look at the answer"}


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a proposal."""

    id: UUID
    outcome: str


@click.command()
@click.option("--accept", multiple=True, metavar="ID", help="Do what is proposed.")
@click.option("--decline", multiple=True, metavar="ID", help="Leave it, once and for all.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@knowledge_options
def review(
    *, accept: Sequence[str], decline: Sequence[str], limit: int, as_json: bool, **where: Any
) -> None:
    """Show what was proposed, the most frequent first; or decide it by its id.

    A way to ask is given to its entry, an entry is added. A review is about an
    answer that did not help: edit the entry, then accept it.
    """
    if accept or decline:
        _decide(Place(**where), accept, decline, as_json=as_json)
        return

    async def work(
        service: "KnowledgeService", organization_id: UUID
    ) -> tuple[Sequence["Proposal"], dict[UUID, "Entry"]]:
        found = await service.proposals(organization_id, limit=limit)
        about = [one.entry_id for one in found if one.entry_id]
        entries = await service.store.find(organization_id, about)
        return found, {entry.id: entry for entry in entries}

    found, entries = with_knowledge(Place(**where), work)
    if as_json:
        print_json([asdict(proposal) for proposal in found])
    elif not found:
        click.echo("Nothing waits for a decision.")
    else:
        print_table(
            ("Id", "Times", "What", "Question", "Answer", "Said"),
            [_row(proposal, entries) for proposal in found],
        )
        click.echo("Decide with `trialogue kb review --accept ID` or `--decline ID`.")


def _decide(place: Place, accept: Sequence[str], decline: Sequence[str], *, as_json: bool) -> None:
    from core.errors import UserError

    async def work(service: "KnowledgeService", organization_id: UUID) -> list[Decided]:
        waiting = await service.proposals(organization_id, limit=MOST_WAITING)
        done = [Decided(_meant(named, waiting), "accepted") for named in accept]
        done += [Decided(_meant(named, waiting), "declined") for named in decline]
        for one in done:
            decide = service.accept if one.outcome == "accepted" else service.decline
            if await decide(organization_id, one.id, by=None) is None:
                raise UserError(GONE.format(named=one.id))
        return done

    decided = with_knowledge(place, work)
    if as_json:
        print_json([asdict(one) for one in decided])
    else:
        click.echo(f"{counted(len(decided), 'proposal')} decided.")


def _meant(named: str, waiting: Sequence["Proposal"]) -> UUID:
    """The proposal that is meant by all of its id, or its end as it is shown."""
    from core.errors import UserError

    found = [one.id for one in waiting if is_named(one.id, named)]
    if not found:
        raise UserError(GONE.format(named=named))
    if len(found) > 1:
        raise UserError(
            f"Several ids end in {named}. Give one whole: {', '.join(map(str, found))}."
        )
    return found[0]


def _row(proposal: "Proposal", entries: dict[UUID, "Entry"]) -> tuple[str, ...]:
    entry = entries.get(proposal.entry_id) if proposal.entry_id else None
    answer = proposal.answer or (entry.answer if entry else "")
    return (
        short_id(proposal.id),
        str(proposal.times),
        KINDS[proposal.kind],
        short(proposal.question),
        short(answer),
        short(proposal.reason or proposal.source),
    )
