"""`/kb` in chat: what an admin can do with the knowledge, and what everybody else is told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.roles import PostgresRoles
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.accounts import Account
from core.answers.explain import ADMINS_ONLY
from core.clicks import Decide, MakeAgain, TakeBack, understand_click
from core.entries import NewEntry
from core.kb.chat import (
    INTERRUPTED,
    NO_GAPS,
    NO_PROPOSALS,
    NOT_OPEN,
    EditInChat,
)
from core.kb.ids import short
from core.kb.reversing import NOTHING_TO_REDO, NOTHING_TO_UNDO
from core.knowledge.service import KnowledgeService
from core.messages import Button, Reply
from core.ports.proposals import NewProposal, ProposalKind
from tests.core.memory import admitted
from tests.stores.people import add_person, open_owner

QUESTION = "Where is the stapler?"
ANIMALS = "ant bee cat dog eel fox gnu hen ibis jay koi lynx mole newt owl pug ram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """An admin who writes `/kb`, and the knowledge that it is about."""

    knowledge: KnowledgeService
    edit: EditInChat
    admin: Account
    member: Account

    async def says(self, text: str) -> str:
        reply = await self.edit(text, self.admin, admitted(f"/kb {text}"))
        assert reply.private
        return reply.text

    async def knows(self) -> dict[str, str]:
        entries = await self.knowledge.list(self.admin.organization_id, limit=10)
        return {entry.phrasings[0]: entry.answer for entry in entries}

    async def id_of(self, question: str) -> UUID:
        entries = await self.knowledge.list(self.admin.organization_id, limit=10)
        return next(entry.id for entry in entries if entry.phrasings[0] == question)

    async def proposes(self, *proposals: NewProposal) -> None:
        await self.knowledge.propose(self.admin.organization_id, proposals, by=self.member.user_id)

    async def clicks(self, button: Button) -> Reply:
        click = understand_click(button.value)
        assert isinstance(click, Decide)
        return await self.edit.decide(click, self.admin)


@pytest.fixture
async def chat(addresses: Addresses) -> AsyncIterator[Chat]:
    async with open_owner(addresses) as owner:
        admin, member = await add_person(owner, role="admin"), await add_person(owner)
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=2) as pool:
        knowledge = knowledge_in(pool)
        edit = EditInChat(knowledge=knowledge, roles=PostgresRoles(database=Database(pool=pool)))
        yield Chat(knowledge=knowledge, edit=edit, admin=admin, member=member)


async def test_an_answer_is_added_changed_removed_and_each_is_taken_back(chat: Chat) -> None:
    said = await chat.says(f"add {QUESTION} | In the drawer.")
    entry_id = await chat.id_of(QUESTION)
    assert f"/kb edit {short(entry_id)} ANSWER" in said
    assert await chat.knows() == {QUESTION: "In the drawer."}

    assert "Changed" in await chat.says(f"edit {short(entry_id)} On the\n\nshelf.")
    assert await chat.knows() == {QUESTION: "On the\n\nshelf."}
    assert "Removed" in await chat.says(f"remove {entry_id}")
    assert await chat.knows() == {}

    for left in ({QUESTION: "On the\n\nshelf."}, {QUESTION: "In the drawer."}, {}):
        said = await chat.says("undo")
        assert said.startswith("Taken back: 1 ")
        assert f" by you on {datetime.now(UTC):%-d %B}" in said
        assert f"UTC: “{QUESTION}”." in said
        assert await chat.knows() == left
    assert await chat.says("undo") == NOTHING_TO_UNDO


async def test_what_was_taken_back_is_made_again(chat: Chat) -> None:
    assert await chat.says("redo") == NOTHING_TO_REDO
    await chat.says(f"add {QUESTION} | In the drawer.")
    assert "`/kb redo`" in await chat.says("undo")
    said = await chat.says("redo")
    assert said.startswith("Made again: 1 entry added, taken back by you on ")
    assert f"“{QUESTION}”" in said
    assert await chat.knows() == {QUESTION: "In the drawer."}
    again = replace(admitted("/kb redo"), orphaned=True)
    assert (await chat.edit("redo", chat.admin, again)).text == INTERRUPTED


async def test_somebody_elses_change_is_shown_before_it_is_taken_back(chat: Chat) -> None:
    organization = chat.admin.organization_id
    for question in (QUESTION, "Who?"):
        new = NewEntry(phrasings=(question,), answer=f"{question} Here.")
        await chat.knowledge.add(organization, new, by=chat.member.user_id)
    shown = await chat.edit("undo", chat.admin, admitted("/kb undo"))
    assert shown.text.startswith("This was the last change: 1 entry added by Ada on ")
    assert "“Who?”" in shown.text
    assert shown.private
    assert len(await chat.knows()) == 2

    [button] = shown.buttons
    click = understand_click(button.value)
    assert isinstance(click, TakeBack)
    assert (await chat.edit.reverse(click, chat.member)).text == ADMINS_ONLY
    assert "Taken back: 1 entry added by Ada" in (await chat.edit.reverse(click, chat.admin)).text
    assert "is not the last change any more" in (await chat.edit.reverse(click, chat.admin)).text
    assert await chat.knows() == {QUESTION: f"{QUESTION} Here."}
    assert "Taken back: 1 entry added by Ada" in await chat.says("undo yes")
    assert await chat.knows() == {}


async def test_what_somebody_else_took_back_is_shown_before_it_is_made_again(chat: Chat) -> None:
    organization = chat.admin.organization_id
    for question in (QUESTION, "Who?"):
        await chat.says(f"add {question} | {question} Here.")
        await chat.knowledge.undo(organization, by=chat.member.user_id)
    shown = await chat.edit("redo", chat.admin, admitted("/kb redo"))
    assert shown.text.startswith("This was taken back last: 1 entry added, taken back by Ada on ")
    assert "“Who?”" in shown.text
    assert shown.private
    assert await chat.knows() == {}

    [button] = shown.buttons
    click = understand_click(button.value)
    assert isinstance(click, MakeAgain)
    assert (await chat.edit.reverse(click, chat.member)).text == ADMINS_ONLY
    assert "Made again: 1 entry added" in (await chat.edit.reverse(click, chat.admin)).text
    assert "is not the last undo any more" in (await chat.edit.reverse(click, chat.admin)).text
    assert await chat.knows() == {"Who?": "Who? Here."}
    assert "Made again: 1 entry added" in await chat.says("redo yes")
    assert len(await chat.knows()) == 2


async def test_an_import_is_taken_back_only_when_that_is_meant(chat: Chat) -> None:
    many = [NewEntry(phrasings=(f"Where is room {n}?",), answer=f"Floor {n}.") for n in range(21)]
    await chat.knowledge.import_entries(chat.admin.organization_id, many)
    assert "21 entries added by the command line on" in await chat.says("undo")
    assert len(await chat.knows()) == 10  # as many as are looked at here
    assert "Taken back: 21 entries added" in await chat.says("undo import")
    assert await chat.knows() == {}


async def test_the_same_message_handled_twice_changes_nothing_more(chat: Chat) -> None:
    for _ in range(2):
        assert "Now I know" in await chat.says(f"add {QUESTION} | In the drawer.")
    entry_id = await chat.id_of(QUESTION)
    for _ in range(2):
        assert "Changed" in await chat.says(f"edit {entry_id} On the shelf.")
    again = replace(admitted("/kb undo"), orphaned=True)
    assert (await chat.edit("undo", chat.admin, again)).text == INTERRUPTED
    assert await chat.knows() == {QUESTION: "On the shelf."}
    assert len(await chat.knowledge.history(chat.admin.organization_id, limit=9)) == 2


async def test_nobody_else_may_look_or_change(chat: Chat) -> None:
    await chat.proposes(NewProposal(kind=ProposalKind.ENTRY, question=QUESTION, answer="Here."))
    reply = await chat.edit(f"add {QUESTION} | Mine.", chat.member, admitted())
    assert (reply.text, reply.private) == (ADMINS_ONLY, True)
    [proposal] = await chat.knowledge.proposals(chat.admin.organization_id, limit=1)
    click = Decide(proposal_id=proposal.id, accepted=True)
    assert (await chat.edit.decide(click, chat.member)).text == ADMINS_ONLY
    assert await chat.knows() == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("add lobster", "Write it like this: `/kb add QUESTION | ANSWER`"),
        ("edit 12345678 Yes.", "No entry has the ID 12345678"),
        ("forget it", "I do not know `/kb forget`"),
        (f"add {'long ' * 300}? | Yes.", "the question has 1,501 characters"),
        (f"add {QUESTION} | Another.", "asked for with already"),
    ],
)
async def test_what_cannot_be_gets_a_sentence(chat: Chat, text: str, sentence: str) -> None:
    await chat.says(f"add {QUESTION} | In the drawer.")
    assert sentence in await chat.says(text)
    assert await chat.knows() == {QUESTION: "In the drawer."}


async def test_gaps_are_listed_by_how_often_they_and_those_like_them_were_asked(chat: Chat) -> None:
    assert await chat.says("gaps") == NO_GAPS
    for question in ("Where is the *key*?", "Why?", "where is the *key*", "so where is the *key*"):
        await chat.knowledge.note_gap(chat.admin.organization_id, question)
    lines = (await chat.says("gaps")).splitlines()
    assert lines[2:4] == [r"- where is the \*key\* (3 times, with 1 like it)", "- why (once)"]


async def test_gaps_that_are_not_listed_are_counted_and_one_can_be_dismissed(chat: Chat) -> None:
    organization = chat.admin.organization_id
    words = [
        "ant",
        "bee",
        "cat",
        "dog",
        "eel",
        "fox",
        "gnu",
        "hen",
        "ibis",
        "jay",
        "koi",
        "lynx",
        "mole",
        "newt",
        "owl",
        "pug",
        "ram",
    ]
    for word in words:
        await chat.knowledge.note_gap(organization, word)
    assert f"And {len(words) - 15} more" in await chat.says("gaps")
    assert "“Ram?” is off the list" in await chat.says("gaps dismiss Ram?")
    assert "“Ram?” is not on the list" in await chat.says("gaps dismiss Ram?")
    said = await chat.says("gaps dismiss ant")
    assert "ram" not in await chat.says("gaps")
    assert "more" not in await chat.says("gaps")
    await chat.knowledge.note_gap(organization, "ant")
    assert "- ant (twice)" in await chat.says("gaps"), said


async def test_a_search_says_what_would_happen_and_how_sure_it_is(chat: Chat) -> None:
    await chat.says(f"add {QUESTION} | In the drawer.")
    said = await chat.says("search where is the stapler")
    assert "I would answer with the first one." in said
    assert f"- `{short(await chat.id_of(QUESTION))}` {QUESTION} (100% sure" in said
    assert "> In the drawer." in said
    unknown = await chat.says("search who pays for lunch")
    assert "I would say that I do not know." in unknown
    assert "Nothing that is known has the words" in unknown


async def test_proposals_are_decided_one_after_the_other(chat: Chat) -> None:
    await chat.says(f"add {QUESTION} | In the drawer.")
    entry_id = await chat.id_of(QUESTION)
    phrasing, pair, review = ProposalKind.PHRASING, ProposalKind.ENTRY, ProposalKind.REVIEW
    proposals = (
        NewProposal(kind=phrasing, entry_id=entry_id, question="stapler, anyone?"),
        NewProposal(kind=pair, question="Who has keys?", answer="Grace.", source="#help"),
        NewProposal(kind=review, entry_id=entry_id, question=QUESTION, reason="It is not there"),
    )
    for times, proposal in enumerate(reversed(proposals), start=1):
        for _ in range(times):
            await chat.proposes(proposal)

    shown = await chat.edit("review", chat.admin, admitted())
    assert "“stapler, anyone?” (3 times) and meant “Where is the stapler?”" in shown.text
    accept, decline = shown.buttons
    shown = await chat.clicks(accept)
    assert shown.text.startswith("Accepted: “Where is the stapler?”.")
    assert "answer to “Who has keys?” (twice)" in shown.text
    assert "> Grace." in shown.text
    assert (await chat.clicks(decline)).text.startswith(NOT_OPEN)

    shown = await chat.clicks(shown.buttons[1])
    assert shown.text.startswith("Declined.")
    assert "They wrote: It is not there" in shown.text
    assert f"/kb edit {short(entry_id)} ANSWER" in shown.text
    assert (await chat.clicks(shown.buttons[0])).text.endswith(NO_PROPOSALS)
    [entry] = await chat.knowledge.list(chat.admin.organization_id, limit=5)
    assert entry.phrasings == (QUESTION, "stapler, anyone?")


async def test_a_proposal_about_what_is_gone_can_only_be_declined(chat: Chat) -> None:
    gone = NewProposal(kind=ProposalKind.PHRASING, entry_id=uuid4(), question="anyone?")
    await chat.proposes(gone)
    shown = await chat.edit("review", chat.admin, admitted())
    assert "an answer that has been removed" in shown.text
    assert "There is no such entry any more: " in (await chat.clicks(shown.buttons[0])).text
    assert (await chat.clicks(shown.buttons[1])).text.endswith(NO_PROPOSALS)


async def test_an_edited_entry_keeps_everything_but_its_answer(chat: Chat) -> None:
    new = NewEntry(
        phrasings=(QUESTION, "stapler?"),
        answer="In the drawer.",
        keywords=("desk",),
        source="office.md",
        tags=("rooms",),
        language="en",
        audience=("role:admin",),
    )
    entry = await chat.knowledge.add(chat.admin.organization_id, new, by=None)
    await chat.says(f"edit {entry.id} On the shelf.")
    changed = await chat.knowledge.entry(chat.admin.organization_id, entry.id)
    assert changed == replace(entry, answer="On the shelf.")
