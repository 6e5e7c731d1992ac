"""Note what people think of an answer, by a vote and in words."""

from dataclasses import dataclass

from core.accounts import Account
from core.clicks import Rate
from core.commands import Comment
from core.knowledge.service import KnowledgeService
from core.messages import Kind
from core.ports.comments import AskedWhy, Commented, Comments, NewComment, ReadsSentiment
from core.ports.feedback import Feedback
from core.ports.inbox import Admitted
from core.ports.offers import Offers
from core.ports.proposals import NewProposal, ProposalKind

LONGEST = 2_000  # characters of a comment that are kept

THANKS = "Thank you, that is noted."
SORRY = (
    "Sorry that this did not help. What was wrong? Reply to my answer with a few words,"
    " or use `/comment`."
)
COMMENTED = "Thank you. I have passed that on to those who look after this answer."
COMMENTED_WELL = "Thank you, I have noted your words."
NO_VOTE = "Click 👍 or 👎 below an answer first, then tell me in words what you think of it."
NO_WORDS = "Write what you think of the answer behind the command: `/comment the link is dead`."
QUESTION_MARKS = ("?", "\N{FULLWIDTH QUESTION MARK}", "\N{ARABIC QUESTION MARK}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOpinion:
    """Keeps votes and comments. A comment on an answer that did not help opens it for review."""

    feedback: Feedback
    comments: Comments
    sentiment: ReadsSentiment
    offers: Offers
    knowledge: KnowledgeService

    async def rate(self, rate: Rate, account: Account, admitted: Admitted) -> str:
        """Keep a vote; who is against an answer is asked why."""
        await self.feedback.rate(account, message_id=rate.message_id, helpful=rate.helpful)
        if rate.helpful:
            return THANKS
        asked = AskedWhy(
            message_id=rate.message_id,
            conversation_id=admitted.conversation_id,
            posting=admitted.message.reply_to or "",
            entry_id=rate.entry_id,
        )
        await self.comments.ask_why(account, asked)
        return SORRY

    async def reply(self, text: str, account: Account, admitted: Admitted) -> str | None:
        """Keep what was replied to an answer after a vote against it; None when it is none.

        A reply that ends in a question mark is a question.
        """
        message = admitted.message
        if message.kind is not Kind.MESSAGE or message.reply_to is None:
            return None
        if text.rstrip().endswith(QUESTION_MARKS):
            return None
        comment = self._comment(
            text,
            admitted,
            conversation=True,
        )
        return await self._keep(comment, account)

    async def comment(self, comment: Comment, account: Account, admitted: Admitted) -> str:
        """Keep a comment on the last answer that the person voted on."""
        if not comment.text:
            return NO_WORDS
        kept = await self._keep(self._comment(comment.text, admitted), account)
        return NO_VOTE if kept is None else kept

    def _comment(self, text: str, admitted: Admitted, *, conversation: bool = False) -> NewComment:
        kept, message = text[:LONGEST], admitted.message
        sentiment = self.sentiment(kept)
        if not conversation:
            return NewComment(id=admitted.id, text=kept, sentiment=sentiment)
        return NewComment(
            id=admitted.id,
            text=kept,
            sentiment=sentiment,
            conversation_id=admitted.conversation_id,
            reply_to=message.reply_to,
            # Slack names what began the thread, and not what was replied to.
            in_thread=message.reply_to == message.conversation.thread,
        )

    async def _keep(self, comment: NewComment, account: Account) -> str | None:
        commented = await self.comments.write(account, comment)
        if commented is None:
            return None
        if commented.helpful:
            return COMMENTED_WELL
        await self._open_for_review(commented, comment.text, account)
        return COMMENTED

    async def _open_for_review(self, commented: Commented, reason: str, account: Account) -> None:
        organization = account.organization_id
        entry = None
        if commented.entry_id:
            entry = await self.knowledge.entry(organization, commented.entry_id)
        if entry is not None:
            proposal = NewProposal(
                kind=ProposalKind.REVIEW,
                entry_id=entry.id,
                question=entry.phrasings[0],
                answer=entry.answer,
                source=entry.source,
                reason=reason,
            )
        else:
            asked = await self.offers.asked(organization, commented.message_id)
            if asked is None:
                return
            proposal = NewProposal(kind=ProposalKind.REVIEW, question=asked.text, reason=reason)
        await self.knowledge.propose(organization, [proposal], by=account.user_id)
