"""Find the entries that a question asks for: an index in the memory of this process."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.entries import CERTAIN, VOLATILE, Entry, Passage
from core.knowledge.audiences import EVERYBODY, Audience, Hidden
from core.knowledge.building import build_texts
from core.knowledge.classifier import Classifier
from core.knowledge.confidence import ALMOST, Calibration, Evidence
from core.knowledge.default import DEFAULT
from core.knowledge.default_semantic import DEFAULT_SEMANTIC
from core.knowledge.differing import differs
from core.knowledge.documents import of_passage, together
from core.knowledge.margins import SHARPER, SHARPNESS, ahead, mean_of_best, share
from core.knowledge.meanings import MEANT, Meanings, Meant, encoded, followed
from core.knowledge.meanings import TOLD as TOLD_MEANT
from core.knowledge.postings import Floats, Numbers, largest
from core.knowledge.texts import Question, Texts
from core.knowledge.updating import update_texts
from core.knowledge.words import words
from core.ports.encoder import Encoder
from core.ports.knowledge import Snapshot

__all__ = ["CERTAIN", "Index", "Match", "build", "look_up", "understood", "update"]

BEST_ALONE = 0.35  # the best phrasing's part in an entry's score; the mean of three has the rest
CLASSIFIED = 0.4  # the classifier's part beside the phrasings', for each one that entries have
MOST_CLASSIFIED = 5.0
SURER = 8.0  # times as much where meanings are compared: scores are larger, and it knows more
NOT_FOR_THEM = -1.0  # of the classifier, for entries that who asks may not see
TOLD = 0.7  # the part of what question and answer together have of the question
CANDIDATES = 24
PROMPT = 100  # texts that are encoded while a question waits: about a tenth of a second

Ranked: TypeAlias = "NDArray[np.intp]"


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that fits a question: its best phrasing, and what speaks for it."""

    entry: int
    phrasing: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Index:
    """An organization's knowledge at one revision, and what was fitted to it: see `build`."""

    revision: int
    texts: Texts
    classifier: Classifier | None = None
    calibration: Calibration = DEFAULT
    fitted_at: int | None = None
    meanings: Meanings | None = None

    @property
    def entries(self) -> Sequence[Entry]:
        """By their number."""
        return self.texts.entries

    @property
    def encoder(self) -> str:
        """The name of the model that meanings are compared by, "" where only words are."""
        encoder = None if self.meanings is None else self.meanings.encoder
        return "" if encoder is None else encoder.name

    @property
    def entry_of(self) -> Numbers:
        """The number of each phrasing's entry."""
        return self.texts.entry_of

    @property
    def audiences(self) -> Audience:
        """All that entries here are restricted to."""
        return EVERYBODY if self.texts.audiences is None else self.texts.audiences.known

    def seen_by(self, audience: Audience) -> "View":
        """The index without what is not for somebody."""
        return View(self, audience)

    def search(
        self, question: str, *, limit: int = 3, audience: Audience | None = EVERYBODY
    ) -> tuple[Passage, ...]:
        """The best entries, best first; a passage's score is the probability that it is right.

        It is 1 for a question that is a phrasing, and in one language only. What is not for the
        `audience` is as good as not there; None asks everything.
        """
        hidden = self.texts.hidden_from(audience)
        exact = self.texts.exact(question, hidden)
        if len(exact) == 1:
            return (self._passage(exact[0], 1.0),)
        if exact:
            return tuple(self._by_language(number) for number in exact[:limit])
        asked = self._ask(question, hidden)
        if asked is None:
            return ()
        documents = self.texts.documents
        if documents is None:
            return tuple(self.find(asked, limit))
        entries = self.find(asked.without(documents, self.entry_of), limit)
        unclassified = replace(self, classifier=None)
        passages = unclassified.find(asked.without(~documents, self.entry_of), limit)
        return tuple(together(entries, passages)[:limit])

    def find(self, asked: Question, limit: int) -> Sequence[Passage]:
        """The best entries for a question that was read."""
        found, most = [], 1.0
        for match in self._matches(asked, limit=limit):
            most = min(most, self._probability(asked, match))
            found.append(self._passage(match.phrasing, most))
        return found

    def _probability(self, asked: Question, match: Match) -> float:
        """How sure it is that an entry is the right one."""
        probability = self.calibration.probability(match.evidence)
        if self.entries[match.entry].passage:
            probability = of_passage(probability, match.evidence, asked.told)
        if probability >= CERTAIN and differs(self.texts, asked, match.entry):
            return ALMOST
        return probability

    def fitted(
        self, classifier: Classifier | None, calibration: Calibration, *, at: int | None = None
    ) -> "Index":
        """The same index with what was fitted to it, or to an earlier revision."""
        return replace(self, classifier=classifier, calibration=calibration, fitted_at=at)

    def meaning(self, meanings: Meanings) -> "Index":
        """The same index with what its texts mean; what was fitted without does not hold."""
        return replace(
            self, meanings=meanings, classifier=None, calibration=DEFAULT_SEMANTIC, fitted_at=None
        )

    def matches(
        self, question: str, *, limit: int, vector: Floats | None = None
    ) -> Sequence[Match]:
        """The best entries with the evidence for each, best first."""
        asked = self._ask(question, vector=vector)
        return () if asked is None else self._matches(asked, limit=limit)

    def _ask(
        self, question: str, hidden: Hidden | None = None, *, vector: Floats | None = None
    ) -> Question | None:
        asked = self.texts.ask(question, hidden)
        if asked is None or self.meanings is None:
            return asked
        if vector is None:
            readings = (question, asked.reading.written) if asked.misread else (question,)
            vector = self.meanings.vector_of(readings)
        meant = self.meanings.near(vector, asked.alike)
        return replace(
            asked, meant=meant if hidden is None else meant.without(hidden[self.entry_of])
        )

    def _matches(self, asked: Question, *, limit: int) -> Sequence[Match]:
        near, classes = asked.near, self._classes(asked)
        numbers = self._candidates(asked, near, classes, max(limit, CANDIDATES))
        if not len(numbers):
            return ()
        best, mean = self._agreed(near, numbers)
        score = BEST_ALONE * near[best] + (1 - BEST_ALONE) * mean
        score = score + TOLD * asked.told[numbers]
        if asked.meant is not None:
            score = score + self._answers_meant(asked.meant, numbers)
        rank = score if classes is None else score + self._trust() * classes[numbers]
        order = np.argsort(-rank, kind="stable")
        ranking = _Ranking(numbers[order], best[order], mean[order], score[order])
        return [
            Match(
                entry=int(ranking.entries[place]),
                phrasing=int(ranking.best[place]),
                evidence=self._evidence(asked, ranking, place, classes),
            )
            for place in range(min(limit, len(order)))
        ]

    def _classes(self, asked: Question) -> Floats | None:
        if self.classifier is None:
            return None
        if self.texts.documents is None:
            classes = self.classifier.scores(asked.seen)
        else:
            classes = np.full(len(self.entries), NOT_FOR_THEM, np.float32)
            own = self.classifier.scores(asked.seen[self.texts.own_phrasings])
            classes[self.texts.own_entries] = own
        if asked.hidden is not None:
            classes[asked.hidden] = NOT_FOR_THEM
        return classes

    def _candidates(
        self, asked: Question, near: Floats, classes: Floats | None, most: int
    ) -> Ranked:
        best = np.maximum.reduceat(near, self.texts.first_of[:-1])
        found = [largest(best, most), largest(asked.told, most // 3)]
        if classes is not None:
            found.append(largest(classes, most // 3))
        return np.unique(np.concatenate(found))

    def _trust(self) -> float:
        """What the classifier counts for: little where it saw one phrasing of each entry."""
        trust = min(CLASSIFIED * (self.texts.phrasings_each - 1), MOST_CLASSIFIED)
        return trust if self.meanings is None else trust * SURER

    def _agreed(self, alike: Floats, numbers: Ranked) -> tuple[Ranked, Floats]:
        """The best phrasing of each entry, and the mean of its best three."""
        first, last = self.texts.first_of[numbers], self.texts.first_of[numbers + 1]
        best = first.astype(np.intp)
        mean = alike[best].astype(np.float32)
        for place in np.flatnonzero(last - first > 1).tolist():
            own = alike[first[place] : last[place]]
            best[place] = first[place] + own.argmax()
            mean[place] = mean_of_best(own)
        return best, mean

    def _evidence(
        self, asked: Question, ranking: "_Ranking", place: int, classes: Floats | None
    ) -> Evidence:
        entry, phrasing = int(ranking.entries[place]), int(ranking.best[place])
        rival = self._rival(ranking, place)
        weights, total = asked.weights, sum(asked.weights.values()) or 1.0
        own = set(words(self.texts.phrasing(phrasing)))
        here = {word for word in weights if self.texts.passages.has(entry, word)}
        content = asked.reading.content
        own_weight = sum(self.texts.weight(word) for word in own)
        return Evidence(
            best=float(asked.alike[phrasing]),
            mean=float(ranking.mean[place]),
            score=float(ranking.scores[place]),
            rival=0.0 if rival is None else float(ranking.scores[rival]),
            classified=None if classes is None else float(classes[entry]),
            classified_rival=(
                0.0 if classes is None or rival is None else float(classes[ranking.entries[rival]])
            ),
            classified_share=0.0 if classes is None else share(classes, entry),
            classified_ahead=0.0 if classes is None else ahead(classes, entry, SHARPNESS),
            classified_clear=0.0 if classes is None else ahead(classes, entry, SHARPER),
            rival_best=0.0 if rival is None else float(asked.alike[ranking.best[rival]]),
            agreed=ranking.scores[place] >= ranking.scores.max(),
            by_words=_at(asked.kinds[0], phrasing),
            by_characters=_at(asked.kinds[-1], phrasing),
            asked_by_phrasing=_sum(weights, own & weights.keys()) / total,
            asked_by_entry=_sum(weights, here) / total,
            phrasing_by_asked=(
                sum(self.texts.weight(word) for word in own & weights.keys()) / (own_weight or 1.0)
            ),
            unseen=sum(w for word, w in weights.items() if not asked.reader.knows(word)) / total,
            content_shared=(
                _sum(weights, content & here) / (_sum(weights, content) or 1.0) if content else 0.0
            ),
            content=len(content),
            misread=asked.misread,
            told=float(asked.told[entry]),
            phrasings=int(self.texts.first_of[entry + 1] - self.texts.first_of[entry]),
            **self._meant(asked, entry, None if rival is None else int(ranking.entries[rival])),
        )

    def _meant(self, asked: Question, entry: int, rival: int | None) -> Mapping[str, float]:
        """The evidence of meanings."""
        if asked.meant is None:
            return {}
        best, mean = self._nearest(asked.meant, entry)
        [told] = asked.meant.is_told(np.array([entry]))
        return {
            "meant": best,
            "meant_mean": mean,
            "meant_told": float(asked.meant.answers(np.array([entry]))[0]) if told else best,
            "meant_rival": 0.0 if rival is None else self._nearest(asked.meant, rival)[0],
        }

    def _answers_meant(self, meant: Meant, numbers: Ranked) -> Floats:
        """What the meaning of the answers adds, or takes away."""
        found = np.zeros(len(numbers), np.float32)
        told = meant.is_told(numbers)
        if told.any():
            few = numbers[told]
            found[told] = meant.answers(few) - self._agreed(meant.phrasings, few)[1]
        return np.asarray(MEANT * TOLD_MEANT * found, np.float32)

    def _nearest(self, meant: Meant, entry: int) -> tuple[float, float]:
        own = meant.phrasings[slice(*self.texts.first_of[entry : entry + 2])]
        return float(own.max()), mean_of_best(own)

    def _rival(self, ranking: "_Ranking", place: int) -> int | None:
        """The best one of the others that has another answer."""
        answer = self.entries[ranking.entries[place]].answer
        for other, entry in enumerate(ranking.entries):
            if other != place and self.entries[entry].answer != answer:
                return other
        return None

    def _passage(self, phrasing: int, score: float) -> Passage:
        entry = self.entries[self.entry_of[phrasing]]
        return Passage(
            entry_id=entry.id,
            question=self.texts.phrasing(phrasing),
            answer=entry.answer,
            source=entry.source,
            score=round(score, 6),
            audience=entry.audience,
            document=entry.passage,
            volatile=VOLATILE in entry.tags,
            title=entry.phrasings[0],
        )

    def _by_language(self, phrasing: int) -> Passage:
        """One of those that are asked for with the same words, offered by its language."""
        passage = self._passage(phrasing, ALMOST)
        language = self.entries[self.entry_of[phrasing]].language
        return replace(passage, title=f"{passage.question} ({language})" if language else "")


@dataclass(frozen=True, slots=True)
class View:
    """An index as somebody sees it."""

    index: Index
    audience: Audience

    def search(self, question: str, *, limit: int) -> tuple[Passage, ...]:
        """The best entries for them, as `Index.search`."""
        return self.index.search(question, limit=limit, audience=self.audience)

    async def look_up(self, question: str, *, limit: int) -> tuple[Passage, ...]:
        """The same; others go on while it is found what the question means."""
        return await look_up(self.index, question, limit=limit, audience=self.audience)


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Entries, best first, with what they are ranked by."""

    entries: Ranked
    best: Ranked
    mean: Floats
    scores: Floats


def build(snapshot: Snapshot) -> Index:
    """Index a snapshot. Where two for the same people share a phrasing, the later one has it."""
    return Index(revision=snapshot.revision, texts=build_texts(snapshot.entries))


def update(index: Index, *, changed: Sequence[Entry], removed: Sequence[UUID], at: int) -> Index:
    """The index at a later revision. Its calibration stays; a classifier is of the texts it saw."""
    texts = update_texts(index.texts, changed, removed)
    if index.meanings is None:
        return replace(index, revision=at, texts=texts, classifier=None)
    meanings = followed(index.meanings, index.entries, texts.entries, most=PROMPT)
    if meanings is None:
        return Index(revision=at, texts=texts)
    return replace(index, revision=at, texts=texts, classifier=None, meanings=meanings)


async def look_up(
    index: Index, question: str, *, limit: int, audience: Audience | None
) -> tuple[Passage, ...]:
    """Search an index; others go on while it is found what the question means."""
    if index.meanings is None:
        return index.search(question, limit=limit, audience=audience)
    return await asyncio.to_thread(index.search, question, limit=limit, audience=audience)


def understood(index: Index, encoder: Encoder, *, most: int | None = PROMPT) -> Index:
    """The index with the meanings of its texts; as it is when `most` of them are not enough."""
    meanings = encoded(index.entries, encoder, most=most)
    return index if meanings is None else index.meaning(meanings)


def _sum(weights: Mapping[str, float], found: Iterable[str]) -> float:
    return sum(weights[word] for word in found)


def _at(values: Floats | None, number: int) -> float:
    return 0.0 if values is None else float(values[number])
