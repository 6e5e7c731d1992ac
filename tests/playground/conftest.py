"""One demo and one browser for all of these tests; a page, as if just arrived, for each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.databases import data_directory
from tests.demo import Demo, running_demo
from tests.playground.board import Board
from tests.playground.chromium import MISSING, chromium_path, running_browser

WIDE = {"width": 1440, "height": 900}

Open = Callable[..., Board]


# Of the package, not of the session: while a browser is driven, no other test can have a loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser."""
    path = chromium_path()
    if path is None:
        pytest.skip(MISSING)
    with running_browser(path) as browser:
        yield browser


@pytest.fixture(scope="package")
def demo(browser: Browser) -> Iterator[Demo]:
    """The demo; not started when there is no browser."""
    with data_directory() as directory:
        directory.chmod(0o755)
        with running_demo(directory / "shown") as demo:
            yield demo


@pytest.fixture
def open_page(browser: Browser, demo: Demo) -> Iterator[Open]:
    """Open the page in a browser that has not seen it; options are those of a browser context."""
    with ExitStack() as stack:

        def opened(**options: Any) -> Board:
            context = browser.new_context(**{"viewport": WIDE, **options})
            stack.callback(context.close)
            return Board.opened(context.new_page(), demo.url)

        yield opened


@pytest.fixture
def board(open_page: Open) -> Iterator[Board]:
    """The page on a wide screen. What it complains about in the console fails the test."""
    board = open_page()
    yield board
    assert board.problems == []
