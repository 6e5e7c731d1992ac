"""What every kind of file comes down to: rows with a place, checked and gathered to entries."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from core.entries import NewEntry
from core.errors import UserError
from core.knowledge.audience import audience_problem, language_problem
from core.ports.documents import Reading
from core.text import UNSTORABLE, normalise
from core.wording import counted

LONGEST_QUESTION = 1_000  # characters
LONGEST_ANSWER = 20_000
LONGEST_KEYWORD = 100
LONGEST_SOURCE = 500
MOST_KEYWORDS = 100
SHOWN = 20  # problems that are shown one by one
NO_SOURCE = "-"
"""A row's source that is none: an empty one is the file."""
BETWEEN_LABELS = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^;|,]*))\s*(?:[;|,]|$)')
BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")
INDENTED = ("    ", "\t")

Said = TypeVar("Said", str, tuple[str, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One place of a file that gives an answer, such as `row 3`."""

    place: str
    questions: Sequence[str]
    answer: str
    keywords: Sequence[str] = ()
    source: str = ""
    tags: Sequence[str] = ()
    language: str = ""
    audience: Sequence[str] = ()
    passage: bool = False


@dataclass(slots=True)
class Problems:
    """Everything that is wrong with a file, by place and reason."""

    name: str
    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, place: str, reason: str) -> None:
        """Note a problem and go on."""
        self.found.append((place, reason))

    def refuse(self) -> None:
        """Raise one `UserError` with all of them in the order of the file, if there are any."""
        if not self.found:
            return
        more = len(self.found) - SHOWN
        ordered = sorted(self.found, key=lambda problem: _numbers(problem[0]))
        lines = [f"{place}: {reason}" for place, reason in ordered[:SHOWN]]
        lines += [f"and {more} more"] if more > 0 else []
        problems = counted(len(self.found), "problem")
        raise UserError("\n  ".join([f"{self.name} has {problems}:", *lines]))


def gather(rows: Iterable[Row], *, source: str, problems: Problems) -> Reading:
    """Make entries of rows: those with one answer and source are phrasings of one entry."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in (replace(row, answer=tidy_answer(row.answer)) for row in rows):
        _check(row, problems)
        origin = one_line(row.source) or source
        key = (row.answer, "" if origin == NO_SOURCE else origin)
        groups.setdefault(key, []).append(row)
    entries = tuple(
        NewEntry(
            phrasings=distinct(question for row in group for question in row.questions),
            answer=answer,
            keywords=distinct(keyword for row in group for keyword in row.keywords),
            source=origin,
            tags=distinct(tag for row in group for tag in row.tags),
            language=_agreed("language", group, _language, problems),
            audience=_agreed("audience", group, _audience, problems),
            passage=any(row.passage for row in group),
        )
        for (answer, origin), group in groups.items()
    )
    if not entries and not problems.found:
        problems.add("the file", "it holds no question with an answer")
    return Reading(entries=entries, notes=tuple(_contradictions(groups, problems.name)))


def labels_in(cell: str) -> list[str]:
    """The keywords, tags or audiences of one cell, between `;`, `|` or `,`.

    One with such a character in it stands in quotes, which are doubled inside.
    """
    found = []
    for match in BETWEEN_LABELS.finditer(cell):
        quoted, plain = match.groups()
        found.append(plain if quoted is None else quoted.replace('""', '"'))
    return [label.strip() for label in found if label.strip()]


def tidy_answer(text: str) -> str:
    """An answer without blank lines around it; it may begin with code that is indented."""
    text = BLANK_LINES.sub("", text.replace("\r\n", "\n").replace("\r", "\n").rstrip())
    return text if text.startswith(INDENTED) else text.lstrip()


def one_line(text: str) -> str:
    """Text on one line, with single spaces."""
    return " ".join(text.split())


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts on one line each, without the empty ones and repeats that differ in case or spaces."""
    found: dict[str, str] = {}
    for text in map(one_line, texts):
        found.setdefault(normalise(text) or text, text)
    return tuple(text for text in found.values() if text)


def _language(row: Row) -> str:
    return one_line(row.language).lower()


def _audience(row: Row) -> tuple[str, ...]:
    return distinct(row.audience)


def _agreed(name: str, group: Sequence[Row], of: Callable[[Row], Said], problems: Problems) -> Said:
    """What the rows of one entry say; those that say nothing agree with the others."""
    first = next((row for row in group if of(row)), group[0])
    for row in group:
        if of(row) and set(of(row)) != set(of(first)):
            problems.add(
                row.place,
                f"its answer and source are those of {first.place}, and its {name} is another one;"
                " give it another source",
            )
    return of(first)


def _numbers(place: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", place)]


def _check(row: Row, problems: Problems) -> None:
    if not any(question.strip() for question in row.questions):
        problems.add(row.place, "the question is missing")
    if not row.answer:
        problems.add(row.place, "the answer is missing")
    _check_labels(row, problems)
    fields = [
        *(("question", question, LONGEST_QUESTION) for question in row.questions),
        ("answer", row.answer, LONGEST_ANSWER),
        *(("keyword", keyword, LONGEST_KEYWORD) for keyword in row.keywords[:MOST_KEYWORDS]),
        *(("tag", tag, LONGEST_KEYWORD) for tag in row.tags[:MOST_KEYWORDS]),
        ("source", row.source, LONGEST_SOURCE),
    ]
    for name, text, longest in fields:
        if len(text) > longest:
            problems.add(
                row.place, f"the {name} has {len(text):,} characters, {longest:,} are allowed"
            )
        if UNSTORABLE.search(text):
            problems.add(row.place, f"the {name} has a NUL or another character that is no text")


def _check_labels(row: Row, problems: Problems) -> None:
    for name, labels in (
        ("keywords", row.keywords),
        ("tags", row.tags),
        ("audiences", row.audience),
    ):
        if len(labels) > MOST_KEYWORDS:
            problems.add(row.place, f"more than {MOST_KEYWORDS} {name}")
    for problem in (language_problem(_language(row)), *map(audience_problem, _audience(row))):
        if problem:
            problems.add(row.place, problem)


def _contradictions(groups: dict[tuple[str, str], list[Row]], name: str) -> Iterable[str]:
    """Questions that have one answer here and another one there: the later one will be given."""
    first: dict[str, tuple[tuple[str, str], str]] = {}
    for key, group in groups.items():
        for row in group:
            for question in row.questions:
                known, place = first.setdefault(normalise(question), (key, row.place))
                if known != key:
                    yield f"{name}: {row.place} answers the question of {place} differently."
