"""Whether what a language model says rests on the passages that it was given."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from core.answers.prompts import REFUSAL, shown
from core.entries import Passage

CITATION = re.compile(r"\[(\d{1,4}(?:\s*,\s*\d{1,4})*)\]")
LIST_MARK = re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE)
FIGURE = re.compile(r"\d+")
LINK = re.compile(
    r"(?:(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://|www\.|mailto:)[^\s<>()\[\]\"'`]+"
    r"|(?<=\]\()\s*[^\s()]+"
    r"|(?<![\w.-])[\w-]+(?:\.[\w-]+)+/[^\s<>()\[\]\"'`]*",
    re.IGNORECASE,
)
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:", re.MULTILINE)


def cited_in(text: str, passages: Sequence[Passage]) -> Mapping[int, Passage]:
    """The passages that an answer names, by their numbers and in their order."""
    numbers = _numbers(text)
    return {number: one for number, one in enumerate(passages, start=1) if number in numbers}


def objection_to(text: str, question: str, passages: Sequence[Passage]) -> str:
    """Why an answer is not given to people, in a word; empty when nothing speaks against it."""
    if not text or REFUSAL in text:
        return "refused"
    numbers = _numbers(text)
    if not numbers:
        return "no_citation"
    if not numbers <= set(range(1, len(passages) + 1)):
        return "unknown_passage"
    cited = cited_in(text, passages).values()
    told = [part for one in cited for part in (one.question, shown(one), one.source)]
    if REFERENCE.search(text) or not _links([text]) <= _links(told):
        return "foreign_link"
    if not _figures(text) <= _figures(question, *told):
        return "foreign_number"
    return ""


def adds_to(text: str, told: Iterable[str]) -> bool:
    """Whether a question in other words has a link, or a number that nobody said."""
    linked = LINK.search(text) or REFERENCE.search(text)
    return bool(linked) or not _figures(text) <= _figures(*told)


def _numbers(text: str) -> set[int]:
    return {int(one) for found in CITATION.finditer(text) for one in found[1].split(",")}


def _links(texts: Iterable[str]) -> set[str]:
    return {link.strip().rstrip(".,;:!?") for text in texts for link in LINK.findall(text)}


def _figures(*texts: str) -> set[str]:
    """The numbers in texts as digits: `1,000` is 1 and 000 wherever it is copied exactly."""
    found = set()
    for text in texts:
        plain = LIST_MARK.sub(" ", CITATION.sub(" ", unicodedata.normalize("NFKC", text)))
        found.update(FIGURE.findall(plain))
    return found
