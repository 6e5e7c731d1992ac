"""`trialogue kb` on real databases, as people type it."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bots.embedded import Addresses
from tests.bots.commands import environment, trialogue
from tests.databases import data_directory
from tests.web.site import Answer, open_site, page

FAQ = """\
question,answer,keywords,source
How many vacation days do I have?,You have **30** days.,holiday,handbook.md
How much leave do I get?,You have **30** days.,,handbook.md
Where is the [red]office[/red]?,Main street,,
"""


class Kb:
    """`trialogue kb` with a database and a directory of files."""

    def __init__(self, directory: Path, addresses: Addresses) -> None:
        self.directory = directory
        self.dsn = addresses.postgres_dsn

    def file(self, name: str, content: str | bytes) -> str:
        path = self.directory / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def run(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        """What a command prints and complains of; it ends with `code`."""
        result = trialogue(self.directory, "kb", *arguments, POSTGRES_DSN=self.dsn)
        assert result.returncode == code, result.stderr
        return result.stdout, result.stderr


@pytest.fixture
def kb(tmp_path: Path, addresses: Addresses) -> Kb:
    return Kb(tmp_path, addresses)


async def test_files_of_each_kind_are_imported_listed_and_searched(kb: Kb) -> None:
    table = kb.file("faq.csv", FAQ)
    page = kb.file("page.md", "# FAQ\n\n## How do I start it?\n\nRun `up`.\n")
    objects = kb.file("more.json", '[{"question": "Who are you?", "answer": "A bot."}]')

    out, err = kb.run("import", table, page, objects)
    assert out == "4 entries added, 0 changed, 0 unchanged (revision 1).\n"
    assert err == ""

    listed = json.loads(kb.run("list", "--json")[0])
    assert [entry["source"] for entry in listed] == [
        "handbook.md",
        "faq.csv",
        "page.md#how-do-i-start-it",
        "more.json",
    ]
    assert listed[0]["phrasings"][1] == "How much leave do I get?"

    found = json.loads(kb.run("search", "how do i start it", "--json")[0])
    assert (found[0]["answer"], found[0]["confidence"], found[0]["answers"]) == (
        "Run `up`.",
        1.0,
        True,
    )


async def test_tables_show_texts_as_they_are(kb: Kb) -> None:
    kb.run("import", kb.file("faq.csv", FAQ))
    out, _ = kb.run("list")
    assert "[red]office" in out.replace("\n", "")
    out, _ = kb.run("search", "how many holidays do I have")
    assert out.endswith("The bot answers with the first.\n")
    out, _ = kb.run("search", "what is the capital of France")
    assert out.endswith("The bot does not know.\n")


async def test_what_the_bot_asks_back_is_said_by_search_and_explain(kb: Kb) -> None:
    kb.run("import", kb.file("faq.csv", FAQ))
    question = "how many vacation days does an intern have"
    out, _ = kb.run("search", question)
    told = "The bot is not sure: it asks whether “How many vacation days do I have?” was meant.\n"
    assert out.endswith(told)
    assert kb.run("explain", question)[0].endswith(told)
    found = json.loads(kb.run("search", question, "--json")[0])
    assert [one["offered"] for one in found] == [True] + [False] * (len(found) - 1)


async def test_the_same_file_again_changes_nothing(kb: Kb) -> None:
    table = kb.file("faq.csv", FAQ)
    kb.run("import", table)
    report = json.loads(kb.run("import", table, "--json")[0])
    assert report == {
        "written": True,
        "dry_run": False,
        "added": 0,
        "changed": 0,
        "unchanged": 2,
        "missing": 0,
        "removed": 0,
        "revision": 1,
        "proposed": 0,
        "files": [{"name": "faq.csv", "entries": 2, "proposals": 0}],
        "skipped": [],
        "notes": [],
    }

    kb.file("faq.csv", FAQ.replace("Main street", "Side street"))
    report = json.loads(kb.run("import", table, "--json")[0])
    assert (report["added"], report["changed"], report["revision"]) == (0, 1, 2)


async def test_one_bad_row_in_one_file_and_nothing_is_imported(kb: Kb) -> None:
    good = kb.file("faq.csv", FAQ)
    bad = kb.file("bad.csv", "question,answer\nWhy?,A\nWho?,\n")
    worse = kb.file("worse.json", "{")
    out, err = kb.run("import", good, bad, worse, code=1)
    assert out == ""
    assert "Left out: bad.csv has 1 problem:\n  row 3: the answer is missing\n" in err
    assert "Left out: worse.json has 1 problem" in err
    assert err.endswith(
        "Error: Nothing was written: 2 could not be read.\n"
        "--skip-bad writes what could be read: 1 file or page.\n"
    )
    assert "Traceback" not in err
    assert kb.run("import", bad, code=1) == (
        "",
        "Error: Nothing was written: bad.csv has 1 problem:\n  row 3: the answer is missing\n",
    )
    assert kb.run("list")[0].startswith("Nothing is known yet.")
    report = json.loads(kb.run("import", good, bad, "--json", code=1)[0])
    assert (report["written"], report["files"][0]["entries"]) == (False, 2)
    assert [one["name"] for one in report["skipped"]] == ["bad.csv"]

    out, err = kb.run("import", good, bad, "--skip-bad")
    assert out == (
        "2 entries added, 0 changed, 0 unchanged (revision 1).\n1 file or page left out.\n"
    )
    assert err.startswith("Left out: bad.csv has 1 problem")


async def test_a_document_is_tried_imported_and_brought_up_to_date(kb: Kb) -> None:
    page = kb.file("office.html", "<h1>Office</h1><p>In Rome.</p><h2>Hours</h2><p>From 9.</p>")
    out, _ = kb.run("import", page, "--dry-run")
    assert out == "2 entries added, 0 changed, 0 unchanged; nothing was written (dry run).\n"
    assert kb.run("list")[0].startswith("Nothing is known yet.")
    kb.run("import", page)
    kb.file("office.html", "<h1>Office</h1><p>In Oslo.</p>")
    out, _ = kb.run("import", page, "--dry-run", "--prune")
    assert out.startswith("0 entries added, 1 changed, 0 unchanged, 1 removed; nothing")
    out, _ = kb.run("import", page, "--prune")
    assert out == "0 entries added, 1 changed, 0 unchanged, 1 removed (revision 2).\n"
    [entry] = json.loads(kb.run("list", "--json")[0])
    assert (entry["answer"], entry["passage"]) == ("In Oslo.", True)


async def test_a_document_that_is_for_some_stays_for_them(kb: Kb) -> None:
    page = kb.file("office.html", "<h1>Office</h1><p>In Rome.</p>")
    _, err = kb.run("import", page, "--audience", "everybody", code=1)
    assert "the audience 'everybody' is neither role:admin nor" in err
    kb.run("import", page, "--audience", "role:admin")
    kb.file("office.html", "<h1>Office</h1><p>In Rome.</p><h2>Safe</h2><p>In the cellar.</p>")
    kb.run("import", page)
    listed = json.loads(kb.run("list", "--json")[0])
    assert [entry["audience"] for entry in listed] == [["role:admin"], ["role:admin"]]
    kb.run("import", page, "--audience", "")
    listed = json.loads(kb.run("list", "--json")[0])
    assert [entry["audience"] for entry in listed] == [[], []]


async def test_what_an_export_holds_is_proposed_and_not_published(kb: Kb) -> None:
    chat = {
        "name": "Help desk",
        "type": "private_supergroup",
        "id": 1,
        "messages": [
            message(1, "Ada Lovelace", "Hi all, where is the key of the bike shed?"),
            message(2, "Bob Stone", "At the desk, ask Ada Lovelace for it.", reply=1),
            message(3, "Ada Lovelace", "thank you!", reply=2),
        ],
    }
    out, err = kb.run("import", kb.file("result.json", json.dumps(chat)))
    assert "1 question with an answer proposed: `trialogue kb review` shows them" in out
    assert err == "Note: result.json: 3 messages, 1 question with an accepted answer.\n"
    assert kb.run("list")[0].startswith("Nothing is known yet.")
    [waiting] = json.loads(kb.run("review", "--json")[0])
    assert waiting["question"] == "where is the key of the bike shed?"
    assert waiting["answer"] == "At the desk, ask someone for it."
    assert waiting["source"] == "Telegram Help desk, 2026-03-02"
    out, _ = kb.run("import", "result.json")
    assert "0 questions with an answer proposed, 1 was proposed before" in out


def message(number: int, person: str, text: str, *, reply: int | None = None) -> dict[str, object]:
    """A message as Telegram Desktop writes it."""
    more = {} if reply is None else {"reply_to_message_id": reply}
    who = {"from": person, "from_id": f"user{len(person)}"}
    day = f"2026-03-0{number}T10:00:00"
    return {"id": number, "type": "message", "date": day, **who, "text": text, **more}


def test_of_folders_of_one_name_none_is_read(tmp_path: Path) -> None:
    for place in ("one/faq", "two/faq"):
        (tmp_path / place).mkdir(parents=True)
    result = trialogue(tmp_path, "kb", "import", "one/faq", "two/faq/")
    assert result.returncode == 2
    assert "Two of these folders are named 'faq'" in result.stderr


async def test_a_folder_is_read_with_all_below_it_and_again_with_its_differences(kb: Kb) -> None:
    folder = kb.directory / "handbook"
    for place in ("travel", ".git", "empty"):
        (folder / place).mkdir(parents=True)
    for name in ("travel/rates.csv", "office.csv", ".git/config.csv", ".hidden.csv"):
        (folder / name).write_text(f"question,answer\nWhat is in {name}?,{name}\n")
    (folder / "logo.png").write_bytes(b"png")
    (kb.directory / "secret.csv").write_text("question,answer\nWhat is secret?,This.\n")
    (folder / "out.csv").symlink_to(kb.directory / "secret.csv")
    (folder / "loop").symlink_to(folder)

    out, err = kb.run("import", "handbook")
    assert out.startswith("2 entries added")
    assert [line.partition(": ")[2] for line in err.splitlines()] == [
        "handbook/logo.png: it is of a kind that is not read.",
        "handbook/loop: it is a link, which is not followed.",
        "handbook/out.csv: it is a link, which is not followed.",
    ]
    known = json.loads(kb.run("list", "--json")[0])
    assert {one["source"] for one in known} == {
        "handbook/office.csv", "handbook/travel/rates.csv",
    }  # fmt: skip

    (folder / "travel" / "rates.csv").unlink()
    (folder / "new.csv").write_text("question,answer\nWhat is new?,A file\n")
    out, err = kb.run("import", f"{folder}/")
    assert out.startswith("1 entry added, 0 changed, 1 unchanged")
    assert "1 entry of these sources stays known" in out
    assert "handbook/travel/rates.csv: it is not there any more." in err
    out, _ = kb.run("import", "handbook", "--prune")
    assert out.startswith("0 entries added, 0 changed, 2 unchanged, 1 removed")

    (folder / "bad.csv").write_text("question\nWhy?\n")
    _, err = kb.run("import", "handbook", code=1)
    assert "handbook/bad.csv" in err
    assert kb.run("import", "handbook", "--skip-bad")[0].startswith("0 entries added")


async def test_what_was_left_out_is_said_beside_the_result(kb: Kb) -> None:
    out, err = kb.run("import", kb.file("faq.csv", "id,question,answer\n1,Why?,A\n"))
    assert out.startswith("1 entry added")
    assert err == "Note: faq.csv: the column 'id' is not known and was left out\n"


@pytest.mark.parametrize(
    "arguments", [[], ["import"], ["import", "nowhere.csv"], ["list", "--limit", "0"], ["search"]]
)
async def test_misuse_ends_with_2(tmp_path: Path, arguments: list[str]) -> None:
    result = trialogue(tmp_path, "kb", *arguments)
    assert result.returncode == 2
    assert "Usage: trialogue kb" in result.stderr


def test_of_addresses_only_those_of_the_web_are_read(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "kb", "import", "ftp://x/y")
    assert result.returncode == 2
    assert "only addresses with https:// and http:// are read" in " ".join(result.stderr.split())
    assert "does not exist" not in result.stderr


async def test_an_organization_that_is_not_there_is_one_line(kb: Kb) -> None:
    out, err = kb.run("list", "--org", "nobody", code=1)
    assert out == ""
    assert err == "Error: There is no organization 'nobody'. There is: default.\n"


async def test_without_a_database_the_way_out_is_named(tmp_path: Path) -> None:
    (tmp_path / "faq.csv").write_text(FAQ)
    result = trialogue(tmp_path, "kb", "import", "faq.csv")
    assert result.returncode == 2
    assert "--embedded" in result.stderr


async def test_a_new_directory_is_prepared_by_the_first_command_on_it(tmp_path: Path) -> None:
    (tmp_path / "faq.csv").write_text(FAQ)
    with data_directory() as data_dir:
        result = trialogue(tmp_path, "kb", "import", "faq.csv", "--data-dir", str(data_dir))
        assert result.stdout.startswith("2 entries added"), result.stderr
        result = trialogue(tmp_path, "kb", "list", "--json", "--data-dir", str(data_dir))
        assert len(json.loads(result.stdout)) == 2


async def test_what_a_file_no_longer_has_is_said_and_removed_on_request(kb: Kb) -> None:
    kb.run("import", kb.file("faq.csv", FAQ))
    shorter = kb.file("faq.csv", FAQ.rpartition("Where is")[0])
    out, _ = kb.run("import", shorter)
    assert "1 entry of these sources stays known" in out
    assert "Main street" in kb.run("list")[0]
    out, _ = kb.run("import", "--prune", shorter)
    assert out == "0 entries added, 0 changed, 1 unchanged, 1 removed (revision 2).\n"
    assert "Main street" not in kb.run("list")[0]


async def test_an_entry_is_removed_by_its_question(kb: Kb) -> None:
    kb.run("import", kb.file("faq.csv", FAQ))
    out, _ = kb.run("remove", "how much leave do I get")
    assert out == "Removed: How many vacation days do I have? (handbook.md)\n"
    _, err = kb.run("remove", "how much leave do I get", code=1)
    assert "trialogue kb search" in err
    assert kb.run("gaps")[0] == "Every question so far had an answer, or was dismissed.\n"


async def test_a_site_is_imported_and_brought_up_to_date(kb: Kb) -> None:
    pages: dict[str, Answer] = {
        "/w/": page("Office", "In Rome.", "hours", "parking"),
        "/w/hours": page("Hours", "From nine."),
        "/w/parking": page("Parking", "Behind the house."),
    }
    async with open_site(pages) as site:
        address = f"{site.address}/w/"

        async def imported(*options: str, code: int = 0) -> dict[str, Any]:
            arguments = ("import", address, "--json", *options)
            out, _ = await asyncio.to_thread(kb.run, *arguments, code=code)
            report: dict[str, Any] = json.loads(out)
            return report

        refused = await imported(code=1)
        assert "add --allow-private" in refused["skipped"][0]["reason"]
        first = await imported("--allow-private")
        assert (first["added"], len(first["files"])) == (3, 3)
        again = await imported("--allow-private", "--prune")
        assert (again["unchanged"], again["removed"], again["revision"]) == (3, 0, 1)

        site.pages["/w/hours"] = page("Hours", "From ten.")
        site.pages["/w/"] = page("Office", "In Rome.", "hours")
        del site.pages["/w/parking"]
        changed = await imported("--allow-private", "--prune")
        assert (changed["added"], changed["changed"], changed["removed"]) == (0, 2, 1)
        sources = {one["source"] for one in json.loads(kb.run("list", "--json")[0])}
        assert sources == {address, f"{address}hours"}


@pytest.mark.parametrize(
    "arguments", [["--sitemap", "faq.csv"], ["--pages", "0", "https://a.example/"]]
)
async def test_options_that_do_not_fit_end_with_2(tmp_path: Path, arguments: list[str]) -> None:
    result = trialogue(tmp_path, "kb", "import", *arguments)
    assert result.returncode == 2


def test_a_terminal_shows_how_far_it_is(kb: Kb) -> None:
    names = [kb.file(f"{number}.csv", FAQ) for number in range(3)]
    screen, terminal = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bots", "kb", "import", *names],
        cwd=kb.directory,
        env=environment({"POSTGRES_DSN": kb.dsn, "TERM": "xterm"}),
        stdout=subprocess.PIPE,
        stderr=terminal,
    ) as process:
        os.close(terminal)
        shown = b""
        with suppress(OSError):  # the other end is closed
            while part := os.read(screen, 4096):
                shown += part
        assert process.wait(timeout=300) == 0, shown
    os.close(screen)
    assert b"2.csv" in shown
    assert b"2/3" in shown


def test_the_help_shows_each_kind_of_file_on_a_line(tmp_path: Path) -> None:
    shown = trialogue(tmp_path, "kb", "import", "--help").stdout.splitlines()
    starts = {line.split()[0] for line in shown if line.startswith("  ") and line.strip()}
    assert {".csv", ".json", ".md", ".html", ".zip", "https://..."} <= starts
