"""What a newcomer does first."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.playground.board import PLATFORMS, SOURCE, Board
from tests.playground.conftest import Open

THANKS = "Thank you, that is noted."
SORRY = "Sorry that this did not help."
ONLY_ASKED_HERE = {"Slack": "wifi password", "Discord": "fire alarm", "Telegram": "badge"}
TRIES = 10
USAGE = re.compile(r"You have used [\d,]+ of")
PICTURE = (Path(__file__).parents[2] / "docs" / "pictures" / "light.png").read_bytes()
LATE = 1.2  # seconds
# A picture that grows just before the browser tells of an earlier scrolling, as on a busy machine.
GROW = """log => {
  log.querySelector("img").style.minHeight = "500px";
  log.dispatchEvent(new Event("scroll"));
}"""
SIDES = """all => all.map(one => {
  one.scrollIntoView();
  const box = one.getBoundingClientRect();
  return [box.left, box.right];
})"""
ALONE = {"Slack": "Only visible to you", "Discord": "Only you can see this"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_question_is_answered_with_its_source(board: Board, platform: str) -> None:
    answer = board.ask(platform, "How do I claim a train ticket?")
    if platform == "Slack":
        thread = board.pane(platform).get_by_role("list", name="Thread").last
        expect(thread).to_contain_text(SOURCE)
    else:
        expect(answer.locator(".quoted")).to_contain_text("How do I claim a train ticket?")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_second_answer_comes_from_the_cache(board: Board, platform: str) -> None:
    question = ONLY_ASKED_HERE[platform]
    board.ask(platform, question)
    wire = board.drawer("Wire view")
    newest = wire.get_by_role("list", name="Messages, newest first").get_by_role("listitem").first
    expect(newest).to_contain_text("answered in")
    expect(newest).not_to_contain_text("from the cache")

    # Once after its start the bot learns from the knowledge, and what it kept before is not used.
    for _ in range(TRIES):
        board.field(platform).press("ArrowUp")  # brings back what was written last
        expect(board.field(platform)).to_have_value(question)
        board.field(platform).press("Enter")
        board.page.wait_for_timeout(1000)
        if "from the cache" in newest.inner_text():
            break
    expect(newest).to_contain_text("from the cache")
    shown = wire.locator(".trace-shown")
    expect(shown).to_contain_text("answer cache hit")
    expect(shown).to_contain_text("PostgreSQL")
    expect(shown).to_contain_text(f"{platform} to bot")
    expect(shown).to_contain_text(f"Bot to {platform}")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_feedback_is_thanked_for(board: Board, platform: str) -> None:
    board.show(platform, "it-help")
    answer = board.ask(platform, "I forgot my password, how do I reset it?")
    up = answer.get_by_role("button", name="👍", exact=True)
    expect(up).to_have_attribute("aria-pressed", "false")
    up.click()
    expect(board.answers(platform, THANKS).last).to_be_visible()

    board.show(platform, "general")
    board.show(platform, "it-help")
    answer = board.answers(platform).last.locator("xpath=ancestor::li[1]")
    up = answer.get_by_role("button", name="👍", exact=True)
    down = answer.get_by_role("button", name="👎", exact=True)
    expect(up).to_have_attribute("aria-pressed", "true")
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(up).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_one_of_what_may_have_been_meant_is_chosen_with_a_click(
    board: Board, platform: str
) -> None:
    board.show(platform, "general")
    offers = board.answers(platform, "Did you mean")
    before = offers.count()
    board.write(platform, "How do I book a train room?")
    expect(offers).to_have_count(before + 1)
    offer = offers.last.locator("xpath=ancestor::li[1]")
    expect(offer.get_by_role("button", name="None of these")).to_be_visible()
    offer.get_by_role("button", name="How do I book a meeting room?").click()
    answer = board.answers(platform).last
    expect(answer).to_contain_text("room")

    shown = answer.locator("xpath=ancestor::li[1]")
    shown.get_by_role("button", name="Why?", exact=True).click()
    if platform == "Telegram":  # what is for one person in a group is written to them
        expect(board.answers(platform, "I have written to you directly.").last).to_be_visible()
    else:
        receipt = board.answers(platform, "Why this answer").last
        expect(receipt).to_contain_text("a person chose it")


def test_a_thread_that_one_reads_stays_open_when_another_gets_its_answer(open_page: Open) -> None:
    board = open_page()
    board.show("Slack", "facilities")
    threads = board.pane("Slack").get_by_role("list", name="Thread")
    for question in ("How do I book a room for ten people?", "How do I claim a train ticket?"):
        board.ask("Slack", question)
    expect(threads.nth(-2)).to_contain_text(SOURCE)
    expect(threads.nth(-1)).to_contain_text(SOURCE)


def test_the_buttons_of_an_offer_fit_on_a_telephone(open_page: Open) -> None:
    board = open_page(viewport={"width": 320, "height": 640})
    board.write("Slack", "How do I book a train room?")
    offer = board.answers("Slack", "Did you mean").last
    expect(offer).to_be_visible()
    buttons = offer.locator("xpath=ancestor::li[1]").locator(".message-button")
    expect(buttons.last).to_have_text("None of these")
    sides = buttons.evaluate_all(SIDES)  # at once: what changes on the page makes them anew
    assert len(sides) >= 2
    assert all(left >= 0 and right <= 320 for left, right in sides)
    assert not board.scrolls_sideways()


def test_replies_to_one_person_alone_are_not_counted(board: Board) -> None:
    board.show("Slack", "facilities")
    answer = board.ask("Slack", "How do I book a room for ten people?")
    thread = board.pane("Slack").locator(".thread-count").last
    expect(thread).to_have_text("1 reply")
    answer.get_by_role("button", name="👎", exact=True).click()
    expect(board.answers("Slack", SORRY).last).to_be_visible()
    expect(thread).to_have_text("1 reply")


@pytest.mark.parametrize("platform", ["Slack", "Discord"])
def test_a_command_is_shown_above_its_public_answer(board: Board, platform: str) -> None:
    board.show(platform, "general")
    board.write(platform, "/ask How do I book a room for ten people?")
    answer = board.answers(platform, "used /ask How do I book a room for ten people?").last
    expect(answer).to_contain_text(SOURCE)


def test_what_is_not_known_is_told_in_words(board: Board) -> None:
    board.write("Discord", "Who won the regatta of 1851?")
    newest = board.drawer("Wire view").locator(".trace").first
    expect(newest).to_contain_text("not known, answered honestly in")


def test_ones_own_message_is_at_the_end_though_its_image_comes_late(board: Board) -> None:
    board.show("Slack", "engineering")
    slack = board.pane("Slack")
    board.page.route("**/api/files/**", _late)
    slack.locator("input[type=file]").set_input_files(
        {"name": "sea.png", "mimeType": "image/png", "buffer": PICTURE}
    )
    board.write("Slack", "How do I roll back the last deploy?")
    image = slack.locator(".messages img").last
    expect(image).to_be_visible()
    board.page.wait_for_function("image => image.naturalHeight > 0", arg=image.element_handle())
    expect(board.last("Slack")).to_contain_text(SOURCE)
    _is_at_the_end(slack)

    slack.get_by_role("log").evaluate(GROW)
    _is_at_the_end(slack)

    slack.get_by_role("log").evaluate("log => { log.scrollTop = 0; }")
    board.write("Slack", "How do I claim a train ticket?")
    expect(board.last("Slack")).to_contain_text("Spendly")
    _is_at_the_end(slack)


def _is_at_the_end(pane: Locator) -> None:
    """It is there when everything has come to rest, however long that takes."""
    pane.page.wait_for_timeout(200)
    log = pane.get_by_role("log").element_handle()
    at_end = "log => log.scrollHeight - log.scrollTop - log.clientHeight < 2"
    pane.page.wait_for_function(at_end, arg=log)


@pytest.mark.parametrize("platform", ["Slack", "Discord"])
def test_a_command_is_completed_by_keyboard_and_its_reply_is_private(
    board: Board, platform: str
) -> None:
    board.show(platform, "facilities")
    field = board.field(platform)
    field.press_sequentially("/us")
    option = board.pane(platform).get_by_role("option").filter(has_text="/usage")
    expect(option).to_have_attribute("aria-selected", "true")
    field.press("Tab")
    expect(field).to_have_value(re.compile("^/usage ?$"))
    field.press("Enter")
    reply = board.pane(platform).locator(".message.private").filter(has_text=USAGE).last
    expect(reply).to_contain_text(ALONE[platform])

    board.speak_as_another()
    expect(board.field(platform)).to_be_visible()
    expect(board.pane(platform).locator(".message").first).to_be_visible()
    expect(board.answers(platform, USAGE)).to_have_count(0)


@pytest.mark.parametrize("platform", ["Slack", "Discord"])
def test_a_command_that_is_written_out_is_sent_at_once(board: Board, platform: str) -> None:
    board.show(platform, "engineering")
    board.write(platform, "/usage")
    expect(board.answers(platform, USAGE).last).to_be_visible()


def test_the_name_of_the_bot_mentions_it_once(board: Board) -> None:
    board.show("Telegram", "engineering")
    board.write("Telegram", "@Trialogue how do I claim a train ticket?")
    asked = board.pane("Telegram").locator(".message.own").last
    expect(asked).to_contain_text("@trialogue_bot how do I")
    assert (asked.text_content() or "").count("@trialogue_bot") == 1


def test_telegram_answers_in_private_and_the_conversation_says_so(board: Board) -> None:
    board.write("Telegram", "/usage")
    direct = board.pane("Telegram").get_by_role(
        "button", name=re.compile(r"direct messages.*unread")
    )
    expect(direct).to_be_visible()
    notice = board.page.get_by_role("status")
    expect(notice).to_contain_text("in your direct messages on Telegram")
    notice.get_by_role("button", name="Show").click()
    expect(board.answers("Telegram", USAGE).last).to_be_visible()
    expect(board.pane("Telegram").locator(".unread")).to_have_count(0)


def test_without_a_mention_the_page_says_that_the_bot_hears_nothing(board: Board) -> None:
    slack = board.pane("Slack")
    slack.get_by_role("button", name="@Trialogue", exact=True).click()
    board.field("Slack").fill("Lunch, anybody?")
    expect(slack.locator(".hint")).to_contain_text("the bot does not hear this")
    board.field("Slack").fill("Lunch, @tri")
    board.field("Slack").press("Tab")
    expect(board.field("Slack")).to_have_value("Lunch, @Trialogue ")
    expect(slack.locator(".hint")).not_to_contain_text("the bot does not hear this")


def test_a_suggestion_is_asked_with_one_click(board: Board) -> None:
    board.show("Discord", "engineering")
    first = (
        board.pane("Discord").get_by_role("list", name="Questions to try").locator("button").first
    )
    first.click()
    expect(board.last("Discord")).to_contain_text(SOURCE)


def test_a_file_is_shown_and_a_reaction_given_and_taken_back(board: Board) -> None:
    discord = board.pane("Discord")
    discord.locator("input[type=file]").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"north to south"}
    )
    expect(discord.get_by_role("button", name="Do not send plan.txt")).to_be_visible()
    discord.get_by_role("button", name=re.compile("^@")).click()  # the bot need not hear of it
    board.write("Discord", "The plan")
    message = discord.locator(".message.own").last
    expect(message.get_by_role("link", name=re.compile("plan.txt"))).to_be_visible()

    message.locator(".row").first.hover()
    message.get_by_role("button", name=re.compile("^React to")).click()
    message.get_by_role("button", name="React with 🎉").click()
    given = message.get_by_role("list", name="Reactions").get_by_role("button")
    expect(given).to_have_attribute("aria-pressed", "true")
    given.click()
    expect(given).to_have_count(0)


def test_what_could_not_be_sent_is_kept_and_explained(board: Board) -> None:
    board.page.context.set_offline(True)
    board.write("Telegram", "Is this lost?")
    expect(board.pane("Telegram").get_by_role("alert")).to_contain_text("does not answer")
    expect(board.field("Telegram")).to_have_value("Is this lost?")
    board.page.context.set_offline(False)
    board.problems.clear()  # the browser tells of the request that failed


def _late(route: Route) -> None:
    time.sleep(LATE)
    route.continue_()
