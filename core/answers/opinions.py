"""Note what people think of an answer, by a vote and in words."""

import asyncio
from dataclasses import dataclass

from core.accounts import Account
from core.clicks import Rate
from core.commands import Comment
from core.knowledge.service import KnowledgeService
from core.messages import Kind
from core.ports.comments import (
    AskedWhy,
    Comments,
    NewComment,
    RatedAnswer,
    ReadsSentiment,
    Words,
)
from core.ports.feedback import Feedback
from core.ports.inbox import Admitted
from core.ports.offers import Offers
from core.ports.proposals import NewProposal, ProposalKind

LONGEST = 2_000  # characters of a comment that are kept

THANKS = "Thank you, that is noted."
SORRY = (
    "Sorry that this did not help. What was wrong? Mention me in a reply to my answer,"
    " or use `/comment`."
)
COMMENTED = "Thank you. I have passed that on to those who look after this answer."
COMMENTED_WELL = "Thank you, I have noted your words."
MEANT_A_QUESTION = "If it was a question, please ask it again."
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
        words = Words(
            id=admitted.id,
            conversation_id=admitted.conversation_id,
            reply_to=message.reply_to,
            # Slack names what began the thread, and not what was replied to.
            in_thread=message.reply_to == message.conversation.thread,
        )
        kept = await self._keep(words, text, account)
        return f"{kept} {MEANT_A_QUESTION}" if kept else None

    async def comment(self, comment: Comment, account: Account, admitted: Admitted) -> str:
        """Keep a comment on the last answer that the person voted on."""
        if not comment.text:
            return NO_WORDS
        return await self._keep(Words(id=admitted.id), comment.text, account) or NO_VOTE

    async def _keep(self, words: Words, text: str, account: Account) -> str | None:
        rated = await self.comments.awaited(account, words)
        if rated is None:
            return None
        kept = text[:LONGEST]
        sentiment = await asyncio.to_thread(self.sentiment, kept)
        comment = NewComment(id=words.id, text=kept, sentiment=sentiment)
        await self.comments.write(account, rated, comment)
        if rated.helpful:
            return COMMENTED_WELL
        opened = await self._open_for_review(rated, kept, account)
        return COMMENTED if opened else COMMENTED_WELL

    async def _open_for_review(self, rated: RatedAnswer, reason: str, account: Account) -> bool:
        """Whether there is something to review: its entry, or the question while it is known."""
        organization = account.organization_id
        entry = None
        if rated.entry_id:
            entry = await self.knowledge.entry(organization, rated.entry_id)
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
            asked = await self.offers.asked(organization, rated.message_id)
            if asked is None:
                return False
            proposal = NewProposal(kind=ProposalKind.REVIEW, question=asked.text, reason=reason)
        await self.knowledge.propose(organization, [proposal], by=account.user_id)
        return True
