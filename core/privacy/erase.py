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
        away = await self._go_on(await self.erasures.begin(user_id))
        log.info("person_erased", user_id=str(user_id), away=away)
        return away

    async def sweep(self) -> None:
        """Go on with those that are not done."""
        names = [store.name for store in self.stores]
        for erasure in await self.erasures.pending(names, limit=BATCH):
            away = await self._go_on(erasure)
            # For a minute each sweep takes what was under way: once is enough for the log.
            log.debug("person_erased_again", user_id=str(erasure.user_id), away=away)

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
        return away
