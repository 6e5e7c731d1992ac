"""What can be made to go wrong, and what comes of it."""

import re

import pytest
from playwright.sync_api import expect

from tests.playground.board import PLATFORMS, Board

SETTLED_MS = 1500  # time in which a second answer would have come


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_delivered_three_times_is_answered_once(board: Board, platform: str) -> None:
    board.show(platform, "people-team")
    faults = board.drawer("Faults")
    faults.get_by_role("button", name=re.compile(f"three times, {platform}$")).click()
    expect(board.page.get_by_role("status")).to_contain_text(f"{platform}: ")
    faults.get_by_role("button", name="Close faults").click()

    board.ask(platform, "Can I bring unused holiday into next year?")
    before = board.answers(platform).count()
    board.page.wait_for_timeout(SETTLED_MS)
    assert board.answers(platform).count() == before
    shown = board.drawer("Wire view").locator(".trace-shown")
    expect(
        shown.locator(".step.to_bot")
        .filter(has_text="three times")
        .or_(shown.locator(".step.to_bot").filter(has_text="of 3"))
    ).not_to_have_count(0)
    expect(shown.locator(".step.from_bot").filter(has_text="Posts its reply")).to_have_count(1)


def test_a_killed_bot_comes_back_and_answers_everywhere(board: Board) -> None:
    starts = board.page.locator(".bot-process")
    expect(starts).to_contain_text("start")
    before = starts.text_content()
    faults = board.drawer("Faults")
    faults.get_by_role("button", name="Ask everywhere, and kill it at once").click()
    expect(starts).not_to_have_text(before or "")
    for platform in PLATFORMS:
        expect(board.last(platform)).to_contain_text("Source:")
    expect(board.page.locator(".bot-words")).to_have_text("Bot is up")
