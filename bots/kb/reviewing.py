"""`trialogue kb review`: what was proposed, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.kb.working import (
    counted,
    knowledge_options,
    print_json,
    print_table,
    short,
    with_knowledge,
)
from bots.place import Place

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from core.entries import Entry
    from core.knowledge.service import KnowledgeService
    from core.ports.proposals import Proposal

KINDS = {"phrasing": "a way to ask", "entry": "an entry", "review": "look at the answer"}


@click.command()
@click.option("--accept", multiple=True, type=click.UUID, metavar="ID", help="Do what is proposed.")
@click.option(
    "--decline", multiple=True, type=click.UUID, metavar="ID", help="Leave it, once and for all."
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@knowledge_options
def review(
    *, accept: Sequence[UUID], decline: Sequence[UUID], limit: int, as_json: bool, **where: Any
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


def _decide(
    place: Place, accept: Sequence[UUID], decline: Sequence[UUID], *, as_json: bool
) -> None:
    from core.errors import UserError

    async def work(service: "KnowledgeService", organization_id: UUID) -> list[dict[str, Any]]:
        done = []
        for proposal_id in accept:
            accepted = await service.accept(organization_id, proposal_id, by=None)
            done.append(_outcome(proposal_id, accepted, "accepted"))
        for proposal_id in decline:
            declined = await service.decline(organization_id, proposal_id, by=None)
            done.append(_outcome(proposal_id, declined, "declined"))
        return done

    decided = with_knowledge(place, work)
    gone = [one["id"] for one in decided if one["outcome"] is None]
    if as_json:
        print_json(decided)
    else:
        told = len(decided) - len(gone)
        click.echo(f"{counted(told, 'proposal', 'proposals')} decided.")
    if gone:
        raise UserError(f"No such proposal waits for a decision: {', '.join(map(str, gone))}.")


def _outcome(proposal_id: UUID, found: "Entry | Proposal | None", outcome: str) -> dict[str, Any]:
    return {"id": proposal_id, "outcome": outcome if found else None}


def _row(proposal: "Proposal", entries: dict[UUID, "Entry"]) -> tuple[str, ...]:
    entry = entries.get(proposal.entry_id) if proposal.entry_id else None
    answer = proposal.answer or (entry.answer if entry else "")
    return (
        str(proposal.id),
        str(proposal.times),
        KINDS[proposal.kind],
        short(proposal.question),
        short(answer),
        short(proposal.reason or proposal.source),
    )
