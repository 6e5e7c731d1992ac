"""A small index for one question, which ranks as the index of everything would."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.entries import Entry
from core.knowledge.building import MOST_IN_DETAIL, build_texts, counted, damped
from core.knowledge.features import runs
from core.knowledge.index import Index
from core.knowledge.model import Model
from core.knowledge.postings import weighed
from core.knowledge.reader import Reader
from core.knowledge.spelling import Spelling, build_spelling
from core.knowledge.tally import Tally
from core.knowledge.texts import likeness, own_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What is known of all entries at a revision without having any of them."""

    revision: int
    tally: Tally
    spelling: Spelling
    model: Model | None = None

    @property
    def reader(self) -> Reader:
        """Reads questions in the words of all entries."""
        return Reader(self.tally.said, self.spelling)


def statistics_of(tally: Tally, revision: int, model: Model | None = None) -> Statistics:
    """With the words that can be meant, and what was fitted to all entries."""
    spelling = build_spelling(counted(tally.asked))
    return Statistics(revision=revision, tally=tally, spelling=spelling, model=model)


def index_of(candidates: Sequence[Entry], question: str, statistics: Statistics) -> Index:
    """Index some entries, each feature weighed by how many of all have it."""
    tally, reader = statistics.tally, statistics.reader
    reading, _ = reader.read(question)
    texts = build_texts(candidates, phrasings=MOST_IN_DETAIL + 1)
    asked, in_runs = texts.kinds
    index = Index(
        revision=statistics.revision,
        texts=replace(
            texts,
            kinds=(
                weighed(
                    asked, tally.asked, tally.entries, also=own_words(reading), factor=likeness
                ),
                weighed(in_runs, tally.runs, tally.entries, also=runs(reading)),
            ),
            passages=weighed(texts.passages, tally.said, tally.entries, also=reading.words),
            lengths=damped(texts.sizes, tally.sizes / max(tally.entries, 1)),
            reader=reader,
        ),
    )
    return index if statistics.model is None else statistics.model.apply(index)
