"""What the page is made with is in the repository, as its makers published it."""

import hashlib
import re

from playwright.sync_api import Request, expect

from scripts.vendor import VENDOR
from tests.demo import Demo
from tests.playground.board import Board

ROW = re.compile(r"^\| (?P<file>\S+) \|.*\| `(?P<sum>[0-9a-f]{64})` \|$", re.MULTILINE)


def test_the_vendored_files_are_those_that_are_described() -> None:
    described = {row["file"]: row["sum"] for row in ROW.finditer(_readme())}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "README.md"
    }
    assert found == described


def test_the_page_asks_no_other_server_for_anything(board: Board, demo: Demo) -> None:
    asked: list[str] = []

    def hear(request: Request) -> None:
        asked.append(request.url)

    board.page.on("request", hear)
    board.page.reload()
    expect(board.pane("Slack")).to_be_visible()
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith(f"{demo.url}/")] == []


def _readme() -> str:
    return (VENDOR / "README.md").read_text(encoding="utf-8")
