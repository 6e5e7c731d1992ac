"""From a command to what the bot says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import assert_never

from core.accounts import Account
from core.answers.find import AnswerQuestion
from core.commands import Ask, Command, Help
from core.entries import Origin

HELP = """\
Ask me a question, and I answer from what your team has written down, with the source.
In a channel or a group, mention me; in a direct message, just write.
When I do not know, I say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was decided for a message: the text to post, and one word for the log."""

    word: str
    text: str
    confidence: float | None = None
    origin: Origin = Origin.NONE


Route = Callable[[Command, Account], Awaitable[Outcome]]
"""Carry out a command. `UnavailableError` when a store that it needs is away: try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """Every command has exactly one handler."""

    answer_question: AnswerQuestion

    async def __call__(self, command: Command, account: Account) -> Outcome:
        """Carry out a command. `UnavailableError` when a store that answering needs is away."""
        match command:
            case Ask():
                return await self._ask(command, account)
            case Help():
                return Outcome(word="helped", text=HELP)
            case _:
                assert_never(command)

    async def _ask(self, ask: Ask, account: Account) -> Outcome:
        answer = await self.answer_question(ask, account)
        word = "answered" if answer.confidence > 0 else "unknown"
        return Outcome(
            word=word, text=answer.text, confidence=answer.confidence, origin=answer.origin
        )
