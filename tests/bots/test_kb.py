"""`trialogue kb` on real databases, as people type it."""

import json
from pathlib import Path

import pytest

from bots.embedded import Addresses
from tests.bots.commands import trialogue
from tests.databases import data_directory

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


async def test_the_same_file_again_changes_nothing(kb: Kb) -> None:
    table = kb.file("faq.csv", FAQ)
    kb.run("import", table)
    report = json.loads(kb.run("import", table, "--json")[0])
    assert report == {
        "added": 0,
        "changed": 0,
        "unchanged": 2,
        "missing": 0,
        "removed": 0,
        "revision": 1,
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
    assert "bad.csv: 1 problem, nothing was imported.\n  row 3: the answer is missing" in err
    assert "worse.json: 1 problem" in err
    assert "Traceback" not in err
    assert kb.run("list")[0].startswith("Nothing is known yet.")


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
    assert kb.run("gaps")[0] == "Every question so far had an answer.\n"
