"""Forget a person everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from core.errors import UnavailableError
from core.ports.erasure import Erasure, Erasures, Forgets

BATCH = 20  # people in one sweep

log = structlog.get_logger(service="privacy")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePerson:
    """Noted first, so that it is gone on with wherever it was cut off. `stores` are the others."""

    erasures: Erasures
    stores: Sequence[Forgets]

    async def __call__(self, user_id: UUID) -> Sequence[str]:
        """Forget a person; the names of the stores that are away, where the sweep does it later."""
        return await self._go_on(await self.erasures.begin(user_id))

    async def sweep(self) -> None:
        """Go on with those that are not done."""
        names = [store.name for store in self.stores]
        for erasure in await self.erasures.pending(names, limit=BATCH):
            await self._go_on(erasure)

    async def _go_on(self, erasure: Erasure) -> Sequence[str]:
        erasure = await self.erasures.scrub(erasure)
        away = []
        for store in self.stores:
            try:
                await store.forget(erasure)
            except UnavailableError:
                away.append(store.name)
            else:
                await self.erasures.done(erasure, store.name)
        log.info("person_erased", user_id=str(erasure.user_id), away=away)
        return away
