"""Connect the classes of the core with their ports."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from adapters.stores.postgres.erasure import PostgresErasures
from adapters.stores.postgres.feedback import PostgresVotes
from adapters.stores.postgres.happened import PostgresHappened
from adapters.stores.postgres.names import PostgresNames
from adapters.stores.postgres.projections import PostgresDueProjections
from adapters.stores.postgres.recovery import PostgresRecovery
from adapters.stores.postgres.troubles import PostgresTroubles
from adapters.stores.postgres.waiting import PostgresWaiting
from bots.answering import answer_question_with, explain_with, route_with
from bots.clock import new_id, utc_now
from bots.opening import Stores
from bots.platforms import Platforms
from core.answers.warm import WarmCache
from core.chatbot import ChatbotService
from core.commands import may_pass
from core.handles import Handles
from core.knowledge.fits import Fitter
from core.knowledge.memory import Indexes
from core.knowledge.preloading import LoadKnowledge
from core.knowledge.projected import ProjectedKnowledge
from core.knowledge.projecting import ProjectKnowledge
from core.knowledge.service import KnowledgeService
from core.lanes import Lanes
from core.late_answers import AnswerLate
from core.naming import LearnNames
from core.notifications import NotificationService
from core.privacy.erase import ErasePerson
from core.recording import MultiDatabaseService
from core.respond import RespondToMessage
from core.sender import Sender
from core.sweeper import Sweeper
from core.telling_to_wait import TellToWait
from core.troubles import TellOfTroubles
from core.typing_status import TypingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The core of one replica, wired."""

    chatbot: ChatbotService
    lanes: Lanes
    sender: Sender
    records: MultiDatabaseService
    sweeper: Sweeper
    fitter: Fitter
    warm_cache: WarmCache
    load_knowledge: LoadKnowledge
    late_answers: AnswerLate
    projector: ProjectKnowledge | None

    def busy(self) -> int:
        """Count what is under way."""
        return self.lanes.busy() + self.sender.busy() + self.records.busy()


def wire(
    replica: UUID,
    stores: Stores,
    platforms: Platforms,
    recovery: PostgresRecovery,
    work: asyncio.TaskGroup,
) -> Bot:
    """Connect core classes with their ports."""
    handles = Handles(clock=utc_now)
    sender = Sender(
        adapters=platforms.adapters,
        outbox=stores.outbox,
        handles=handles,
        clock=utc_now,
        tasks=work,
    )
    records = MultiDatabaseService(
        threads=stores.threads.store,
        recorded=stores.recorded,
        tasks=work,
        votes=stores.threads.votes,
    )
    lists = stores.notifications
    notifications = NotificationService(
        lists=lists, happened=PostgresHappened(database=stores.database), clock=utc_now
    )
    indexes = Indexes()
    fitter = Fitter(
        store=stores.knowledge, indexes=indexes, fits=stores.fits, encoder=stores.encoder
    )
    knowledge = KnowledgeService(
        store=stores.knowledge,
        unanswered=stores.gaps,
        suggested=stores.proposals,
        new_id=new_id,
        indexes=indexes,
        fitter=fitter,
        encoder=stores.encoder,
        projected=_projected(stores, fitter),
    )
    waiting = PostgresWaiting(
        database=stores.database, replica=replica, platforms=tuple(platforms.adapters)
    )
    answer_question = answer_question_with(stores, knowledge)
    explain = explain_with(stores, knowledge)
    warm_cache = WarmCache(
        answers=answer_question,
        popularity=stores.popularity,
        indexes=indexes,
        counters=stores.counters,
    )
    indexes.changed = warm_cache.want
    respond = RespondToMessage(
        inbox=stores.inbox,
        tell_to_wait=TellToWait(outbox=stores.outbox, sender=sender, tasks=work),
        route=route_with(stores, platforms, knowledge, waiting, answer_question, explain),
        cache=stores.redis,
        sender=sender,
        records=records,
        typing=TypingStatus(adapters=platforms.adapters, tasks=work),
        adapters=platforms.adapters,
        clock=utc_now,
        access=stores.inbox.access,
        notifications=notifications,
        counters=stores.counters,
        passed_by=lambda admitted: lanes.passed_by(admitted),  # noqa: PLW0108 (made below)
    )
    lanes = Lanes(
        handle=respond,
        waiting=stores.inbox.waiting,
        tasks=work,
        may_pass=lambda admitted: may_pass(admitted.message),
    )
    chatbot = ChatbotService(
        replica=replica,
        inbox=stores.inbox,
        lanes=lanes,
        handles=handles,
        names=LearnNames(names=PostgresNames(database=stores.database), tasks=work),
        new_id=new_id,
    )
    sweeper = Sweeper(
        recovery=recovery,
        chatbot=chatbot,
        sender=sender,
        records=records,
        flush_counts=stores.flush_counts,
        timeout=recovery.timeout,
        files=stores.files,
        votes=PostgresVotes(database=stores.database) if stores.threads.votes else None,
        erase=ErasePerson(
            erasures=PostgresErasures(database=stores.database),
            stores=(*stores.threads.forgets, lists),
        ),
        tell_of_troubles=TellOfTroubles(
            troubles=PostgresTroubles(
                database=stores.database, replica=replica, platforms=tuple(platforms.adapters)
            ),
            sender=sender,
        ),
    )
    return Bot(
        chatbot=chatbot,
        lanes=lanes,
        sender=sender,
        records=records,
        sweeper=sweeper,
        fitter=fitter,
        warm_cache=warm_cache,
        load_knowledge=LoadKnowledge(knowledge=knowledge, organizations=stores.knowledge),
        late_answers=AnswerLate(
            knowledge=knowledge,
            waiting=waiting,
            sender=sender,
            records=records,
            explain=explain,
            adapters=platforms.adapters,
            notifications=notifications,
        ),
        projector=_projector(stores),
    )


def _projected(stores: Stores, fitter: Fitter) -> ProjectedKnowledge | None:
    if stores.threads.projection is None:
        return None
    return ProjectedKnowledge(projection=stores.threads.projection, fitter=fitter)


def _projector(stores: Stores) -> ProjectKnowledge | None:
    if stores.threads.projection is None:
        return None
    return ProjectKnowledge(
        store=stores.knowledge,
        projection=stores.threads.projection,
        due=PostgresDueProjections(database=stores.database, replica=stores.inbox.replica),
    )
