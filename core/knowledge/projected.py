"""Answer from what another store has by keyword, where all of it would not fit into memory."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from heapq import nlargest
from math import log
from uuid import UUID

import structlog

from core.errors import UnavailableError
from core.knowledge.candidates import Statistics, index_of, statistics_of
from core.knowledge.fits import Fitter
from core.knowledge.index import Index
from core.knowledge.model import Model
from core.knowledge.tally import known_to, tally_from
from core.knowledge.words import FUNCTION_WORDS
from core.ports.projection import Projection

MOST_HELD = 4  # organizations whose statistics are in memory
MOST_WORDS = 8  # of a question
MOST_READ = 2_000  # entries that one word finds
CANDIDATES = 64  # entries that a question is compared with

logger = structlog.get_logger(service="projected_knowledge")


@dataclass(slots=True, kw_only=True)
class ProjectedKnowledge:
    """Small indexes, made for a question from the entries that its words find.

    Confidence is by what was fitted to all of the knowledge, if anything was.
    """

    projection: Projection
    fitter: Fitter | None = None
    held: OrderedDict[UUID, Statistics] = field(default_factory=OrderedDict)
    loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        if self.fitter is not None:
            self.fitter.learned = self._learned

    async def has(self, organization_id: UUID) -> bool:
        """Whether an organization's knowledge is projected. `UnavailableError`: not known now."""
        return await self.projection.head(organization_id) is not None

    async def index_for(self, organization_id: UUID, revision: int, question: str) -> Index | None:
        """An index at this revision or a later one; None where there is none, or it is away."""
        try:
            statistics = await self._statistics(organization_id, revision)
            if statistics is None:
                return None
            ids = await self._candidates(organization_id, question, statistics)
            found = await self.projection.find(organization_id, ids)
        except UnavailableError as error:
            logger.warning("projection_not_read", reason=str(error))
            return None
        entries = sorted(found, key=lambda entry: entry.id)
        return await asyncio.to_thread(index_of, entries, question, statistics)

    async def _statistics(self, organization_id: UUID, revision: int) -> Statistics | None:
        held = self.held.get(organization_id)
        if held is not None and held.revision >= revision:
            self.held.move_to_end(organization_id)
            return held
        async with self.loading:
            held = self.held.get(organization_id)
            if held is not None and held.revision >= revision:
                return held
            loaded = await self._load(organization_id, revision)
            if loaded is not None:
                self.held[organization_id] = loaded
                self.held.move_to_end(organization_id)
                while len(self.held) > MOST_HELD:
                    self.held.popitem(last=False)
            return loaded

    async def _load(self, organization_id: UUID, revision: int) -> Statistics | None:
        head = await self.projection.head(organization_id)
        if head is None or head.revision < revision:
            return None
        stored = await self.projection.statistics(organization_id, head.revision)
        tally = None if stored is None else await asyncio.to_thread(tally_from, stored)
        if tally is None:
            return None
        model = await self._model(organization_id, head.revision)
        return await asyncio.to_thread(statistics_of, tally, head.revision, model)

    async def _model(self, organization_id: UUID, revision: int) -> Model | None:
        if self.fitter is None:
            return None
        model = await self.fitter.model(organization_id)
        if model is None or model.revision < revision:
            self.fitter.want(organization_id)
        return model

    def _learned(self, organization_id: UUID, model: Model) -> None:
        """What is fitted to a revision comes after it: from now on the confidence is by that."""
        held = self.held.get(organization_id)
        if held is not None and (held.model is None or held.model.revision < model.revision):
            self.held[organization_id] = replace(held, model=model)

    async def _candidates(
        self, organization_id: UUID, question: str, statistics: Statistics
    ) -> Sequence[UUID]:
        """The entries that have the most of a question's words, the rare ones counting more."""
        reading, _ = statistics.reader.read(question)
        content = set(reading.words) - FUNCTION_WORDS
        rarest = known_to(statistics.tally.said, content)[:MOST_WORDS]
        lists = await asyncio.gather(
            *(self.projection.holding(organization_id, word, limit=MOST_READ) for word in rarest)
        )
        scores: defaultdict[UUID, float] = defaultdict(float)
        for word, found in zip(rarest, lists, strict=True):
            told = 1 + log(statistics.tally.entries / statistics.tally.said[word])
            for entry_id, weight in found:
                scores[entry_id] += told * weight
        return nlargest(CANDIDATES, scores, key=scores.__getitem__)
