"""What the chat side of answers does, on a real database: offers, receipts, votes and comments."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from adapters.sentiment.vader import VaderSentiment
from adapters.stores.postgres.comments import PostgresComments
from adapters.stores.postgres.feedback import PostgresFeedback
from adapters.stores.postgres.offers import PostgresOffers
from adapters.stores.postgres.roles import PostgresRoles
from adapters.stores.postgres.waiting import PostgresWaiting
from bots.clock import utc_now
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.accounts import Account
from core.answers.audience import WhoAsks
from core.answers.explain import ExplainAnswer
from core.answers.offers import TakeOffer
from core.answers.opinions import TakeOpinion
from core.entries import Entry, NewEntry
from core.knowledge.service import KnowledgeService
from core.messages import Kind
from core.ports.inbox import Admitted
from core.ports.receipts import Receipt
from tests.stores.replica import Replica, open_replica, slack_message

THREAD = "1.1"


@dataclass(slots=True)
class MemoryReceipts:
    """Receipts in memory."""

    kept: dict[UUID, Receipt] = field(default_factory=dict)

    def keep(self, organization_id: UUID, receipt: Receipt) -> None:
        del organization_id
        self.kept[receipt.message_id] = receipt

    async def get(self, organization_id: UUID, message_id: UUID) -> Receipt | None:
        del organization_id
        return self.kept.get(message_id)


@dataclass(slots=True, kw_only=True)
class Opinionated:
    """The use cases on one replica, and people who use them."""

    replica: Replica
    knowledge: KnowledgeService
    take_offer: TakeOffer
    explain: ExplainAnswer
    opinions: TakeOpinion
    offers: PostgresOffers
    receipts: MemoryReceipts
    said: int = 0

    async def says(
        self,
        text: str,
        *,
        user: str = "U1",
        thread: str = THREAD,
        kind: Kind = Kind.MESSAGE,
        reply_to: str | None = THREAD,
    ) -> tuple[Account, Admitted]:
        """Admit what a person writes, or clicks, in a thread of Slack."""
        self.said += 1
        message = slack_message(self.said, user=user, thread=thread, text=text)
        message = replace(message, kind=kind, reply_to=reply_to)
        admitted = await self.replica.admit(message)
        assert admitted.account is not None
        return admitted.account, admitted

    async def learns(self, question: str, answer: str, *, audience: tuple[str, ...] = ()) -> Entry:
        """Add an entry to the default organization."""
        new = NewEntry(
            phrasings=(question,), answer=answer, source="handbook.md", audience=audience
        )
        return await self.knowledge.add(await self.organization(), new, by=None)

    async def organization(self) -> UUID:
        found = await self.replica.one("SELECT id FROM organizations WHERE is_default")
        assert isinstance(found, UUID)
        return found

    async def make_admin(self, account: Account) -> None:
        await self.replica.database.fetch(
            "UPDATE memberships SET role = 'admin' WHERE user_id = $1", account.user_id
        )

    async def proposed(self) -> list[tuple[str, str, str, int]]:
        """What waits for review: kind, question, reason, times."""
        proposals = await self.knowledge.proposals(await self.organization(), limit=9)
        return [(one.kind, one.question, one.reason, one.times) for one in proposals]


@asynccontextmanager
async def open_opinionated(addresses: Addresses) -> AsyncIterator[Opinionated]:
    """All of it on an empty database."""
    async with open_replica(addresses) as replica:
        knowledge = knowledge_in(replica.bot.pool)
        offers = PostgresOffers(database=replica.bot)
        roles = PostgresRoles(database=replica.bot)
        who_asks = WhoAsks(roles=roles)
        receipts = MemoryReceipts()
        yield Opinionated(
            replica=replica,
            knowledge=knowledge,
            take_offer=TakeOffer(
                knowledge=knowledge,
                offers=offers,
                waiting=PostgresWaiting(database=replica.bot, replica=replica.id),
                who_asks=who_asks,
                clock=utc_now,
            ),
            explain=ExplainAnswer(
                knowledge=knowledge,
                receipts=receipts,
                roles=roles,
                who_asks=who_asks,
                clock=utc_now,
            ),
            opinions=TakeOpinion(
                feedback=PostgresFeedback(database=replica.bot),
                comments=PostgresComments(database=replica.bot),
                sentiment=VaderSentiment(),
                offers=offers,
                knowledge=knowledge,
            ),
            offers=offers,
            receipts=receipts,
        )
