"""A document in passages: cut at its headings, then between its paragraphs."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.entries import NewEntry
from core.errors import UserError
from core.knowledge.importing.rows import (
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    LONGEST_SOURCE,
    distinct,
    one_line,
)
from core.splitting import split
from core.text import clean

LONGEST_PASSAGE = 1_200  # characters, about
LONGEST_HEADING = 200
MOST_PASSAGES = 20_000
SLAB = 20_000  # characters that are cut at once: the time for it grows with their square
BETWEEN_HEADINGS = " › "
ASKS = ("?", "？", "؟")
FENCE = re.compile(r"(`{3,}|~{3,}).*")
UNSEEN = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
"""What nobody sees and a machine would read: soft hyphens, directions, Unicode's tags."""
LIGATURES = {letter: unicodedata.normalize("NFKC", chr(letter)) for letter in range(0xFB00, 0xFB07)}
"""One sign for two letters, as typesetters have it and nobody types: ﬁ, ﬂ."""
CONTROL = re.compile(r"[\x01-\x08\x0b-\x1f\x7f]")
NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What stands below a heading. `headings` lead to it, the outermost first.

    `blocks` are its paragraphs, lists, tables and code in CommonMark. `place` is its name within
    the document, as behind the `#` of an address.
    """

    headings: tuple[str, ...]
    blocks: tuple[str, ...]
    place: str = ""


def to_passages(sections: Iterable[Section], *, source: str, title: str) -> tuple[NewEntry, ...]:
    """Return the passages of a document in their order.

    A heading that asks has what stands below it as its answer. `UserError`: there are too many.
    """
    entries: list[NewEntry] = []
    for section in sections:
        entries += _entries(section, source=source, title=title)
        if len(entries) > MOST_PASSAGES:
            raise UserError(
                f"{source}: it has more than {MOST_PASSAGES:,} passages. Import it in parts."
            )
    return tuple(entries)


def tidy(text: str) -> str:
    """Text without what nobody sees; its lines stay."""
    lines = clean(text.replace("\r\n", "\n").replace("\r", "\n"))
    return CONTROL.sub("", UNSEEN.sub("", lines.translate(LIGATURES)))


def heading_of(text: str) -> str:
    """A heading on one line, cut where it is none any more."""
    line = one_line(tidy(text))
    return line if len(line) <= LONGEST_HEADING else f"{line[: LONGEST_HEADING - 1]}…"


@dataclass(slots=True)
class Anchors:
    """Names for places in a document, as GitHub makes them: repeated ones are numbered."""

    seen: dict[str, int]

    def name(self, title: str) -> str:
        """The name of the next heading."""
        anchor = NOT_IN_ANCHORS.sub("", title.lower()).replace(" ", "-")
        count = self.seen[anchor] = self.seen.get(anchor, -1) + 1
        return f"{anchor}-{count}" if count else anchor


def _entries(section: Section, *, source: str, title: str) -> Iterator[NewEntry]:
    blocks = [block for block in map(tidy, section.blocks) if any(map(str.isalnum, block))]
    if not blocks:
        return
    headings = distinct(map(heading_of, section.headings)) or (heading_of(title),)
    place = (f"{source}#{section.place}" if section.place else source)[:LONGEST_SOURCE]
    whole = "\n\n".join(blocks)
    if headings[-1].endswith(ASKS) and len(whole) <= LONGEST_ANSWER:
        yield NewEntry(
            phrasings=(headings[-1],), answer=whole, keywords=headings[1:-1], source=place
        )
        return
    path = BETWEEN_HEADINGS.join(headings)[: LONGEST_QUESTION - 10].rstrip()
    for number, answer in enumerate(_packed(blocks), start=1):
        phrasing = path if number == 1 else f"{path} ({number})"
        yield NewEntry(phrasings=(phrasing,), answer=answer, source=place, passage=True)


def _packed(blocks: Sequence[str]) -> Iterator[str]:
    """As many blocks together as go into a passage; one that is too long is cut."""
    kept: list[str] = []
    length = 0
    slabs = (slab for block in blocks for slab in _slabs(block) if slab.strip())
    for block in (part for slab in slabs for part in split(slab, LONGEST_PASSAGE)):
        if kept and length + len(block) > LONGEST_PASSAGE:
            yield "\n\n".join(kept)
            kept, length = [], 0
        kept.append(block)
        length += len(block) + 2
    if kept:
        yield "\n\n".join(kept)


def _slabs(block: str) -> Iterator[str]:
    """A block in parts that are cut one by one, each code of its own where the block is code."""
    fence = FENCE.match(block)
    while len(block) > SLAB:
        at = max(block.rfind("\n", SLAB // 2, SLAB), 0) or block.rfind(" ", SLAB // 2, SLAB) + 1
        at = at or SLAB
        yield f"{block[:at]}\n{fence[1]}" if fence else block[:at]
        block = f"{fence[0]}\n{block[at:].lstrip(chr(10))}" if fence else block[at:]
    yield block
