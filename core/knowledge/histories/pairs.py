"""Questions of a history with the answers that were accepted, as proposals.

A question is a message that begins a thread or is replied to, and has a sentence with a question
mark. Its answer is a reply by somebody else who is no bot: the first that carries a ✅, else the
first that the asker likes, else the last one before the asker gives thanks. Others are left out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.knowledge.histories.names import Names
from core.knowledge.histories.said import Said, Talk
from core.ports.proposals import NewProposal, ProposalKind

LONGEST_QUESTION = 300  # characters; of a longer message the question itself is taken
LONGEST_MESSAGE = 2_000
LONGEST_ANSWER = 4_000
LEAST_WORDS = 3
LEAST_ANSWER = 15  # characters
LONGEST_THANKS = 120

ASKS = re.compile(r"[?？؟](?=[\s\"')\]]|\Z)")
SENTENCE = re.compile(r"[^.!?？؟\n]+[?？؟]")
THANKS = re.compile(
    r"\b(?:thank(?:s| you)|thx|cheers|(?:that|it) (?:worked|works|helped|did it)|works now|solved"
    r"|danke|merci|gracias|grazie|obrigad[oa]|dank je|dziękuję|спасибо)\b|ありがとう|谢谢|감사",
    re.IGNORECASE,
)
NOT_YET = re.compile(
    r"[?？؟]|\b(?:but|however|unfortunately|still|aber|leider|mais|pero|not|doesn't|didn't)\b",
    re.IGNORECASE,
)
CHECKED, LIKED, THANKED = (
    "A reply that was marked with a ✅.",
    "A reply that the asker liked.",
    "A reply that the asker gave thanks for.",
)


def proposals_of(talk: Talk) -> Iterator[NewProposal]:
    """The pairs of a talk, without the names of its people."""
    names = Names.of(talk.names)
    for asked, replies in _threads(talk.messages):
        found = _accepted(asked, replies)
        if found is None:
            continue
        answered, reason = found
        question = _question(names.taken_out(asked.text))
        answer = names.taken_out(answered.text)
        if question and LEAST_ANSWER <= len(answer) <= LONGEST_ANSWER:
            source = f"{talk.place}, {answered.day}" if answered.day else talk.place
            yield NewProposal(
                kind=ProposalKind.ENTRY,
                question=question,
                answer=answer,
                source=source,
                reason=reason,
            )


def _threads(messages: Sequence[Said]) -> Iterator[tuple[Said, Sequence[Said]]]:
    """Each question with what was said below it, in order."""
    known = {said.id: said for said in messages}
    below: dict[str, list[Said]] = {}
    for said in messages:
        root = _root(said, known)
        if root is not None and root.id != said.id:
            below.setdefault(root.id, []).append(said)
    for root_id, replies in below.items():
        asked = known[root_id]
        if not asked.by_a_bot and len(asked.text) <= LONGEST_MESSAGE and ASKS.search(asked.text):
            yield asked, replies


def _root(said: Said, known: Mapping[str, Said]) -> Said | None:
    """The message that began what this one belongs to; None where it is not in the export."""
    seen = set[str]()
    while said.below and said.below != said.id:
        if said.below not in known or said.id in seen:
            return None
        seen.add(said.id)
        said = known[said.below]
    return said


def _accepted(asked: Said, replies: Sequence[Said]) -> tuple[Said, str] | None:
    others = [said for said in replies if said.author != asked.author and not said.by_a_bot]
    for said in others:
        if said.checked:
            return said, CHECKED
    for said in others:
        if asked.author in said.liked_by:
            return said, LIKED
    thanked = _thanked(asked, replies, {said.id: said for said in others})
    return (thanked, THANKED) if thanked else None


def _thanked(asked: Said, replies: Iterable[Said], others: Mapping[str, Said]) -> Said | None:
    last: Said | None = None
    for said in replies:
        if said.id in others:
            last = said
        elif said.author == asked.author and last is not None and _gives_thanks(said.text):
            return others.get(said.below, last)
    return None


def _gives_thanks(text: str) -> bool:
    return len(text) <= LONGEST_THANKS and bool(THANKS.search(text)) and not NOT_YET.search(text)


def _question(text: str) -> str:
    """The question on one line: all of a short message, else its last sentence that asks."""
    line = " ".join(text.split())
    if len(line) > LONGEST_QUESTION:
        asking = [found.group().strip() for found in SENTENCE.finditer(line)]
        line = asking[-1] if asking else ""
    return line if len(line.split()) >= LEAST_WORDS and len(line) <= LONGEST_QUESTION else ""
