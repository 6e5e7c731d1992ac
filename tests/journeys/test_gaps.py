"""A question that nobody could answer, until somebody did: on every platform, once for each."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bots.embedded import Addresses
from core.entries import NewEntry
from simulator.standin import Asked, Posted, StandIn
from tests.crashing_bot import KILLED, LATE_POINTS
from tests.journeys.history import at_rest
from tests.journeys.knowledge import ENTRIES, teach
from tests.journeys.platforms import PLATFORMS, open_stand_in, reached
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot, start_bot
from tests.stores.people import Owner, open_owner

WITHIN = 60.0
QUESTION = "What does the canteen charge for lobster thermidor?"
LATER = "Who waters the plants on the fourth floor?"
ADMINS = "UPDATE memberships SET role = 'admin' WHERE user_id IN (SELECT m.user_id FROM inbox m"
ADMINS += " WHERE m.message ->> 'text' = 'help')"

ID = re.compile(r"\b[0-9a-f]{8}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A platform, and what Ada and Bob, who is an admin, see of the bot there."""

    stand_in: StandIn
    bobs: str
    """Bob's direct messages."""

    async def sees(self, *words: str, but: Sequence[Posted] = ()) -> Posted:
        """Wait for a posting with all of these words."""
        async with asyncio.timeout(WITHIN):
            while True:
                for posted in self.stand_in.posted:
                    if posted not in but and all(word in posted.text for word in words):
                        return posted
                await asyncio.sleep(0.05)

    async def bob_says(self, text: str, *words: str) -> Posted:
        """Bob uses a command where all can read, and alone sees what comes of it."""
        before = list(self.stand_in.posted)
        await self.stand_in.command(text, person="bob")
        said = await self.sees(*words, but=before)
        assert self.is_for_bob(said), said
        return said

    def is_for_bob(self, posted: Posted) -> bool:
        return posted.visible_to == "bob" or posted.channel == self.bobs

    def count(self, words: str) -> int:
        return sum(words in posted.text for posted in self.stand_in.posted)

    def answers(self, asked: Asked, words: str) -> int:
        return sum(words in reply.text for reply in self.stand_in.replies_to(asked))


@asynccontextmanager
async def everywhere(addresses: Addresses) -> AsyncIterator[tuple[list[StandIn], dict[str, str]]]:
    """One bot on all platforms at once."""
    port = free_port()
    async with AsyncExitStack() as stack:
        standins = [
            await stack.enter_async_context(open_stand_in(name, ports=[port])) for name in PLATFORMS
        ]
        platforms = [one.environment for one in standins]
        yield standins, bot_environment(addresses, *platforms, port=port)


async def meet_bob(stand_in: StandIn) -> Place:
    """Bob writes to the bot, which is how it knows him."""
    place = Place(stand_in=stand_in, bobs=(await stand_in.tell("help", person="bob")).channel)
    await place.sees("Ask me a question")
    return place


@pytest.mark.timeout(600)
async def test_who_asked_in_vain_hears_it_when_an_admin_adds_the_answer(
    addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    async with everywhere(addresses) as (standins, environment), open_owner(addresses) as owner:
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            await reached(*standins)
            places = [await meet_bob(one) for one in standins]
            await owner.run(ADMINS)
            slack = places[0]
            asked = [await one.stand_in.ask(QUESTION, person="ada") for one in places]
            honest = [await one.sees("I don't know the answer") for one in places]
            assert [one.buttons for one in honest] == [("Ask a person",)] * 3

            for _ in range(2):
                await slack.stand_in.click(honest[0], "Ask a person", person="ada")
            letter = await slack.sees("asks something that I do not know")
            assert slack.is_for_bob(letter)
            assert f"`/kb add {QUESTION} | ANSWER`" in letter.text
            assert (await slack.sees("I have asked your admin")).visible_to == "ada"
            await slack.sees("have been asked today")

            await slack.stand_in.command("/kb gaps", person="ada")
            assert (await slack.sees("Only the admins")).visible_to == "ada"
            await slack.bob_says("/kb add lobster", "Write it like this", "QUESTION | ANSWER")
            await slack.bob_says("/kb gaps", "lobster thermidor", "3 times")
            await slack.bob_says(f"/kb add {QUESTION} | Twelve crowns.", "Now I know", "/kb edit")
            for place, question in zip(places, asked, strict=True):
                late = await place.sees("asked “", "Twelve crowns.")
                assert late in place.stand_in.replies_to(question)
                assert late.buttons[:2] == ("👍", "👎")
            await slack.bob_says("/kb gaps", "Every question so far has an answer")

            for count in (1, 2):
                again = await slack.stand_in.ask(QUESTION, person="carol")
                async with asyncio.timeout(WITHIN):
                    while not slack.answers(again, "Twelve crowns."):
                        await asyncio.sleep(0.05)
                await all_logged(bot, owner)
                assert bot.lines().count('"cache_hit":true') == count - 1

            await edit_everywhere(places)
            assert slack.count("asks something that I do not know") == 1
            await slack.stand_in.ask(LATER, person="ada")
            await slack.sees("I don't know the answer", but=honest)
            await at_rest(addresses, within=WITHIN)
            assert await bot.stop() == 0

        watered = NewEntry(phrasings=(LATER,), answer="The night shift.")
        await teach(addresses, *ENTRIES, watered)
        async with running_bot(environment, tmp_path / "again.log") as bot:
            await slack.sees("asked “", "The night shift.")
            await at_rest(addresses, within=WITHIN)
            assert await bot.stop() == 0
        assert [one.count("asked “") for one in places] == [2, 1, 1]


async def all_logged(bot: BotProcess, owner: Owner) -> None:
    """Wait until the bot has its line about each message: the answer can be there before."""
    settled = "SELECT count(*) FROM inbox WHERE state = 'settled'"
    processed = '"message_processed"'
    async with asyncio.timeout(WITHIN):
        while bot.lines().count(processed) != await owner.one(settled):
            await asyncio.sleep(0.05)


async def edit_everywhere(places: Sequence[Place]) -> None:
    """The same by the commands of each platform: look an answer up, change it, take that back."""
    for number, place in enumerate(places):
        found = await place.bob_says(f"/kb search {QUESTION}", "Twelve crowns.", "100% sure")
        [entry_id] = ID.findall(found.text)
        await place.bob_says(f"/kb edit {entry_id} Now {number} crowns.", "Changed")
        await place.bob_says(f"/kb search {QUESTION}", f"Now {number} crowns.")
        await place.bob_says("/kb undo", "Taken back: 1 entry changed")
        await place.bob_says("/kb remove 00000000", "No entry has the ID 00000000")
        await place.bob_says("/kb help", "/kb review")


@pytest.mark.timeout(600)
async def test_killed_while_it_answers_those_who_wait_it_answers_each_once(
    addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port, log = free_port(), tmp_path / "bot.log"
    people = ("ada", "bob", "carol")
    async with open_stand_in("slack", ports=[port]) as slack, open_owner(addresses) as owner:
        environment = bot_environment(addresses, slack.environment, port=port)
        for point in LATE_POINTS:
            bot = await start_bot(
                environment, log, command=("-m", "tests.crashing_bot", point, "1")
            )
            try:
                if not slack.asked:
                    await bot.ready()
                    for person in people:
                        await slack.ask(QUESTION, person=person, channel=person)
                    await slack.answered(3, timeout=WITHIN)
                    await at_rest(addresses, within=WITHIN)
                    price = NewEntry(phrasings=(QUESTION,), answer="Twelve crowns.")
                    await teach(addresses, *ENTRIES, price)
                async with asyncio.timeout(WITHIN):
                    assert await bot.process.wait() == KILLED, point
            finally:
                await bot.kill()
            await owner.run("UPDATE knowledge_gaps SET looking_until = now()")  # as time goes by
        assert len(slack.posted) == 3
        async with running_bot(environment, log) as bot:
            await slack.answered(6, timeout=WITHIN)
            await at_rest(addresses, within=WITHIN)
            async with asyncio.timeout(WITHIN):
                while await owner.one("SELECT count(*) FROM late_turns"):
                    await asyncio.sleep(0.05)
            assert await bot.stop() == 0
        said = await owner.one("SELECT count(*) FROM turns WHERE text LIKE '%Twelve crowns.%'")
        assert said == len(people)
        for asked in slack.asked:
            texts = [reply.text for reply in slack.replies_to(asked)]
            assert sum("Twelve crowns." in text for text in texts) == 1
