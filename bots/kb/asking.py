"""`trialogue kb search`, `explain`, `gaps` and `popular`: what people ask, and what they get."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.kb.working import (
    knowledge_options,
    print_json,
    print_table,
    short,
    short_id,
    with_knowledge,
)
from bots.place import Place

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from core.entries import Passage
    from core.knowledge.clusters import Cluster
    from core.knowledge.explaining import Explanation, Reason
    from core.knowledge.service import KnowledgeService
    from core.ports.gaps import Gap

LOOKED_AT = 50
"""Questions that are looked at for each line: those that mean the same share one."""


@click.command()
@click.argument("question")
@knowledge_options
def search(*, question: str, as_json: bool, **where: Any) -> None:
    """Show which entries fit a question, and what the bot would do: answer, ask back or pass."""
    passages = with_knowledge(
        Place(**where),
        lambda service, org: service.search(org, question, audience=None),
        asking=True,
    )
    if as_json:
        print_json(_passage_objects(passages))
        return
    if passages:
        print_table(
            ("Confidence", "Question", "Answer", "Source"),
            [_passage_row(passage) for passage in passages],
        )
    click.echo(_done_with(passages))


@click.command()
@click.argument("question")
@click.option("--limit", type=click.IntRange(1, 24), default=3, show_default=True)
@knowledge_options
def explain(*, question: str, limit: int, as_json: bool, **where: Any) -> None:
    """Say why the bot answers a question as it does, and what would help."""
    found = with_knowledge(
        Place(**where),
        lambda service, org: service.explain(org, question, limit=limit),
        asking=True,
    )
    if as_json:
        print_json(asdict(found))
        return
    if found.reasons:
        print_table(
            ("Id", "Confidence", "Nearest phrasing", "Words of the question", "Only for"),
            [_reason_row(reason) for reason in found.reasons],
        )
    for line in _told(found):
        click.echo(line)


@click.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@click.option("--dismiss", metavar="QUESTION", help="Take it off the list until it is asked again.")
@knowledge_options
def gaps(*, limit: int, dismiss: str | None, as_json: bool, **where: Any) -> None:
    """Show the questions that had no answer, the most frequent first.

    Those that mean nearly the same stand on one line, by the one that was asked
    most.
    """
    from core.knowledge.clusters import clustered

    async def look(
        service: "KnowledgeService", organization_id: UUID
    ) -> "tuple[Sequence[Gap], int]":
        if dismiss is not None:
            await _dismissed(service, organization_id, dismiss)
        found = await service.gaps(organization_id, limit=LOOKED_AT * limit)
        return found, await service.count_gaps(organization_id)

    found, count = with_knowledge(Place(**where), look)
    clusters = clustered(found)[:limit]
    more = count - sum(len(cluster.gaps) for cluster in clusters)
    if dismiss is not None and not as_json:
        click.echo(f"Dismissed, until somebody asks it again: {dismiss}")
    if as_json:
        print_json([_cluster_object(cluster) for cluster in clusters])
    elif not clusters:
        click.echo("Every question so far had an answer, or was dismissed.")
    else:
        print_table(
            ("Asked", "Last", "Question", "And like it"),
            [
                (
                    str(cluster.times),
                    f"{cluster.last_asked_at:%Y-%m-%d}",
                    short(cluster.question),
                    _others(cluster),
                )
                for cluster in clusters
            ],
        )
        if more > 0:
            click.echo(f"And {more:,} more: --limit {2 * limit} shows more of them.")


@click.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@knowledge_options
def popular(*, limit: int, as_json: bool, **where: Any) -> None:
    """Show what people ask often; a question counts half after a week."""
    from bots.popular import popular_questions

    found = popular_questions(Place(**where), limit=limit)
    if as_json:
        print_json([asdict(one) for one in found])
    elif not found:
        click.echo("Nobody has asked anything lately.")
    else:
        rows = [(f"{one.asked:.1f}", short(one.question)) for one in found]
        print_table(("Asked", "Question"), rows)


async def _dismissed(service: "KnowledgeService", organization_id: UUID, question: str) -> None:
    from core.errors import UserError

    if not await service.dismiss_gap(organization_id, question):
        raise UserError(
            f"No question without an answer reads “{question}”: `trialogue kb gaps --json` shows"
            " them whole."
        )


def _others(cluster: "Cluster") -> str:
    more = len(cluster.gaps) - 1
    if not more:
        return ""
    return f"{more}: {short(cluster.gaps[1].question, 60)}{'' if more == 1 else ' …'}"


def _cluster_object(cluster: "Cluster") -> dict[str, object]:
    return {
        "question": cluster.question,
        "times": cluster.times,
        "last_asked_at": cluster.last_asked_at,
        "gaps": [asdict(gap) for gap in cluster.gaps],
    }


def _told(found: "Explanation") -> Sequence[str]:
    read_as = found.read_as if found.read_as != " ".join(found.question.lower().split()) else ""
    return [
        *([f"It is read as: {read_as}"] if read_as else []),
        *found.why,
        _done_with([reason.passage for reason in found.reasons]),
    ]


def _done_with(passages: "Sequence[Passage]") -> str:
    """What the bot does with what it found: the same as in chat."""
    from core.answers.look_up import worth_offering
    from core.entries import Band

    if not passages or passages[0].band is Band.UNKNOWN:
        return "The bot does not know."
    if passages[0].band is Band.ANSWER:
        return "The bot answers with the first."
    questions = [f"“{short(one.title or one.question)}”" for one in worth_offering(passages)]
    if len(questions) == 1:
        return f"The bot is not sure: it asks whether {questions[0]} was meant."
    *others, last = questions
    return f"The bot is not sure: it asks which was meant, {', '.join(others)} or {last}."


def _reason_row(reason: "Reason") -> tuple[str, ...]:
    words = (("in it", reason.shared), ("in the entry", reason.told), ("not asked", reason.lacking))
    return (
        short_id(reason.entry.id),
        f"{reason.passage.score:.2f}",
        short(reason.passage.question),
        "; ".join(f"{where}: {', '.join(found)}" for where, found in words if found),
        ", ".join(reason.entry.audience),
    )


def _passage_row(passage: "Passage") -> tuple[str, ...]:
    return (f"{passage.score:.2f}", passage.question, short(passage.answer), passage.source)


def _passage_objects(passages: "Sequence[Passage]") -> list[dict[str, object]]:
    from core.answers.look_up import worth_offering
    from core.entries import Band

    asks_back = passages and passages[0].band is Band.OFFER
    offered = {one.entry_id for one in worth_offering(passages)} if asks_back else ()
    return [
        {
            "confidence": passage.score,
            "answers": passage.band is Band.ANSWER,
            "offered": passage.entry_id in offered,
            "question": passage.question,
            "answer": passage.answer,
            "source": passage.source,
            "entry_id": str(passage.entry_id),
        }
        for passage in passages
    ]
