"""Build what an index holds from the entries that an organization has."""

from collections.abc import Sequence

import numpy as np

from core.entries import Entry
from core.knowledge.features import read
from core.knowledge.postings import Builder, Floats, Postings
from core.knowledge.reader import Reader
from core.knowledge.spelling import Spelling, build_spelling
from core.knowledge.texts import KINDS, Texts, cuts, likeness, own_words
from core.knowledge.words import ENGLISH_FUNCTION_WORDS, words
from core.text import normalise

MOST_IN_DETAIL = 20_000  # phrasings: above, words and characters are compared and no more


def build_texts(entries: Sequence[Entry]) -> Texts:
    """Index entries. Where two of them share a phrasing, the later one has it."""
    entries = [entry for entry in entries if entry.phrasings]
    every = [phrasing for entry in entries for phrasing in entry.phrasings]
    counts = np.array([len(entry.phrasings) for entry in entries], np.int32)
    entry_of = np.repeat(np.arange(len(entries), dtype=np.int32), counts)
    same = {normalise(phrasing): number for number, phrasing in enumerate(every)}
    kinds = [Builder() for _ in (KINDS if len(every) <= MOST_IN_DETAIL else KINDS[::3])]
    for number, phrasing in enumerate(every):
        reading = read(phrasing)
        theirs = same[normalise(phrasing)] == number
        for builder, cut in zip(kinds, cuts(len(kinds)), strict=True):
            builder.add(cut(reading) if theirs else ())
    passages = Builder()
    lengths = []
    for entry in entries:
        found = set(words(" ".join((*entry.phrasings, *entry.keywords, entry.answer))))
        lengths.append(len(found))
        passages.add(found)
    own = np.arange(len(entries), dtype=np.int32)
    built = [
        builder.build(entry_of, len(entries), likeness if cut is own_words else None)
        for builder, cut in zip(kinds, cuts(len(kinds)), strict=True)
    ]
    kept = passages.build(own, len(entries))
    return Texts(
        entries=entries,
        same=same,
        kinds=built,
        passages=kept,
        lengths=_damped(np.array(lengths, np.float32)),
        entry_of=entry_of,
        first_of=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        reader=Reader(kept, _spelling(built[0])),
    )


def _damped(lengths: Floats) -> Floats:
    """What a long passage's matches count for, beside an average one's, as BM25 has it."""
    average = lengths.mean() if len(lengths) else 1.0
    return np.asarray(2.2 / (1.2 + 0.4 + 0.6 * lengths / average), np.float32)


def _spelling(known: Postings) -> Spelling:
    """What a word can mean: any that a question here has, the more common one rather."""
    counts = dict.fromkeys(ENGLISH_FUNCTION_WORDS, 0)
    counts.update(zip(known.ids, known.counts.tolist(), strict=True))
    return build_spelling(counts)
