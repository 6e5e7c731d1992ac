"""Connect what answers, and what a message or a click leads to."""

from adapters.documents.reader import open_reader
from adapters.sentiment.vader import VaderSentiment
from adapters.stores.postgres.threads import PostgresUnrecorded
from adapters.stores.postgres.waiting import PostgresWaiting
from bots.clock import utc_now
from bots.opening import Stores
from bots.platforms import Platforms
from core.answers.audience import WhoAsks
from core.answers.explain import ExplainAnswer
from core.answers.find import AnswerQuestion
from core.answers.kept import KeptAnswers
from core.answers.look_up import LookUp
from core.answers.offers import TakeOffer
from core.answers.opinions import TakeOpinion
from core.answers.person import AskAPerson
from core.answers.spending import SpendCompletions
from core.answers.writing import WriteAnswer
from core.attachments import KeepAttachments
from core.clicked import HandleClick
from core.history import MergedThreads, ReadHistory
from core.kb.chat import EditInChat
from core.knowledge.importing.run import ImportFound
from core.knowledge.service import KnowledgeService
from core.router import Router
from core.teaching import TeachFromFiles
from core.usage.more import RequestMore


def answer_question_with(stores: Stores, knowledge: KnowledgeService) -> AnswerQuestion:
    """Answer questions, by a language model too where one is set."""
    writer = _writer(stores)
    kept = KeptAnswers(
        cache=stores.cache,
        counters=stores.counters,
        clock=utc_now,
        writes=writer.composer if writer else "",
    )
    return AnswerQuestion(
        knowledge=knowledge,
        kept=kept,
        look_up=LookUp(kept=kept, writer=writer),
        counters=stores.counters,
        askers=stores.askers,
        who_asks=WhoAsks(roles=stores.roles),
    )


def explain_with(stores: Stores, knowledge: KnowledgeService) -> ExplainAnswer:
    """Keep and show how answers came about."""
    return ExplainAnswer(
        knowledge=knowledge,
        receipts=stores.receipts,
        roles=stores.roles,
        who_asks=WhoAsks(roles=stores.roles),
        clock=utc_now,
    )


def route_with(
    stores: Stores,
    platforms: Platforms,
    knowledge: KnowledgeService,
    waiting: PostgresWaiting,
    answer_question: AnswerQuestion,
    explain: ExplainAnswer,
) -> Router:
    """What is done for a command, a click, a file."""
    edit = EditInChat(knowledge=knowledge, roles=stores.roles)
    opinions = TakeOpinion(
        feedback=stores.feedback,
        comments=stores.comments,
        sentiment=VaderSentiment(),
        offers=stores.offers,
        knowledge=knowledge,
    )
    return Router(
        answer_question=answer_question,
        explain=explain,
        opinions=opinions,
        click=HandleClick(
            take_offer=TakeOffer(
                knowledge=knowledge,
                offers=stores.offers,
                waiting=waiting,
                who_asks=explain.who_asks,
                clock=utc_now,
            ),
            explain=explain,
            opinions=opinions,
            request_more=RequestMore(admins=stores.admins),
            ask_person=AskAPerson(people=waiting),
            edit=edit,
        ),
        edit=edit,
        usage=stores.usage,
        teach=_teacher(stores, platforms, knowledge),
    )


def _teacher(stores: Stores, platforms: Platforms, knowledge: KnowledgeService) -> TeachFromFiles:
    return TeachFromFiles(
        keep=KeepAttachments(files=stores.files, adapters=platforms.adapters),
        files=stores.files,
        open_reader=open_reader,
        write=ImportFound(knowledge=knowledge),
        roles=stores.roles,
    )


def _writer(stores: Stores) -> WriteAnswer | None:
    if stores.model is None:
        return None
    spend = SpendCompletions(
        completer=stores.model.completer, ledger=stores.ledger, counters=stores.counters
    )
    unrecorded = PostgresUnrecorded(database=stores.database)
    history = ReadHistory(threads=stores.threads.store, unrecorded=unrecorded)
    return WriteAnswer(spend=spend, threads=MergedThreads(read=history), always=stores.model.always)
