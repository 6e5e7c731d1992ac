"""Small and large screens, colours, and the keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.playground.board import PLATFORMS, Board
from tests.playground.conftest import Open

PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}
NARROWEST = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}

PLACES = """async toast => {
  await Promise.all(toast.getAnimations().map(one => one.finished));
  const stage = document.querySelector(".stage");
  return [toast.getBoundingClientRect().bottom, stage.getBoundingClientRect().top];
}"""


def background(board: Board) -> str:
    return str(board.page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("options", [PHONE, NARROWEST], ids=["375", "320"])
def test_a_phone_shows_one_pane_at_a_time_and_nothing_scrolls_sideways(
    open_page: Open, options: dict[str, object]
) -> None:
    board = open_page(**options)
    tabs = board.page.get_by_role("navigation", name="Panes")
    for platform in PLATFORMS:
        tabs.get_by_role("button", name=re.compile(f"^{platform}")).tap()
        for one in PLATFORMS:
            expect(board.pane(one)).to_be_visible(visible=one == platform)
        assert not board.scrolls_sideways()
    for name, title in (("Wire", "Wire view"), ("Faults", "Faults")):
        tabs.get_by_role("button", name=name, exact=True).tap()
        expect(board.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        assert not board.scrolls_sideways()
    assert board.problems == []


def test_a_question_is_asked_on_a_phone(open_page: Open) -> None:
    board = open_page(**PHONE)
    tabs = board.page.get_by_role("navigation", name="Panes")
    tabs.get_by_role("button", name=re.compile("^Telegram")).tap()
    board.field("Telegram").fill("How do I book a room for ten people?")
    board.pane("Telegram").get_by_role("button", name="Send").tap()
    expect(board.last("Telegram")).to_contain_text("Source:")
    tabs.get_by_role("button", name="Wire", exact=True).tap()
    board.page.locator(".trace").first.tap()
    expect(board.page.locator(".timeline")).to_be_visible()
    board.page.get_by_role("button", name="All messages").tap()
    expect(board.page.locator(".traces")).to_be_visible()


@pytest.mark.parametrize("width", [900, 1024, 1280, 1920])
def test_three_panes_fit_beside_each_other(open_page: Open, width: int) -> None:
    board = open_page(viewport={"width": width, "height": 800})
    for one in PLATFORMS:
        expect(board.pane(one)).to_be_visible()
    assert not board.scrolls_sideways()


@pytest.mark.parametrize("width", [1024, 1280])
def test_low_screens_leave_room_for_what_was_said(open_page: Open, width: int) -> None:
    board = open_page(viewport={"width": width, "height": 720})
    for platform in PLATFORMS:
        room = board.pane(platform).get_by_role("log").bounding_box()
        assert room is not None
        assert room["height"] > 360
        offered = board.pane(platform).locator(".suggestion")
        places = [one.bounding_box() for one in offered.all()]
        assert len({place["y"] for place in places if place}) == 1
    assert not board.scrolls_sideways()


def test_very_low_screens_suggest_nothing(open_page: Open) -> None:
    board = open_page(viewport={"width": 720, "height": 450})
    expect(board.field("Slack")).to_be_visible()
    expect(board.pane("Slack").locator(".suggestions")).to_be_hidden()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700), (390, 844)], ids=str)
def test_notices_leave_the_panes_uncovered(open_page: Open, size: tuple[int, int]) -> None:
    board = open_page(viewport={"width": size[0], "height": size[1]})
    if size[0] < 900:
        board.page.get_by_role("button", name="Faults", exact=True).click()
    else:
        board.drawer("Faults")
    board.page.get_by_role("button", name=re.compile("three times, Slack$")).click()
    bottom, stage = board.page.locator(".toast").evaluate(PLACES)  # at once: it goes by itself
    assert bottom <= stage + 12


def test_forced_colours_leave_lines(open_page: Open) -> None:
    board = open_page(forced_colors="active")
    telegram = board.pane("Telegram")
    for place in (".bubble", ".message-button"):
        expect(telegram.locator(place).first).not_to_have_css("border-top-width", "0px")
    chosen = telegram.locator(".channel[aria-current]")
    expect(chosen).to_have_css("outline-style", "solid")


def test_the_colours_are_those_of_the_system_until_others_are_chosen(open_page: Open) -> None:
    light, dark = open_page(color_scheme="light"), open_page(color_scheme="dark")
    assert background(light) != background(dark)
    automatic = background(light)
    toggle = light.page.get_by_role("button", name=re.compile("^Colours"))
    toggle.click()  # light
    toggle.click()  # dark
    expect(light.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert background(light) == background(dark)
    light.page.reload()
    expect(light.pane("Slack")).to_be_visible()
    assert background(light) == background(dark)
    light.page.get_by_role("button", name=re.compile("^Colours")).click()
    expect(light.page.locator("html")).to_have_attribute("data-theme", "auto")
    assert background(light) == automatic


def test_the_keyboard_reaches_everything(board: Board) -> None:
    keyboard = board.page.keyboard
    for platform in (*PLATFORMS, "Slack"):
        keyboard.press("F6")
        expect(board.field(platform)).to_be_focused()
    keyboard.press("Shift+F6")
    expect(board.field("Telegram")).to_be_focused()

    board.pane("Telegram").get_by_role("log").focus()
    keyboard.press("ArrowUp")
    expect(board.pane("Telegram").locator(".message").last).to_be_focused()
    keyboard.press("Enter")
    reply = board.pane("Telegram").locator(".message").last.locator(".action.reply")
    while not reply.evaluate("element => element === document.activeElement"):
        keyboard.press("ArrowRight")
        expect(board.pane("Telegram").locator(".message").last.locator(":focus")).to_have_count(1)
    keyboard.press("Enter")
    expect(board.field("Telegram")).to_be_focused()
    expect(board.pane("Telegram").locator(".replying")).to_contain_text("Replying to")
    keyboard.press("Escape")
    expect(board.pane("Telegram").locator(".replying")).to_have_count(0)

    opener = board.page.get_by_role("button", name="Wire view", exact=True)
    opener.press("Enter")
    expect(board.page.get_by_role("region", name="Wire view")).to_be_focused()
    keyboard.press("Escape")
    expect(opener).to_be_focused()

    keyboard.press("Control+/")
    dialog = board.page.get_by_role("dialog", name="How this works")
    expect(dialog).to_be_visible()
    keyboard.press("Escape")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_list_of_messages_is_one_tab_stop(board: Board, platform: str) -> None:
    keyboard, pane = board.page.keyboard, board.pane(platform)
    board.ask(platform, "How do I book a room for ten people?")
    messages = pane.get_by_role("log")
    messages.focus()
    keyboard.press("Tab")
    expect(messages.locator(":focus")).to_have_count(0)
    expect(pane.locator(".composer :focus")).to_have_count(1)

    messages.focus()
    keyboard.press("ArrowUp")
    expect(board.last(platform)).to_be_focused()
    keyboard.press("Home")
    expect(pane.locator(".message").first).to_be_focused()
    keyboard.press("End")
    keyboard.press("Enter")
    keyboard.press("ArrowRight")
    expect(board.last(platform).locator(":focus")).to_have_count(1)
    keyboard.press("Escape")
    expect(board.last(platform)).to_be_focused()
    keyboard.press("Escape")
    expect(messages).to_be_focused()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_reaction_is_chosen_by_keyboard_and_the_focus_comes_back(
    board: Board, platform: str
) -> None:
    board.ask(platform, "How do I book a room for ten people?")
    message = board.last(platform)
    opener = message.get_by_role("button", name=re.compile("^React to"))
    opener.focus()
    board.page.keyboard.press("Enter")
    expect(message.get_by_role("button", name="React with 👍")).to_be_focused()
    expect(message.get_by_role("button", name="Close the reactions")).to_be_visible()
    board.page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    board.page.keyboard.press("Enter")
    board.page.keyboard.press("ArrowRight")
    board.page.keyboard.press("Enter")
    given = message.get_by_role("list", name="Reactions").get_by_role("button")
    expect(given).to_contain_text("❤")
    expect(opener).to_be_focused()


def test_people_are_chosen_by_keyboard(board: Board) -> None:
    chooser = board.page.get_by_role("button", name=re.compile("^Speak as"))
    before = chooser.get_attribute("aria-label") or ""
    chooser.press("Enter")
    expect(board.page.get_by_role("radio").first).to_be_visible()
    board.page.keyboard.press("ArrowDown")
    board.page.keyboard.press("Escape")
    expect(chooser).to_be_focused()
    expect(chooser).not_to_have_attribute("aria-label", before)
