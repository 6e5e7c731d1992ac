"""The knowledge in a database, for the command line."""

import asyncpg

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.fits import PostgresFits
from adapters.stores.postgres.gaps import PostgresGaps
from adapters.stores.postgres.knowledge import PostgresKnowledge
from adapters.stores.postgres.proposals import PostgresProposals
from bots.clock import new_id
from core.knowledge.fits import Fitter
from core.knowledge.memory import Indexes
from core.knowledge.service import KnowledgeService
from core.ports.encoder import Encoder


def knowledge_in(pool: asyncpg.Pool, encoder: Encoder | None = None) -> KnowledgeService:
    """The service on a database, with indexes of its own.

    It is as sure of an answer as the bots are, by what they fitted, if it has the encoder that they
    have; it fits nothing itself.
    """
    database, store, indexes = Database(pool=pool), PostgresKnowledge(pool), Indexes()
    return KnowledgeService(
        store=store,
        unanswered=PostgresGaps(database=database),
        suggested=PostgresProposals(database=database),
        new_id=new_id,
        indexes=indexes,
        fitter=Fitter(
            store=store, indexes=indexes, fits=PostgresFits(database=database), encoder=encoder
        ),
        encoder=encoder,
    )
