"""`trialogue kb`: changing knowledge, taking it back, deciding what was proposed."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.organizations import find_organization
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.ports.proposals import NewProposal, ProposalKind
from tests.bots.commands import trialogue
from tests.bots.test_kb import FAQ, Kb


@pytest.fixture
def kb(tmp_path: Path, addresses: Addresses) -> Kb:
    return Kb(tmp_path, addresses)


async def test_an_entry_is_added_changed_removed_and_all_of_it_taken_back(kb: Kb) -> None:
    whom = "channel:slack:T1:C1"
    added = json.loads(
        kb.run(
            "add", "Is there cake?", "On Fridays.", "--tag", "food", "--audience", whom, "--json"
        )[0]
    )
    assert (added["tags"], added["audience"]) == (["food"], [whom])
    out, _ = kb.run("edit", "is there cake", "--phrasing", "Any cake?", "--audience", "")
    assert out == "Changed: Is there cake?\n"
    kb.run("edit", added["id"], "--forget", "Is there cake?", "--answer", "Never.")
    [entry] = json.loads(kb.run("list", "--json")[0])
    assert (entry["phrasings"], entry["answer"], entry["audience"]) == (["Any cake?"], "Never.", [])
    out, _ = kb.run("remove", added["id"][-8:])
    assert out == "Removed: Any cake?\n"

    out, _ = kb.run("undo")
    first, second = out.splitlines()
    assert first.startswith("Revision 4 (remove by the command line: 1 removed) is taken back, by")
    assert first.endswith("revision 5: “Any cake?”.")
    assert second == "`trialogue kb redo` makes it again."
    told = json.loads(kb.run("history", "--json")[0])
    assert [(one["number"], one["action"], one["undone"]) for one in told] == [
        (5, "undo", False),
        (4, "remove", True),
        (3, "edit", False),
        (2, "edit", False),
        (1, "add", False),
    ]
    shown = kb.run("history")[0]
    assert "taken back" in shown
    assert "Any cake?" in shown
    out, _ = kb.run("redo")
    assert "Revision 5 (undo by the command line: 1 added) is taken back: revision 4 holds" in out
    assert json.loads(kb.run("list", "--json")[0]) == []
    assert kb.run("redo")[0] == "Nothing was taken back that could be made again.\n"


async def test_what_cannot_be_changed_is_said_in_a_sentence(kb: Kb) -> None:
    assert kb.run("undo")[0] == "There is nothing to take back.\n"
    kb.run("import", kb.file("faq.csv", FAQ))
    _, err = kb.run("add", "Where is it?", "Here.", "--audience", "everyone", code=1)
    assert "the audience 'everyone' is neither role:admin nor channel:" in err
    _, err = kb.run("edit", "who?", "--answer", "Me.", code=1)
    assert "No entry has this id or is asked for with these words" in err
    _, err = kb.run("edit", "how much leave do i get", "--forget", "Who?", code=1)
    assert "not asked for with “Who?”" in err
    kb.run("import", kb.file("more.csv", "question,answer\nHow much leave do I get?,None.\n"))
    _, err = kb.run("remove", "how much leave do i get", code=1)
    assert "2 entries are meant by this. Name one by its id:" in err
    assert "more.csv" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "Why?"],
        ["edit", "Why?"],
        ["export", "knowledge.txt"],
        ["export", "knowledge.csv", "--format", "json"],
        ["explain", "Why?", "--limit", "0"],
    ],
)
async def test_misuse_ends_with_2(tmp_path: Path, arguments: Sequence[str]) -> None:
    result = trialogue(tmp_path, "kb", *arguments)
    assert result.returncode == 2, result.stderr
    assert "Usage: trialogue kb" in result.stderr


async def test_an_export_is_imported_without_a_change(kb: Kb) -> None:
    kb.run("import", kb.file("faq.csv", FAQ))
    kb.run("add", "Is there cake?", "On Fridays.", "--language", "en", "--keyword", "a; b")
    assert kb.run("export", "all.csv")[0] == "3 entries written to all.csv.\n"
    assert len(json.loads(kb.run("export")[0])["entries"]) == 3
    out, _ = kb.run("import", "all.csv", "--prune")
    assert out == "0 entries added, 0 changed, 3 unchanged (revision 2).\n"


async def test_what_was_proposed_is_shown_and_decided(kb: Kb, addresses: Addresses) -> None:
    assert kb.run("review")[0] == "Nothing waits for a decision.\n"
    kb.run("add", "Is there cake?", "On Fridays.")
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=1) as pool:
        organization = await find_organization(Database(pool=pool), "")
        service = knowledge_in(pool)
        [entry] = await service.list(organization, limit=1)
        proposed = [
            NewProposal(kind=ProposalKind.PHRASING, question="Any cake?", entry_id=entry.id),
            NewProposal(kind=ProposalKind.ENTRY, question="Tea?", answer="Always.", source="#hr"),
        ]
        assert await service.propose(organization, proposed, by=None) == 2
        ids = [str(one.id) for one in await service.proposals(organization, limit=9)]
    shown, _ = kb.run("review")
    assert all(one[-8:] in shown for one in ids)
    assert "On Fridays." in shown

    out, _ = kb.run("review", "--accept", ids[0][-8:], "--decline", ids[1])
    assert out == "2 proposals decided.\n"
    _, err = kb.run("review", "--accept", ids[0], code=1)
    assert "waits for a decision" in err
    [kept] = json.loads(kb.run("list", "--json")[0])
    assert kept["phrasings"] == ["Is there cake?", "Any cake?"]


async def test_why_a_question_is_answered_or_not_is_said(kb: Kb) -> None:
    kb.run("import", kb.file("faq.csv", FAQ))
    out, _ = kb.run("explain", "what does the weather say")
    assert "Nothing that is known has the words “weather”, “say”." in out
    assert out.endswith("The bot does not know.\n")
    found = json.loads(kb.run("explain", "how much leave do I get", "--json")[0])
    assert found["band"] == "answer"
    assert found["why"] == ["It is one of the ways to ask for this entry, word for word."]


async def test_gaps_that_mean_the_same_stand_on_one_line(kb: Kb, addresses: Addresses) -> None:
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=1) as pool:
        organization = await find_organization(Database(pool=pool), "")
        service = knowledge_in(pool)
        for question in ("where can I park my car?", "where do I park my car", "is there cake"):
            await service.note_gap(organization, question)
    [parking, cake] = json.loads(kb.run("gaps", "--json")[0])
    assert (parking["times"], len(parking["gaps"])) == (2, 2)
    assert (cake["question"], cake["times"]) == ("is there cake", 1)
    assert "1: where" in kb.run("gaps")[0]
    assert kb.run("gaps", "--limit", "1")[0].endswith("And 1 more: --limit 2 shows more of them.\n")
    out, _ = kb.run("gaps", "--dismiss", "Is there cake?")
    assert out.startswith("Dismissed, until somebody asks it again: Is there cake?\n")
    assert len(json.loads(kb.run("gaps", "--json")[0])) == 1
    _, err = kb.run("gaps", "--dismiss", "Is there cake?", code=1)
    assert "No question without an answer reads “Is there cake?”" in err


async def test_a_narrow_list_has_a_line_for_each_entry(
    kb: Kb, monkeypatch: pytest.MonkeyPatch
) -> None:
    kb.run("add", "Where is the stapler? " * 5, "In the drawer. " * 9, "--tag", "office")
    monkeypatch.setenv("COLUMNS", "80")
    lines = kb.run("list")[0].splitlines()
    assert [len(line) for line in lines[:5]] == [len(lines[0])] * 5
    assert len(lines) == 6
    [entry] = json.loads(kb.run("list", "--json")[0])
    assert all(shown in lines[3] for shown in (entry["id"][-8:], "Where is", "In the", "…"))
    history = kb.run("history")[0].splitlines()[3]
    assert all(shown in history for shown in ("│ 1 ", " add ", "Where is", "command line"))
    assert "office" not in "".join(lines)
    monkeypatch.setenv("COLUMNS", "140")
    assert "office" in kb.run("list")[0]
