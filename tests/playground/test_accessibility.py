"""What axe-core finds: https://github.com/dequelabs/axe-core."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from tests.playground.board import PLATFORMS, Board
from tests.playground.conftest import Open
from tests.playground.test_layout import PHONE

GRAVE = {"serious", "critical"}
STILL = {"reduced_motion": "reduce"}  # colours are measured when nothing fades in


def first_view(board: Board) -> None:
    expect(board.pane("Slack").get_by_role("log")).to_be_visible()


def thread_open(board: Board) -> None:
    board.ask("Slack", "How much discount can I give a new customer?")
    expect(board.pane("Slack").get_by_role("list", name="Thread").last).to_be_visible()


def completion_open(board: Board) -> None:
    board.field("Slack").press_sequentially("/")
    expect(board.pane("Slack").get_by_role("listbox")).to_be_visible()
    assert board.field("Slack").get_attribute("role") is None


def wire_view_open(board: Board) -> None:
    board.ask("Discord", "How do I connect you to Slack?")
    wire = board.drawer("Wire view")
    wire.locator("summary").first.click()
    expect(wire.locator(".payload pre").first).to_be_visible()


def faults_open(board: Board) -> None:
    expect(board.drawer("Faults").get_by_role("table")).to_be_visible()


def people_open(board: Board) -> None:
    board.page.locator(".person-button").click()
    expect(board.page.get_by_role("group", name="Speak as")).to_be_visible()


def help_open(board: Board) -> None:
    board.page.get_by_role("button", name="Keyboard and help").click()
    expect(board.page.get_by_role("dialog")).to_be_visible()


VIEWS = (
    first_view,
    thread_open,
    completion_open,
    wire_view_open,
    faults_open,
    people_open,
    help_open,
)


def grave_violations(board: Board) -> list[str]:
    found = Axe().run(board.page).response["violations"]
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']]}"
        for one in found
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_nothing_grave_on_a_wide_screen(
    open_page: Open, view: Callable[[Board], None], colours: str
) -> None:
    board = open_page(color_scheme=colours, **STILL)
    view(board)
    assert grave_violations(board) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_nothing_grave_on_a_phone(open_page: Open, colours: str) -> None:
    board = open_page(color_scheme=colours, **PHONE, **STILL)
    for tab in (*PLATFORMS, "Wire", "Faults"):
        board.page.locator(".tab").filter(has_text=tab).tap()
        assert (tab, grave_violations(board)) == (tab, [])
