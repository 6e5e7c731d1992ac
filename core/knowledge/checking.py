"""What an entry may hold: the bounds, and a sentence for what is beyond them."""

from collections.abc import Iterator, Sequence

from core.entries import NewEntry
from core.errors import UserError
from core.knowledge.audience import audience_problem, language_problem
from core.knowledge.importing.rows import (
    LONGEST_ANSWER,
    LONGEST_KEYWORD,
    LONGEST_QUESTION,
    LONGEST_SOURCE,
    MOST_KEYWORDS,
    NO_SOURCE,
    distinct,
    one_line,
    tidy_answer,
)
from core.text import UNSTORABLE, normalise

MOST_PHRASINGS = 1_000
MOST_AUDIENCES = 50


def checked(new: NewEntry) -> NewEntry:
    """An entry as it is kept: tidy, and fit to be. `UserError` says everything that is wrong."""
    tidied = tidy(new)
    problems = list(problems_of(tidied))
    if len(tidied.phrasings) > MOST_PHRASINGS:
        problems.append(f"more than {MOST_PHRASINGS:,} phrasings")
    if problems:
        raise UserError(
            f"This cannot be an entry: {'; '.join(problems)}. Nothing was written: mend that and"
            " try again."
        )
    return tidied


def tidy(new: NewEntry) -> NewEntry:
    """The same entry with texts on one line, an answer without blank edges, and no repeats."""
    return NewEntry(
        phrasings=distinct(new.phrasings),
        answer=tidy_answer(new.answer),
        keywords=distinct(new.keywords),
        source="" if one_line(new.source) == NO_SOURCE else one_line(new.source),
        tags=distinct(new.tags),
        language=one_line(new.language).lower(),
        audience=distinct(new.audience),
        passage=new.passage,
    )


def problems_of(new: NewEntry) -> Iterator[str]:
    """Everything that is wrong with a tidy entry."""
    if not new.phrasings:
        yield "the question is missing"
    if not new.answer:
        yield "the answer is missing"
    for name, texts, most in (
        ("keywords", new.keywords, MOST_KEYWORDS),
        ("tags", new.tags, MOST_KEYWORDS),
        ("audiences", new.audience, MOST_AUDIENCES),
    ):
        if len(texts) > most:
            yield f"more than {most} {name}"
    for name, text, longest in (
        *(("question", phrasing, LONGEST_QUESTION) for phrasing in new.phrasings),
        ("answer", new.answer, LONGEST_ANSWER),
        *(("keyword", keyword, LONGEST_KEYWORD) for keyword in new.keywords[:MOST_KEYWORDS]),
        *(("tag", tag, LONGEST_KEYWORD) for tag in new.tags[:MOST_KEYWORDS]),
        ("source", new.source, LONGEST_SOURCE),
    ):
        yield from _problems_of_text(name, text, longest)
    found = (language_problem(new.language), *map(audience_problem, new.audience[:MOST_AUDIENCES]))
    yield from (problem for problem in found if problem)


def union(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """The first ones, and those of the second that are none of them."""
    known = {normalise(text) for text in first}
    return (*first, *(text for text in second if normalise(text) not in known))


def _problems_of_text(name: str, text: str, longest: int) -> Iterator[str]:
    if len(text) > longest:
        yield f"the {name} has {len(text):,} characters, {longest:,} are allowed"
    if UNSTORABLE.search(text):
        yield f"the {name} has a NUL or another character that is no text"
