"""Fit an organization's knowledge again after it changed, once for all replicas."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from core.claims import held
from core.errors import UnavailableError
from core.knowledge.child import fit_in_child
from core.knowledge.index import Index, build, understood
from core.knowledge.meanings import Encoded, texts_of
from core.knowledge.memory import Indexes
from core.knowledge.model import Model, from_bytes, of_later_format
from core.ports.encoder import Encoder
from core.ports.fits import Fit, Fits
from core.ports.knowledge import Knowledge, Snapshot

log = structlog.get_logger(service="fit_knowledge")

QUIET = timedelta(seconds=3)
"""Without another change, before fitting begins: an import of many files is fitted once."""
CLAIM = timedelta(seconds=30)
"""For how long nobody else fits, if who does vanishes; renewed while it does."""
AGAIN = timedelta(seconds=20)
"""When somebody else fits, or it failed."""


@dataclass(slots=True)
class FitsInMemory:
    """Fits of this process alone: for one replica, and for measuring."""

    held: dict[UUID, Fit] = field(default_factory=dict)
    claims: dict[UUID, tuple[int, float]] = field(default_factory=dict)

    async def get(self, organization_id: UUID) -> Fit | None:
        return self.held.get(organization_id)

    async def claim(
        self, organization_id: UUID, revision: int, *, within: timedelta, anew: bool = False
    ) -> bool:
        held = self.held.get(organization_id)
        claimed, until = self.claims.get(organization_id, (-1, 0.0))
        if held is not None and held.revision >= revision + anew:
            return False
        if claimed >= revision and until > time.monotonic():
            return False
        self.claims[organization_id] = (revision, time.monotonic() + within.total_seconds())
        return True

    async def keep(self, organization_id: UUID, revision: int, *, within: timedelta) -> None:
        if self.claims.get(organization_id, (-1, 0.0))[0] == revision:
            self.claims[organization_id] = (revision, time.monotonic() + within.total_seconds())

    async def release(self, organization_id: UUID, revision: int) -> None:
        if self.claims.get(organization_id, (-1, 0.0))[0] <= revision:
            self.claims.pop(organization_id, None)

    async def put(self, organization_id: UUID, fit: Fit) -> None:
        held = self.held.get(organization_id)
        if held is None or held.revision <= fit.revision:
            self.held[organization_id] = fit
            await self.release(organization_id, fit.revision)


@dataclass(slots=True, kw_only=True)
class Fitter:
    """Keeps fits up with the knowledge, one organization after the other. Somebody runs `run`.

    `failing` are the organizations whose last fit failed. `learned` is told of each that was asked
    for, for what is no index in memory.
    """

    store: Knowledge
    indexes: Indexes
    fits: Fits = field(default_factory=FitsInMemory)
    encoder: Encoder | None = None
    fit: Callable[[Snapshot, Encoded | None], Awaitable[bytes]] = fit_in_child
    quiet: timedelta = QUIET
    claim: timedelta = CLAIM
    due: dict[UUID, float] = field(default_factory=dict)
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    failing: set[UUID] = field(default_factory=set)
    learned: Callable[[UUID, Model], None] | None = None

    def want(self, organization_id: UUID, *, after: timedelta | None = None) -> None:
        """Fit an organization's knowledge when it has been quiet for a while."""
        delay = self.quiet if after is None else after
        self.due[organization_id] = time.monotonic() + delay.total_seconds()
        self.wanted.set()

    async def model(self, organization_id: UUID) -> Model | None:
        """The model there is; None without one that this version can read."""
        return await self._read(await self.fits.get(organization_id))

    async def run(self) -> None:
        """Fit what is wanted, for ever."""
        while True:
            await self._wait()
            organization_id = min(self.due, key=self.due.__getitem__)
            del self.due[organization_id]
            try:
                await self.refresh(organization_id)
                self.failing.discard(organization_id)
            except UnavailableError as error:
                self._failed(organization_id)
                log.warning("fit_failed", organization_id=str(organization_id), reason=str(error))
            except Exception:
                # Answers go on with what was learned before; the bot must not end for this.
                self._failed(organization_id)
                log.exception("fit_failed", organization_id=str(organization_id))

    def _failed(self, organization_id: UUID) -> None:
        self.failing.add(organization_id)
        self.due.setdefault(organization_id, time.monotonic() + AGAIN.total_seconds())

    async def refresh(self, organization_id: UUID) -> None:
        """Bring the index in memory to the latest fit, and that to the knowledge."""
        await self._understand(organization_id)
        revision = await self.store.revision(organization_id)
        fit = await self.fits.get(organization_id)
        found = await self._read(fit)
        if found is None or found.revision < revision:
            anew = fit is not None and found is None and not of_later_format(fit.model)
            if await self.fits.claim(organization_id, revision, within=self.claim, anew=anew):
                found = await self._fit(organization_id, revision)
        if found is None or found.revision < revision:
            self.due.setdefault(organization_id, time.monotonic() + AGAIN.total_seconds())
        if found is not None:
            if self.learned is not None:
                self.learned(organization_id, found)
            await self._apply(found, organization_id)

    async def _fit(self, organization_id: UUID, revision: int) -> Model | None:
        """Fit what is claimed. A fit that fails leaves the claim to the others."""

        async def renew() -> bool:
            # A fit is of use also where somebody fits a later revision, or this one once more.
            with suppress(UnavailableError):
                await self.fits.keep(organization_id, revision, within=self.claim)
            return True

        begun = time.monotonic()
        try:
            async with held(renew, within=self.claim):
                snapshot = await self.store.load(organization_id)
                model = await self.fit(snapshot, await self._encoded(snapshot))
                fit = Fit(revision=snapshot.revision, model=model)
                await self.fits.put(organization_id, fit)
        except BaseException:
            with suppress(UnavailableError):
                await self.fits.release(organization_id, revision)
            raise
        log.info(
            "knowledge_fitted",
            organization_id=str(organization_id),
            duration_ms=round((time.monotonic() - begun) * 1e3),
        )
        return await self._read(fit)

    async def _encoded(self, snapshot: Snapshot) -> Encoded | None:
        if self.encoder is None:
            return None
        entries = [entry for entry in snapshot.entries if entry.phrasings]
        rows = await asyncio.to_thread(self.encoder.known, texts_of(entries), most=None)
        return None if rows is None else Encoded(encoder=self.encoder.name, rows=rows)

    async def _understand(self, organization_id: UUID) -> None:
        """Give the index in memory the meanings that took too long while a question waited."""
        index = self.indexes.held.get(organization_id)
        if self.encoder is None or index is None or index.encoder == self.encoder.name:
            return
        known = await asyncio.to_thread(understood, index, self.encoder, most=None)
        if self.indexes.held.get(organization_id) is index:
            self.indexes.put(organization_id, known)

    async def _apply(self, model: Model, organization_id: UUID) -> None:
        index = self.indexes.held.get(organization_id)
        if index is None or (index.fitted_at == model.revision and index.classifier is not None):
            return
        fitted = await asyncio.to_thread(model.apply, index)
        if model.revision == index.revision and model.classes is not None and not fitted.classifier:
            # The same texts in another order, since two changes were made at the same moment.
            snapshot = await self.store.load(organization_id)
            fitted = await asyncio.to_thread(self._built, model, snapshot)
        if self.indexes.held.get(organization_id) is index:
            self.indexes.put(organization_id, fitted)

    def _built(self, model: Model, snapshot: Snapshot) -> Index:
        index = build(snapshot)
        return model.apply(index if self.encoder is None else understood(index, self.encoder))

    async def _read(self, fit: Fit | None) -> Model | None:
        """The model of a fit, unless it was made with another encoder, or without ours."""
        model = None if fit is None else await asyncio.to_thread(from_bytes, fit.model)
        ours = "" if self.encoder is None else self.encoder.name
        return None if model is None or model.encoder != ours else model

    async def _wait(self) -> None:
        while True:
            self.wanted.clear()
            now = time.monotonic()
            soonest = min(self.due.values(), default=None)
            if soonest is not None and soonest <= now:
                return
            try:
                async with asyncio.timeout(None if soonest is None else soonest - now):
                    await self.wanted.wait()
            except TimeoutError:
                return
