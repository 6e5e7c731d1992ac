"""Fit an organization's knowledge again after it changed, once for all replicas."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from core.errors import UnavailableError
from core.knowledge.child import fit_in_child
from core.knowledge.memory import Indexes
from core.knowledge.model import Model, from_bytes
from core.ports.fits import Fit, Fits
from core.ports.knowledge import Knowledge, Snapshot

log = structlog.get_logger(service="fit_knowledge")

QUIET = timedelta(seconds=3)
"""Without another change, before fitting begins: an import of many files is fitted once."""
CLAIM = timedelta(minutes=10)
AGAIN = timedelta(seconds=20)
"""When somebody else fits, or it failed."""


@dataclass(slots=True)
class FitsInMemory:
    """Fits of this process alone: for one replica, and for measuring."""

    held: dict[UUID, Fit] = field(default_factory=dict)
    claims: dict[UUID, tuple[int, float]] = field(default_factory=dict)

    async def get(self, organization_id: UUID) -> Fit | None:
        return self.held.get(organization_id)

    async def claim(self, organization_id: UUID, revision: int, *, within: timedelta) -> bool:
        held = self.held.get(organization_id)
        claimed, until = self.claims.get(organization_id, (-1, 0.0))
        if held is not None and held.revision >= revision:
            return False
        if claimed >= revision and until > time.monotonic():
            return False
        self.claims[organization_id] = (revision, time.monotonic() + within.total_seconds())
        return True

    async def put(self, organization_id: UUID, fit: Fit) -> None:
        held = self.held.get(organization_id)
        if held is None or held.revision <= fit.revision:
            self.held[organization_id] = fit


@dataclass(slots=True, kw_only=True)
class Fitter:
    """Keeps fits up with the knowledge, one organization after the other. Somebody runs `run`."""

    store: Knowledge
    indexes: Indexes
    fits: Fits = field(default_factory=FitsInMemory)
    fit: Callable[[Snapshot], Awaitable[bytes]] = fit_in_child
    quiet: timedelta = QUIET
    due: dict[UUID, float] = field(default_factory=dict)
    wanted: asyncio.Event = field(default_factory=asyncio.Event)

    def want(self, organization_id: UUID, *, after: timedelta | None = None) -> None:
        """Fit an organization's knowledge when it has been quiet for a while."""
        delay = self.quiet if after is None else after
        self.due[organization_id] = time.monotonic() + delay.total_seconds()
        self.wanted.set()

    async def model(self, organization_id: UUID) -> Model | None:
        """The model there is; None without one that this version can read."""
        fit = await self.fits.get(organization_id)
        return None if fit is None else await asyncio.to_thread(from_bytes, fit.model)

    async def run(self) -> None:
        """Fit what is wanted, for ever."""
        while True:
            await self._wait()
            organization_id = min(self.due, key=self.due.__getitem__)
            del self.due[organization_id]
            try:
                await self.refresh(organization_id)
            except UnavailableError as error:
                log.warning("fit_failed", organization_id=str(organization_id), reason=str(error))
                self.due.setdefault(organization_id, time.monotonic() + AGAIN.total_seconds())
            except Exception:
                # Answers go on with what was learned before; the bot must not end for this.
                log.exception("fit_failed", organization_id=str(organization_id))
                self.due.setdefault(organization_id, time.monotonic() + AGAIN.total_seconds())

    async def refresh(self, organization_id: UUID) -> None:
        """Bring the index in memory to the latest fit, and that to the knowledge."""
        revision = await self.store.revision(organization_id)
        if await self.fits.claim(organization_id, revision, within=CLAIM):
            begun = time.monotonic()
            snapshot = await self.store.load(organization_id)
            model = await self.fit(snapshot)
            await self.fits.put(organization_id, Fit(revision=snapshot.revision, model=model))
            log.info(
                "knowledge_fitted",
                organization_id=str(organization_id),
                duration_ms=round((time.monotonic() - begun) * 1e3),
            )
        found = await self.model(organization_id)
        if found is None or found.revision < revision:
            self.due.setdefault(organization_id, time.monotonic() + AGAIN.total_seconds())
        index = self.indexes.held.get(organization_id)
        if found is not None and index is not None and index.fitted_at != found.revision:
            fitted = await asyncio.to_thread(found.apply, index)
            if self.indexes.held.get(organization_id) is index:
                self.indexes.put(organization_id, fitted)

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
