"""The page as somebody uses it."""

import re
from dataclasses import dataclass, field
from typing import Self

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

SEEN_WITHIN_MS = 90_000
expect.set_options(timeout=SEEN_WITHIN_MS)
PLATFORMS = ("Slack", "Discord", "Telegram")
SOURCE = re.compile("Source:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """An open page. `problems` are the errors in its console."""

    page: Page
    problems: list[str] = field(default_factory=list)

    @classmethod
    def opened(cls, page: Page, url: str) -> Self:
        """Open the page, and wait until it shows the panes."""
        board = cls(page=page)
        problems = board.problems

        def hear(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                problems.append(message.text)

        page.on("console", hear)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.set_default_timeout(SEEN_WITHIN_MS)
        page.goto(url)
        expect(board.pane("Slack")).to_be_attached()
        return board

    def pane(self, platform: str) -> Locator:
        """All of one platform."""
        return self.page.get_by_role("region", name=platform, exact=True)

    def field(self, platform: str) -> Locator:
        """Where one writes."""
        return self.pane(platform).locator("textarea")

    def show(self, platform: str, channel: str) -> None:
        """Go to a channel."""
        channels = self.pane(platform).get_by_role("navigation")
        channels.get_by_role("button", name=channel).first.click()

    def write(self, platform: str, text: str) -> None:
        """Write, and press Enter."""
        self.field(platform).fill(text)
        self.field(platform).press("Enter")

    def answers(self, platform: str, words: str | re.Pattern[str] = SOURCE) -> Locator:
        """What the bot has said, of all threads that are open."""
        said = self.pane(platform).locator(".message.by-bot > .row > .stack > .bubble")
        return said.filter(has_text=words)

    def ask(self, platform: str, question: str) -> Locator:
        """Ask, and wait for the bot's answer."""
        asked = self.pane(platform).locator(".messages > ol > .message.own")
        before = asked.count()
        self.write(platform, question)
        expect(asked).to_have_count(before + 1)
        answer = self.last(platform)
        expect(answer).to_contain_text(SOURCE)
        return answer

    def last(self, platform: str) -> Locator:
        """The message at the end of the channel, or of its last thread."""
        return self.pane(platform).locator(".message").last

    def drawer(self, name: str) -> Locator:
        """Open the wire view or the faults."""
        drawer = self.page.get_by_role("region", name=name, exact=True)
        if not drawer.is_visible():
            self.page.get_by_role("button", name=name, exact=True).click()
        return drawer

    def speak_as_another(self) -> None:
        """Be somebody else."""
        chooser = self.page.get_by_role("button", name=re.compile("^Speak as"))
        before = chooser.get_attribute("aria-label") or ""
        chooser.click()
        self.page.locator("label.person:not(:has(input:checked))").last.click()
        expect(chooser).not_to_have_attribute("aria-label", before)

    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than the window."""
        root = "document.documentElement"
        return bool(self.page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))
