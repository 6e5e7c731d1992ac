"""Each change of the knowledge is a revision of its own, written down, and can be taken back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.organizations import find_organization
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.entries import Entry, NewEntry
from core.errors import UserError
from core.kb.telling import maker
from core.knowledge.exporting import Format, exported
from core.knowledge.importing import read_entries
from core.knowledge.service import KnowledgeService
from core.ports.knowledge import Action, Change, NewRevision
from tests.stores.people import add_person, open_owner

WHY = NewEntry(
    phrasings=("Why?", "How come?"),
    answer="Because.",
    keywords=("reason",),
    source="faq.csv",
    tags=("philosophy",),
    language="en",
    audience=("role:admin", "channel:slack:T1:C1"),
    passage=True,
)
WHO = NewEntry(phrasings=("Who?",), answer="You.", source="faq.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The service on the default organization, and a look at the tables."""

    service: KnowledgeService
    organization: UUID
    owner: asyncpg.Pool

    async def add(self, new: NewEntry, by: UUID | None = None) -> Entry:
        return await self.service.add(self.organization, new, by=by)

    async def bring(self, *entries: NewEntry) -> Sequence[Entry]:
        await self.service.import_entries(self.organization, entries)
        return await self.service.export(self.organization)

    async def known(self) -> dict[UUID, Entry]:
        found = await self.service.store.load(self.organization)
        return {entry.id: entry for entry in found.entries}

    async def revision(self) -> int:
        return await self.service.store.revision(self.organization)

    async def used(self) -> object:
        return await self.owner.fetchval(
            "SELECT sum(used) FROM quotas WHERE resource_type = 'knowledge_entries'"
        )


@pytest.fixture
async def desk(addresses: Addresses) -> AsyncIterator[Desk]:
    async with (
        open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as bot,
        open_pool(addresses.postgres_owner_dsn, size=1) as owner,
    ):
        organization = await find_organization(Database(pool=bot), "")
        yield Desk(service=knowledge_in(bot), organization=organization, owner=owner)


async def test_everything_an_entry_holds_is_kept_and_written_down(desk: Desk) -> None:
    person = await desk.owner.fetchval(
        "INSERT INTO users (display_name) VALUES ('Ada') RETURNING id"
    )
    added = await desk.add(WHY, by=person)
    assert added == Entry(id=added.id, **{name: getattr(WHY, name) for name in FIELDS})
    assert await desk.known() == {added.id: added}
    assert await desk.service.entry(desk.organization, added.id) == added
    assert await desk.service.entry(desk.organization, uuid4()) is None

    edited = await desk.service.edit(desk.organization, added.id, WHO, by=None)
    assert await desk.known() == {added.id: edited}
    assert await desk.service.remove_entry(desk.organization, added.id, by=person) == edited
    assert await desk.service.remove_entry(desk.organization, added.id, by=person) is None

    history = await desk.service.history(desk.organization, limit=9)
    counted = [(one.number, one.action, one.by, one.added, one.removed) for one in history]
    assert counted == [
        (3, Action.REMOVE, person, 0, 1),
        (2, Action.EDIT, None, 0, 0),
        (1, Action.ADD, person, 1, 0),
    ]
    last = await desk.service.store.last(desk.organization)
    assert last == (history[0], [Change(before=edited, after=None)])


FIELDS = NewEntry.__slots__


async def test_changes_are_taken_back_one_after_the_other(desk: Desk) -> None:
    states = [await desk.known()]
    await desk.service.import_entries(desk.organization, [WHY, WHO])
    states.append(await desk.known())
    why, who = (await desk.service.export(desk.organization))[:2]
    await desk.service.edit(desk.organization, why.id, replace(WHY, answer="So."), by=None)
    states.append(await desk.known())
    await desk.service.remove_entry(desk.organization, who.id, by=None)
    assert await desk.used() == 1

    for undone in (3, 2, 1):
        taken = await desk.service.undo(desk.organization, by=None)
        assert taken
        assert (taken.undid.number, taken.revision) == (undone, 7 - undone)
        assert await desk.known() == states.pop()
        assert await desk.used() == len(await desk.known())
    assert await desk.service.undo(desk.organization, by=None) is None
    history = await desk.service.history(desk.organization, limit=9)
    assert [(one.number, one.undoes, one.undone) for one in history] == [
        (6, 1, False),
        (5, 2, False),
        (4, 3, False),
        (3, None, True),
        (2, None, True),
        (1, None, True),
    ]


async def test_what_comes_after_an_undo_is_taken_back_before_what_came_before_it(
    desk: Desk,
) -> None:
    why = await desk.add(WHY)
    await desk.add(WHO)
    await desk.service.undo(desk.organization, by=None)
    when = await desk.add(NewEntry(phrasings=("When?",), answer="Now."))
    await desk.service.undo(desk.organization, by=None)
    assert await desk.known() == {why.id: why}
    assert when.id not in await desk.known()
    await desk.service.undo(desk.organization, by=None)
    assert await desk.known() == {}


async def test_an_undo_is_taken_back_and_the_one_before_it(desk: Desk) -> None:
    who = await desk.add(WHO)
    await desk.service.edit(desk.organization, who.id, replace(WHO, answer="Me."), by=None)
    edited = await desk.known()
    for _ in range(2):
        await desk.service.undo(desk.organization, by=None)
    for undo, now in ((4, {who.id: who}), (3, edited)):
        redone = await desk.service.redo(desk.organization, by=None)
        assert redone
        assert (redone.undid.number, redone.questions) == (undo, ["Who?"])
        assert await desk.known() == now
    assert await desk.service.redo(desk.organization, by=None) is None
    undone = await desk.service.undo(desk.organization, by=None)
    assert undone
    assert undone.undid.number == 2
    assert await desk.known() == {who.id: who}
    history = await desk.service.history(desk.organization, limit=9)
    assert [(one.action, one.undoes, one.undone) for one in history] == [
        (Action.UNDO, 2, False),
        (Action.REDO, 3, False),
        (Action.REDO, 4, False),
        (Action.UNDO, 1, True),
        (Action.UNDO, 2, True),
        (Action.EDIT, None, True),
        (Action.ADD, None, False),
    ]


async def test_a_redo_loses_nothing_that_was_changed_since(desk: Desk) -> None:
    [who] = await desk.bring(WHO)
    await desk.service.edit(desk.organization, who.id, replace(WHO, answer="Me."), by=None)
    await desk.service.undo(desk.organization, by=None)
    for answer in ("They.", WHO.answer):  # it ends as it was
        await desk.service.edit(desk.organization, who.id, replace(WHO, answer=answer), by=None)
    with pytest.raises(UserError, match=r"“Who\?”.*was changed after it was taken back"):
        await desk.service.redo(desk.organization, by=None)
    assert (await desk.known(), await desk.revision()) == ({who.id: who}, 5)


async def test_a_redo_brings_back_no_question_that_another_entry_has_by_now(desk: Desk) -> None:
    await desk.add(WHO)
    await desk.service.undo(desk.organization, by=None)
    other = await desk.add(replace(WHO, answer="Nobody."))
    with pytest.raises(UserError, match="asked for with already"):
        await desk.service.redo(desk.organization, by=None)
    assert await desk.known() == {other.id: other}


async def test_a_redo_leaves_what_others_changed_meanwhile(desk: Desk) -> None:
    who = await desk.add(WHO)
    await desk.service.undo(desk.organization, by=None)
    when = await desk.add(NewEntry(phrasings=("When?",), answer="Now."))
    await desk.service.redo(desk.organization, by=None)
    assert await desk.known() == {who.id: who, when.id: when}
    assert await desk.used() == 2


async def test_a_change_by_hand_that_was_made_again_is_kept_by_an_import(desk: Desk) -> None:
    [who] = await desk.bring(WHO)
    await desk.service.add_phrasing(desk.organization, who.id, "Who is it?", by=None)
    await desk.service.undo(desk.organization, by=None)
    await desk.service.redo(desk.organization, by=None)
    report = await desk.service.import_entries(desk.organization, [WHO])
    assert report.unchanged == 1
    assert (await desk.known())[who.id].phrasings == ("Who?", "Who is it?")


async def test_history_names_members_and_nobody_else(desk: Desk, addresses: Addresses) -> None:
    async with open_owner(addresses) as owner:
        ada = await add_person(owner)
        stranger = await owner.one("INSERT INTO users (display_name) VALUES ('Eve') RETURNING id")
    await desk.add(WHO, by=ada.user_id)
    await desk.add(NewEntry(phrasings=("When?",), answer="Now."), by=cast("UUID", stranger))
    history = await desk.service.history(desk.organization, limit=9)
    assert [(one.who, one.question) for one in history] == [("", "When?"), ("Ada", "Who?")]


async def test_a_member_without_a_name_is_called_by_their_platform(
    desk: Desk, addresses: Addresses
) -> None:
    async with open_owner(addresses) as owner:
        ada = await add_person(owner)
        await owner.run("UPDATE users SET display_name = ''")
        await owner.run(
            "INSERT INTO identities (platform, scope, id, user_id)"
            " VALUES ('slack', 'T1', 'U024BE7LH', $1)",
            ada.user_id,
        )
    await desk.add(WHO, by=ada.user_id)
    [revision] = await desk.service.history(desk.organization, limit=9)
    assert maker(revision) == "Slack U024BE7LH"


async def test_what_was_changed_past_the_record_is_not_overwritten_by_an_undo(desk: Desk) -> None:
    why = await desk.add(WHY)
    await desk.owner.execute("UPDATE knowledge_entries SET answer = 'mine'")
    with pytest.raises(UserError, match=r"“Why\?”.*was changed after revision 1"):
        await desk.service.undo(desk.organization, by=None)
    assert (await desk.known())[why.id].answer == "mine"
    assert await desk.revision() == 1


async def test_a_revision_of_an_earlier_release_is_not_taken_back(desk: Desk) -> None:
    await desk.add(WHY)
    await desk.owner.execute("DELETE FROM knowledge_changes")
    with pytest.raises(UserError, match="Revision 1 was made by an earlier release"):
        await desk.service.undo(desk.organization, by=None)
    assert await desk.service.store.changes_since(desk.organization, 0) is None


async def test_an_undo_that_finds_no_room_says_so_and_writes_nothing(desk: Desk) -> None:
    await desk.owner.execute(
        "INSERT INTO organization_pools VALUES ($1, 'knowledge_entries', 1)", desk.organization
    )
    await desk.service.remove_entry(desk.organization, (await desk.add(WHY)).id, by=None)
    await desk.add(WHO)
    last = await desk.service.history(desk.organization, limit=1)
    with pytest.raises(UserError, match="add 1 entry, and 0 of 1 are left"):
        await desk.add(replace(WHY, answer="Another."))
    assert await desk.service.history(desk.organization, limit=1) == last
    assert await desk.used() == 1


async def test_what_changed_since_a_revision_leads_to_what_is_known(desk: Desk) -> None:
    first = await desk.add(WHY)
    before = await desk.known()
    gone = await desk.add(WHO)
    await desk.service.edit(desk.organization, first.id, replace(WHY, answer="So."), by=None)
    await desk.service.remove_entry(desk.organization, gone.id, by=None)
    await desk.add(NewEntry(phrasings=("When?",), answer="Now."))

    difference = await desk.service.store.changes_since(desk.organization, 1)
    assert difference
    assert (difference.revision, difference.removed) == (5, [gone.id])
    changed = {entry.id: entry for entry in difference.changed}
    assert list(changed.values())[-1].answer == "Now."
    assert before | changed == await desk.known()
    nothing = await desk.service.store.changes_since(desk.organization, 5)
    assert nothing
    assert (nothing.revision, list(nothing.changed), list(nothing.removed)) == (5, [], [])
    assert await desk.service.store.changes_since(desk.organization, 9) is None


async def test_what_is_much_is_not_told_entry_by_entry(desk: Desk) -> None:
    many = [NewEntry(phrasings=(f"{n}?",), answer=f"{n}") for n in range(1_001)]
    await desk.service.import_entries(desk.organization, many)
    assert await desk.service.store.changes_since(desk.organization, 0) is None
    await desk.add(WHO)
    difference = await desk.service.store.changes_since(desk.organization, 1)
    assert difference
    assert [entry.answer for entry in difference.changed] == ["You."]


async def test_nothing_is_lost_to_whoever_changes_the_same_at_once(
    desk: Desk, addresses: Addresses
) -> None:
    """Two bots with connections of their own give one entry phrasings, and add others."""
    entry = await desk.add(WHO)
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=2) as pool:
        other = knowledge_in(pool)

        async def teach(service: KnowledgeService, name: str) -> None:
            for number in range(5):
                phrasing = f"Who is {name} {number}?"
                await service.add_phrasing(desk.organization, entry.id, phrasing, by=None)
                new = NewEntry(phrasings=(f"Where is {name} {number}?",), answer=phrasing)
                await service.add(desk.organization, new, by=None)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(teach(desk.service, "one"))
            tasks.create_task(teach(other, "two"))
    known = await desk.known()
    assert len(known) == 11
    assert len(known[entry.id].phrasings) == 11
    history = await desk.service.history(desk.organization, limit=99)
    assert [one.number for one in history] == list(range(21, 0, -1))
    assert await desk.used() == 11


async def test_what_was_read_at_an_older_revision_is_not_written(desk: Desk) -> None:
    entry = await desk.add(WHO)
    removal = NewRevision(action=Action.REMOVE, by=None, changes=[Change(before=entry, after=None)])
    assert await desk.service.store.write(desk.organization, removal, at=0) is None
    assert await desk.known() == {entry.id: entry}
    assert await desk.service.store.write(desk.organization, removal, at=1) == 2
    assert await desk.known() == {}


async def test_an_edit_to_what_it_is_already_makes_no_revision(desk: Desk) -> None:
    entry = await desk.add(WHO)
    assert await desk.service.edit(desk.organization, entry.id, WHO, by=None) == entry
    assert await desk.add(WHO) == entry
    assert await desk.revision() == 1


async def test_a_question_that_another_entry_has_is_refused_with_its_name(desk: Desk) -> None:
    who, why = await desk.add(WHO), await desk.add(replace(WHY, passage=False))
    with pytest.raises(UserError, match=rf"“who” is what the entry “Who\?”.*{who.id}"):
        await desk.add(NewEntry(phrasings=("Whose?", "who"), answer="Mine."))
    with pytest.raises(UserError, match=r"“WHO\?” is what"):
        await desk.service.edit(
            desk.organization, why.id, replace(WHO, answer="x", phrasings=("WHO?",)), by=None
        )
    new = replace(WHO, phrasings=("Why then?",))
    with pytest.raises(UserError, match="has this very answer"):
        await desk.service.edit(desk.organization, why.id, new, by=None)
    with pytest.raises(UserError, match="no such entry any more"):
        await desk.service.edit(desk.organization, uuid4(), WHO, by=None)
    for_admins = replace(WHO, answer="Them.", audience=("role:admin",))
    assert (await desk.add(for_admins)).phrasings == who.phrasings


async def test_the_same_answer_of_the_same_source_is_one_entry_with_both_questions(
    desk: Desk,
) -> None:
    who = await desk.add(WHO)
    both = await desk.add(replace(WHO, phrasings=("Whom?",), tags=("people",)))
    assert both == replace(who, phrasings=("Who?", "Whom?"), tags=("people",))
    with pytest.raises(UserError, match="for another audience or language"):
        await desk.add(replace(WHO, phrasings=("Quién?",), language="es"))


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (NewEntry(phrasings=(" ",), answer="A"), "the question is missing"),
        (NewEntry(phrasings=("Q",), answer="\n "), "the answer is missing"),
        (NewEntry(phrasings=("Q" * 1_001,), answer="A"), "the question has 1,001 characters"),
        (NewEntry(phrasings=("Q",), answer="A" * 20_001), "the answer has 20,001 characters"),
        (NewEntry(phrasings=("Q\x00",), answer="A"), "the question has a NUL"),
        (NewEntry(phrasings=("Q",), answer="A\ud800"), "the answer has a NUL"),
        (NewEntry(phrasings=("Q",), answer="A", audience=("everyone",)), "the audience 'everyone'"),
        (NewEntry(phrasings=("Q",), answer="A", audience=("channel:C1",)), "neither role:admin"),
        (NewEntry(phrasings=("Q",), answer="A", language="German"), "the language 'german'"),
        (NewEntry(phrasings=("Q",), answer="A", tags=("t" * 101,)), "the tag has 101"),
        (
            NewEntry(phrasings=tuple(f"Q{n}" for n in range(1_001)), answer="A"),
            "more than 1,000 phrasings",
        ),
    ],
)
async def test_what_cannot_be_an_entry_is_refused_with_the_reason(
    desk: Desk, new: NewEntry, reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        await desk.add(new)
    assert await desk.revision() == 0


async def test_the_same_file_again_takes_nothing_away_that_was_changed_by_hand(desk: Desk) -> None:
    faq = [replace(WHO, phrasings=("Who?", "Whom?")), replace(WHY, passage=False)]
    who, why = await desk.bring(*faq)
    await desk.service.add_phrasing(desk.organization, who.id, "Who is it?", by=None)
    await desk.service.edit(
        desk.organization, who.id, replace(WHO, phrasings=("Who?", "Who is it?")), by=None
    )
    await desk.service.edit(desk.organization, why.id, replace(faq[1], answer="So."), by=None)
    by_hand = await desk.known()

    report = await desk.service.import_entries(desk.organization, faq)
    assert (report.added, report.changed, report.unchanged, report.missing) == (0, 0, 2, 0)
    assert await desk.known() == by_hand

    corrected = [
        replace(faq[0], phrasings=("Who?", "Whom?", "Whose?")),
        replace(faq[1], answer="!"),
    ]
    for changed in (2, 0):
        preview = await desk.service.store.preview(desk.organization, corrected)
        revision = await desk.revision()
        assert preview.revision == revision
        report = await desk.service.import_entries(desk.organization, corrected)
        assert (report.added, report.changed) == (0, changed)
        assert replace(preview, revision=report.revision) == report
    known = await desk.known()
    assert known[who.id].phrasings == ("Who?", "Whose?", "Who is it?")
    assert known[why.id].answer == "!"


async def test_a_change_by_hand_that_was_taken_back_is_not_done_again(desk: Desk) -> None:
    [who] = await desk.bring(WHO)
    await desk.service.add_phrasing(desk.organization, who.id, "Who is it?", by=None)
    await desk.service.undo(desk.organization, by=None)
    report = await desk.service.import_entries(desk.organization, [WHO])
    assert (report.unchanged, await desk.known()) == (1, {who.id: who})


async def test_what_is_known_is_not_changed_by_its_own_export(desk: Desk) -> None:
    """Whatever was done by hand before: the answer went to and fro here."""
    [who] = await desk.bring(WHO)
    for answer in ("Me.", "Them."):
        await desk.service.edit(desk.organization, who.id, replace(WHO, answer=answer), by=None)
    await desk.bring(replace(WHO, answer="She."))
    await desk.service.edit(desk.organization, who.id, WHO, by=None)
    before = await desk.known()
    written = exported(await desk.service.export(desk.organization), to=Format.JSON)
    read = read_entries("export.json", written.encode()).entries
    report = await desk.service.import_entries(desk.organization, read, prune=True)
    assert (report.unchanged, report.added, report.changed, report.removed) == (1, 0, 0, 0)
    assert await desk.known() == before
