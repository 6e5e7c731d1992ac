"""Load what is known when a bot begins, so that nobody who asks waits for it."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from core.errors import UnavailableError
from core.knowledge.service import KnowledgeService
from core.ports.knowledge import Organizations

MOST = 100  # organizations; of the others each is loaded with its first question

log = structlog.get_logger(service="knowledge")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadKnowledge:
    """Loads indexes until the memory for them is full. Whoever asks meanwhile comes first."""

    knowledge: KnowledgeService
    organizations: Organizations

    async def __call__(self) -> None:
        """Load once. Trouble is said and ends it: then each question loads what it needs."""
        indexes = self.knowledge.indexes
        try:
            for organization_id, revision in await self.organizations.with_knowledge(limit=MOST):
                if indexes.phrasings >= indexes.most_phrasings:
                    return
                if not await self._is_projected(organization_id):
                    await self.knowledge.index_at(organization_id, revision)
        except UnavailableError as error:
            log.warning("not_loaded_ahead", reason=str(error))
        except Exception:
            # Answers do not need it, and the bot must not end for it.
            log.exception("not_loaded_ahead")
        else:
            log.info("loaded_ahead", organizations=len(indexes.held), phrasings=indexes.phrasings)

    async def _is_projected(self, organization_id: UUID) -> bool:
        """Whether it is answered from another store, since it is too much for the memory."""
        projected = self.knowledge.projected
        return projected is not None and await projected.has(organization_id)
