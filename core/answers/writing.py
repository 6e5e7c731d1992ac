"""Answer by a language model, where what is known does not answer by itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from core.accounts import Account, Resource
from core.answers.citations import adds_to, cited_in, objection_to
from core.answers.compose import written
from core.answers.prompts import (
    LONGEST_PASSAGE,
    REFUSAL,
    VERSION,
    compose_prompt,
    restate_prompt,
    rewrite_prompt,
)
from core.answers.spending import Silence, SpendCompletions, Step
from core.answers.thread import leans_on_thread
from core.entries import POSSIBLE, Answer, Passage
from core.errors import UnavailableError
from core.ports.completer import Prompt
from core.ports.inbox import Admitted
from core.ports.threads import Threads, Turn

GIVEN = 4  # passages that a model writes from
NEAR = 0.1  # the probability from which on a part of a document may hold the answer

TURNS = 6  # of what was said before, by one person and to them
TURNS_READ = 20  # of the conversation, in which others may have spoken too
SAID_WITHIN = timedelta(hours=1)
HISTORY_WITHIN = timedelta(milliseconds=500)
LONGEST_REWRITTEN = 300  # characters

REMARKS = {
    Silence.FAILED: "A language model could not be asked, so I looked without it.",
    Silence.USED_UP: (
        "No language model calls are left for you this month, so I looked without one."
    ),
    Silence.MESSAGES_USED_UP: (
        "No messages are left for you this month, so I looked without a language model."
    ),
}
LACKING = {
    Silence.USED_UP: Resource.COMPLETIONS,
    Silence.MESSAGES_USED_UP: Resource.MESSAGES,
}

log = structlog.get_logger(service="completer")


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAnswer:
    """A model writes from passages, and nothing that does not rest on them is passed on.

    Whatever goes wrong with it, the person gets what they would have got without it. `always`: what
    answers by itself is put into the model's words too.
    """

    spend: SpendCompletions
    threads: Threads
    always: bool = False

    @property
    def model(self) -> str:
        """Which one writes."""
        return self.spend.completer.model

    @property
    def composer(self) -> str:
        """What its answers depend on besides the question and the knowledge."""
        return f"{self.model}.{VERSION}.{self.always}"

    async def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        admitted: Admitted,
        account: Account,
        *,
        otherwise: Answer | None,
    ) -> Answer | None:
        """An answer that names its passages, else what there is otherwise."""
        near = near_in(passages)
        if not near:
            return otherwise
        prompt = compose_prompt(question, near)
        said = await self._say(prompt, admitted, account, Step.COMPOSE)
        if isinstance(said, Silence):
            return otherwise and _with_remark(otherwise, said)
        if objection := objection_to(said, question, near):
            log.info("completion_not_used", message_id=str(admitted.id), reason=objection)
            return otherwise
        return written(said, cited_in(said, near), model=self.model)

    async def restate(self, passage: Passage, admitted: Admitted, account: Account) -> str:
        """A passage in the model's words, the same for whoever asks; empty where it stays as it is.

        A passage that is longer than what the model is shown is not put into other words.
        """
        if len(passage.answer) > LONGEST_PASSAGE:
            return ""
        said = await self._say(restate_prompt(passage), admitted, account, Step.RESTATE)
        if isinstance(said, Silence):
            return ""
        if objection := objection_to(said, "", [passage]):
            log.info("completion_not_used", message_id=str(admitted.id), reason=objection)
            return ""
        return said

    async def in_full(self, question: str, admitted: Admitted, account: Account) -> str:
        """A question that leans on its thread so that it stands by itself; empty if it cannot be.

        Only what this person said and was told counts: others could put words into their mouth,
        and what was said to one of them is not for all.
        """
        turns = await self._said_before(admitted, account)
        if not turns:
            return ""
        prompt = rewrite_prompt(question, turns)
        said = await self._say(prompt, admitted, account, Step.REWRITE)
        if isinstance(said, Silence) or not said or REFUSAL in said:
            return ""
        told = (question, *(turn.text for turn in turns))
        if (
            len(said) > LONGEST_REWRITTEN
            or "\n" in said
            or adds_to(said, told)
            or leans_on_thread(said)
        ):
            log.info("completion_not_used", message_id=str(admitted.id), reason="no_question")
            return ""
        return said

    async def _say(
        self, prompt: Prompt, admitted: Admitted, account: Account, step: Step
    ) -> str | Silence:
        try:
            return await self.spend(prompt, account, admitted.id, step)
        except UnavailableError as error:  # the ledger's
            log.warning("completion_not_reserved", reason=str(error))
            return Silence.FAILED

    async def _said_before(self, admitted: Admitted, account: Account) -> Sequence[Turn]:
        try:
            async with asyncio.timeout(HISTORY_WITHIN.total_seconds()):
                turns = await self.threads.history(
                    admitted.conversation_id,
                    limit=TURNS_READ,
                    since=admitted.received_at - SAID_WITHIN,
                )
        except (UnavailableError, TimeoutError) as error:
            log.info("context_not_read", reason=type(error).__name__)
            return ()
        return [turn for turn in turns if turn.user_id == account.user_id][-TURNS:]


def near_in(passages: Sequence[Passage]) -> Sequence[Passage]:
    """What a model writes from; nothing where no passage is near enough to try.

    Of parts of a document even the right one is seldom alike: it says much else too.
    """
    if not any(one.score >= (NEAR if one.document else POSSIBLE) for one in passages):
        return ()
    return tuple({one.answer: one for one in reversed(passages)}.values())[::-1]


def _with_remark(otherwise: Answer, silence: Silence) -> Answer:
    lacks = LACKING.get(silence)
    remark = REMARKS.get(silence, "")
    text = f"{otherwise.text}\n\n{remark}" if lacks else otherwise.text
    return replace(otherwise, text=text, remark=remark, lacks=lacks)
