"""Closing the loop: who asked what nobody knew hears it when somebody does."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import structlog

from core.answers.audience import channels, is_private
from core.answers.compose import compose, escaped
from core.answers.explain import ExplainAnswer
from core.clicks import answer_buttons
from core.entries import Answer, Band
from core.errors import UnavailableError
from core.knowledge.audience import ADMINS
from core.knowledge.audiences import EVERYBODY, Audience
from core.knowledge.index import Index, look_up
from core.knowledge.service import KnowledgeService
from core.knowledge.standing import stands_at
from core.messages import Capability, Platform
from core.notifications import NotificationService
from core.ports.platform import ChatAdapter
from core.ports.threads import Turn
from core.ports.waiting import LateAnswer, Person, Taken, Told, Waiting
from core.recording import MultiDatabaseService
from core.sender import Sender
from core.splitting import split
from core.text import clean
from core.usage.reports import plain_name

QUIET = timedelta(seconds=1)
"""From the news of a change to looking: an import of many files is looked at together."""
LOOK_EVERY = timedelta(seconds=10)
"""Also without news: one can be lost, and what is fitted to a change comes later than that."""
EXPIRE_EVERY = timedelta(hours=1)
EXPIRE_BATCH = 5_000
GAPS_AT_ONCE = 20
PEOPLE_AT_ONCE = 50
MOST_UNDER_WAY = 200  # postings: the replies to those who ask now must not wait behind all others
SHORTEST_LIMIT = 1_900  # UTF-16 code units that every platform takes
LONGEST_QUOTE = 200
ANY_QUESTION = "?"

log = structlog.get_logger(service="late_answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLate:
    """Compares open gaps with the knowledge after each change, and answers those who wait.

    Every replica does; what one has taken the others leave alone. A change that came while none ran
    is found at the start.
    """

    knowledge: KnowledgeService
    waiting: Waiting
    sender: Sender
    records: MultiDatabaseService
    explain: ExplainAnswer
    adapters: Mapping[Platform, ChatAdapter]
    notifications: NotificationService | None = None
    quiet: timedelta = QUIET
    look_every: timedelta = LOOK_EVERY
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, organization_id: UUID) -> None:
        """What an organization knows has changed: look soon."""
        del organization_id  # which have gaps to look at is asked anyway
        self._news.set()

    async def run(self) -> None:
        """Look after each change, and expire, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_looking())
            tasks.create_task(self._keep_expiring())

    async def look(self) -> None:
        """Look once, at what was not looked at since it changed."""
        for organization_id in await self.waiting.organizations():
            with _alone(organization_id):
                await self._look_at(organization_id)

    async def expire(self) -> None:
        """Delete what is too old to be answered."""
        expired = EXPIRE_BATCH
        while expired >= EXPIRE_BATCH:
            expired = await self.waiting.expire(EXPIRE_BATCH)

    async def _keep_looking(self) -> None:
        while True:
            self._news.clear()
            await _tried(self.look)
            try:
                async with asyncio.timeout(self.look_every.total_seconds()):
                    await self._news.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(self.quiet.total_seconds())

    async def _keep_expiring(self) -> None:
        while True:
            await _tried(self.expire)
            await asyncio.sleep(EXPIRE_EVERY.total_seconds())

    async def _look_at(self, organization_id: UUID) -> None:
        revision = await self.knowledge.store.revision(organization_id)
        index = await self.knowledge.index_when_there(organization_id, revision, ANY_QUESTION)
        if index is None:
            return  # What is large reaches its projection a little later: looked at again then.
        stand = stands_at(index)
        while gaps := await self.waiting.take(organization_id, stand, limit=GAPS_AT_ONCE):
            for gap in gaps:
                with _alone(organization_id):
                    # Of what is large there is an index for one question at a time.
                    index = await self.knowledge.index_when_there(
                        organization_id, revision, gap.question
                    )
                    if index is None:
                        return
                    await self._close(organization_id, gap, index, stand)

    async def _close(self, organization_id: UUID, gap: Taken, index: Index, stand: int) -> None:
        """Answer all who wait for a gap, and close it if that leaves nobody."""
        found: dict[Audience, _Found | None] = {}
        after, told, entry = None, 0, None
        while people := await self._people(organization_id, gap, after):
            late = []
            for one in people:
                audience = _audience(one, index)
                if audience not in found:
                    found[audience] = await _find(index, one.question, audience)
                if answer := found[audience]:
                    entry = answer.entry_id
                    late.append((one, answer))
            if late:
                told += await self._tell(organization_id, gap, late)
            after = people[-1]
            await self._breathe()
        for_all = await _find(index, gap.question, EVERYBODY)
        await self.waiting.looked(
            organization_id,
            gap,
            max(stand, stands_at(index)),
            entry=for_all.entry_id if for_all else entry,
            everybody=for_all is not None,
        )
        if told:
            log.info("gap_answered", organization_id=str(organization_id), people=told)

    async def _tell(
        self, organization_id: UUID, gap: Taken, late: Sequence[tuple[Person, "_Found"]]
    ) -> int:
        """Write the answers down, then post, explain, record and notify; how many were told."""
        answers = [self._late(person, found.answer) for person, found in late]
        answered = await self.waiting.answer(organization_id, gap, answers)
        self.sender.put(answered.postings)
        how = {person.message_id: found for person, found in late}
        for one in answered.told:
            message_id = one.late.person.message_id
            found = how[message_id]
            self.explain.keep_late(organization_id, message_id, found.answer, took=found.took)
        self.records.remember(
            [_turn(organization_id, one) for one in answered.told if one.late.remembered]
        )
        await self._notify(answered.told)
        return len(answered.told)

    async def _notify(self, told: Sequence[Told]) -> None:
        if self.notifications is not None:
            for one in told:
                person = one.late.person
                await self.notifications.answered(
                    person.user_id, person.message_id, person.question
                )

    async def _people(
        self, organization_id: UUID, gap: Taken, after: Person | None
    ) -> Sequence[Person]:
        return await self.waiting.people(organization_id, gap, after=after, limit=PEOPLE_AT_ONCE)

    async def _breathe(self) -> None:
        """Let the messages of now go first."""
        await asyncio.sleep(0)
        while self.sender.busy() > MOST_UNDER_WAY:  # noqa: ASYNC110 (one count, for a while)
            await asyncio.sleep(0.1)

    def _late(self, person: Person, answer: Answer) -> LateAnswer:
        adapter = self.adapters.get(person.conversation.platform)
        limit = adapter.text_limit if adapter else SHORTEST_LIMIT
        entry = answer.passages[0].entry_id
        has_buttons = adapter is not None and Capability.BUTTONS in adapter.capabilities
        return LateAnswer(
            person=person,
            confidence=answer.confidence,
            parts=split(clean(worded(person, answer)), limit),
            buttons=answer_buttons(person.message_id, entry) if has_buttons else (),
            private=is_private(answer.passages, person.conversation),
        )


async def _tried(action: Callable[[], Awaitable[None]]) -> None:
    """Do something that is done again after a while: the bot must not end for it."""
    try:
        await action()
    except UnavailableError as error:
        log.warning("late_answers_failed", work=action.__name__, reason=str(error))
    except Exception:
        log.exception("late_answers_failed", work=action.__name__)


@contextmanager
def _alone(organization_id: UUID) -> Iterator[None]:
    """Let no failure keep the others waiting: what failed is taken again after a while."""
    try:
        yield
    except UnavailableError:
        raise
    except Exception:
        log.exception("look_failed", organization_id=str(organization_id))


def worded(person: Person, answer: Answer) -> str:
    """What a person hears who asked some time ago; by name where others read it too."""
    named = person.name and not person.conversation.direct
    you = f"{plain_name(person.name)}, you" if named else "You"
    return f"{you} asked “{quoted(person.question)}”. Now I know:\n\n{answer.text}"


def quoted(question: str) -> str:
    """A question on one line, as plain text."""
    line = " ".join(question.split())
    return escaped(line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1].rstrip()}…")


def _turn(organization_id: UUID, told: Told) -> Turn:
    """What the bot said, as a part of the conversation."""
    person = told.late.person
    return Turn(
        id=told.id,
        organization_id=organization_id,
        conversation_id=person.conversation_id,
        user_id=person.user_id,
        actor="bot",
        text="".join(told.late.parts),
        confidence=told.late.confidence,
        at=told.at,
    )


def _audience(person: Person, index: Index) -> Audience:
    """What a person is part of, as far as the knowledge makes a difference by it."""
    roles = frozenset({ADMINS}) if person.is_admin else EVERYBODY
    return index.audiences & (channels(person.conversation) | roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An answer that the bot is sure of, and how long finding it took."""

    answer: Answer
    took: timedelta

    @property
    def entry_id(self) -> UUID:
        return self.answer.passages[0].entry_id


async def _find(index: Index, question: str, audience: Audience) -> _Found | None:
    started = time.perf_counter()
    passages = await look_up(index, question, limit=1, audience=audience)
    if not passages or passages[0].band is not Band.ANSWER:
        return None
    answer = replace(compose(passages[0]), revision=index.revision)
    return _Found(answer=answer, took=timedelta(seconds=time.perf_counter() - started))
