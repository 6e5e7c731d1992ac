"""Take the documents' pictures of the playground: `python -m tests.playground.pictures`."""

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ViewportSize, expect

from tests.databases import data_directory
from tests.demo import running_demo
from tests.playground.board import SOURCE, Board
from tests.playground.chromium import MISSING, chromium_path, running_browser
from tests.playground.png import smaller

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
LARGEST = 300_000  # bytes
WIDE = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=375, height=812)
ASKED = {
    "Slack": ("it-help", "I forgot my password, how do I reset it?"),
    "Discord": ("people-team", "Can I bring unused holiday into next year?"),
    "Telegram": ("engineering", "How do I roll back the last deploy?"),
}


def main() -> None:
    """Take all of them, of a demo that was just started."""
    path = chromium_path()
    if path is None:
        sys.exit(f"There is {MISSING}.")
    PICTURES.mkdir(exist_ok=True)
    with data_directory() as directory, running_browser(path) as browser:
        directory.chmod(0o755)
        with running_demo(directory / "pictured") as demo:
            for colours in ("light", "dark"):
                take_panes(browser, demo.url, colours)
            take_wire(browser, demo.url)
            take_phone(browser, demo.url)


def take_panes(browser: Browser, url: str, colours: Literal["light", "dark"]) -> None:
    """Three panes, each with an answer."""
    board = Board.opened(browser.new_page(viewport=WIDE, color_scheme=colours), url)
    for platform, (channel, question) in ASKED.items():
        board.show(platform, channel)
        if not board.answers(platform).last.is_visible():
            board.ask(platform, question)
    if not board.pane("Discord").locator(".private").is_visible():
        board.last("Discord").get_by_role("button", name="👍", exact=True).click()
    expect(board.pane("Discord").locator(".private")).to_be_visible()
    save(board, colours)


def take_wire(browser: Browser, url: str) -> None:
    """The wire view of a question that was asked for the second time."""
    board = Board.opened(browser.new_page(viewport=WIDE, color_scheme="light"), url)
    for platform, (channel, _) in ASKED.items():
        board.show(platform, channel)
    wire = board.drawer("Wire view")
    board.ask("Slack", ASKED["Slack"][1])
    expect(wire.locator(".trace-sum")).to_contain_text("cache hit")
    save(board, "wire")


def take_phone(browser: Browser, url: str) -> None:
    """One pane, with the tabs to the others."""
    page = browser.new_page(
        viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, color_scheme="light"
    )
    board = Board.opened(page, url)
    page.locator(".tab").filter(has_text="Telegram").tap()
    board.show("Telegram", ASKED["Telegram"][0])
    expect(board.last("Telegram")).to_contain_text(SOURCE)
    save(board, "phone")


def save(board: Board, name: str) -> None:
    """Keep what is to be seen, once it is still."""
    board.page.mouse.move(2, 2)
    board.page.wait_for_timeout(600)
    taken = board.page.screenshot(animations="disabled", caret="hide")
    content = smaller(board.page, taken)
    if len(content) > LARGEST:
        sys.exit(f"{name}.png has {len(content):,} bytes: {LARGEST:,} are the most.")
    (PICTURES / f"{name}.png").write_bytes(content)


if __name__ == "__main__":
    main()
