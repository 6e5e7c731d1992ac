"""Build what an index holds from the entries that an organization has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.entries import Entry
from core.knowledge.audiences import audiences_of, documents_of
from core.knowledge.features import Reading, read
from core.knowledge.phrasings import Phrasings, outdone
from core.knowledge.postings import Builder, Floats, Numbers, Postings, Shape
from core.knowledge.reader import Reader
from core.knowledge.spelling import Spelling, build_spelling
from core.knowledge.texts import KINDS, Texts, cuts, likeness, own_words
from core.knowledge.words import ENGLISH_FUNCTION_WORDS, words

MOST_IN_DETAIL = 20_000  # phrasings: above, words and characters are compared and no more
NONE = Reading((), "")


def build_texts(entries: Sequence[Entry], *, phrasings: int | None = None) -> Texts:
    """Index entries. Where two for the same people share a phrasing, the later one has it.

    Those that are only some of all are compared in as much detail as so many `phrasings` would be.
    """
    entries = [entry for entry in entries if entry.phrasings]
    layout, same = layout_of(entries), Phrasings()
    for number, phrasing in enumerate(layout.phrasings()):
        same.add(phrasing, number)
    without = outdone_in(layout, same)
    kinds = [Builder() for _ in range(detail(phrasings or len(layout.entry_of)))]
    for number, phrasing in enumerate(layout.phrasings()):
        reading = NONE if number in without else read(phrasing)
        for builder, cut in zip(kinds, cuts(len(kinds)), strict=True):
            builder.add(cut(reading))
    passages, sizes = Builder(), []
    for entry in entries:
        found = words_of(entry)
        sizes.append(len(found))
        passages.add(found)
    built = [
        builder.build(shape)
        for builder, shape in zip(kinds, shapes(layout, len(kinds)), strict=True)
    ]
    return put_together(
        layout,
        same,
        built,
        passages.build(own_shape(entries)),
        np.array(sizes, np.int32),
        build_spelling(counts_of(built[0])),
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """Entries, and where the phrasings of each are."""

    entries: Sequence[Entry]
    entry_of: Numbers
    first_of: Numbers

    def phrasings(self, first: int = 0) -> Iterable[str]:
        """All phrasings in order, from those of an entry on."""
        return (phrasing for entry in self.entries[first:] for phrasing in entry.phrasings)


def outdone_in(layout: Layout, same: Phrasings) -> set[int]:
    """The phrasings that count for nothing, since a later entry of the same people has them."""
    found = set[int]()
    for numbers in same.shared.values():
        entry_at = {number: layout.entries[layout.entry_of[number]] for number in numbers}
        found.update(outdone(numbers, entry_at))
    return found


def layout_of(entries: Sequence[Entry]) -> Layout:
    """Number the phrasings."""
    counts = np.array([len(entry.phrasings) for entry in entries], np.int32)
    return Layout(
        entries=entries,
        entry_of=np.repeat(np.arange(len(entries), dtype=np.int32), counts),
        first_of=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
    )


def put_together(
    layout: Layout,
    same: Phrasings,
    kinds: Sequence[Postings],
    passages: Postings,
    sizes: Numbers,
    spelling: Spelling,
) -> Texts:
    """Texts of parts that fit each other."""
    return Texts(
        entries=layout.entries,
        same=same,
        kinds=kinds,
        passages=passages,
        sizes=sizes,
        lengths=damped(sizes, sizes.mean() if len(sizes) else 1.0),
        entry_of=layout.entry_of,
        first_of=layout.first_of,
        reader=Reader(passages.ids, spelling),
        audiences=audiences_of(layout.entries),
        documents=documents_of(layout.entries),
    )


def detail(phrasings: int) -> int:
    """How many kinds of features are compared."""
    return len(KINDS if phrasings <= MOST_IN_DETAIL else KINDS[::3])


def shapes(layout: Layout, kinds: int) -> Sequence[Shape]:
    """What the features of each kind are weighed by."""
    return [
        Shape(layout.entry_of, len(layout.entries), likeness if cut is own_words else None)
        for cut in cuts(kinds)
    ]


def own_shape(entries: Sequence[Entry]) -> Shape:
    """What the words of whole entries are weighed by."""
    return Shape(np.arange(len(entries), dtype=np.int32), len(entries))


def words_of(entry: Entry) -> set[str]:
    """All that an entry says."""
    return set(words(" ".join((*entry.phrasings, *entry.keywords, entry.answer))))


def damped(sizes: Numbers, average: float) -> Floats:
    """What a long passage's matches count for, beside an average one's, as BM25 has it."""
    return np.asarray(2.2 / (1.2 + 0.4 + 0.6 * sizes / average), np.float32)


def counts_of(known: Postings) -> dict[str, int]:
    """The words that can be meant: all that a question here has, and how many entries have each."""
    return counted(dict(zip(known.ids, known.counts.tolist(), strict=True)))


def counted(words: Mapping[str, int]) -> dict[str, int]:
    """With the words that everybody has."""
    return {**dict.fromkeys(ENGLISH_FUNCTION_WORDS, 0), **words}
