"""The knowledge in a database, for the command line."""

import asyncpg

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.gaps import PostgresGaps
from adapters.stores.postgres.knowledge import PostgresKnowledge
from adapters.stores.postgres.proposals import PostgresProposals
from bots.clock import new_id
from core.knowledge.service import KnowledgeService


def knowledge_in(pool: asyncpg.Pool) -> KnowledgeService:
    """The service on a database, with indexes of its own."""
    database = Database(pool=pool)
    return KnowledgeService(
        store=PostgresKnowledge(pool),
        unanswered=PostgresGaps(database=database),
        suggested=PostgresProposals(database=database),
        new_id=new_id,
    )
