"""The page's server: what it tells, what it takes, and whom it refuses."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import FormData

from simulator.playground.bot import BotState, LogLine
from simulator.playground.playground import Playground
from simulator.playground.server import served
from simulator.playground.slack import SlackScene
from simulator.playground.values import Line, Person, Room

PEOPLE = (
    Person(name="maya", display="Maya", about="Support", admin=True),
    Person(name="jonas", display="Jonas"),
)
ROOMS = (Room(name="it-help", lines=(Line(person="jonas", text="hi", ago=timedelta(days=1)),)),)
WITHIN = 60.0


class RestingBot:
    """A bot that says nothing of itself until it is killed."""

    def __init__(self) -> None:
        self.killed = 0
        self.changed: Callable[[], None] = lambda: None

    def state(self) -> BotState:
        return BotState(state="up", pid=1, starts=1 + self.killed, since=0.0)

    def watch(self, *, changed: Callable[[], None], logged: Callable[[LogLine], None]) -> None:
        self.changed = changed

    def kill(self) -> None:
        self.killed += 1
        self.changed()


@pytest.fixture
async def slack() -> AsyncIterator[SlackScene]:
    scene = SlackScene()
    async with scene:
        scene.populate(PEOPLE, ROOMS)
        yield scene


@pytest.fixture
def bot() -> RestingBot:
    return RestingBot()


@pytest.fixture
async def url(slack: SlackScene, bot: RestingBot) -> AsyncIterator[str]:
    playground = Playground(scenes={"slack": slack}, people=PEOPLE, suggestions=("how?",), bot=bot)
    async with served(playground) as url:
        yield url


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WITHIN)) as session:
        yield session


def channel(slack: SlackScene) -> str:
    return next(one.id for one in slack.pane().channels if one.name == "it-help")


def words(slack: SlackScene, text: str = "is it up?", **more: Any) -> dict[str, Any]:
    """What somebody says in the room."""
    return {
        "platform": "slack",
        "channel": channel(slack),
        "person": "maya",
        "text": text,
        **more,
    }


async def test_the_state_is_all_that_a_page_needs(url: str, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{url}/api/state") as answer:
        state = await answer.json()
    assert [person["name"] for person in state["people"]] == ["maya", "jonas"]
    assert state["suggestions"] == ["how?"]
    assert state["bot"]["state"] == "up"
    assert {fault["kind"] for fault in state["faults"]} >= {"duplicate", "rate_limit", "disconnect"}
    assert state["panes"][0]["messages"][0]["text"] == "hi"


async def test_what_is_said_is_shown_and_followed(
    url: str, session: aiohttp.ClientSession, slack: SlackScene
) -> None:
    async with session.post(f"{url}/api/say", json=words(slack)) as answer:
        assert answer.status == 201
        trace = (await answer.json())["trace"]
    assert slack.pane().messages[-1].text == "is it up?"
    async with session.get(f"{url}/api/state") as answer:
        [followed] = (await answer.json())["traces"]
    assert (followed["id"], followed["person"], followed["kind"]) == (trace, "maya", "say")


async def test_an_open_page_is_told_of_every_change(
    url: str, session: aiohttp.ClientSession, slack: SlackScene, bot: RestingBot
) -> None:
    async with session.get(f"{url}/api/live") as live:
        assert live.content_type == "text/event-stream"
        await live.content.readuntil(b"\n\n")  # it is being listened to
        await session.post(f"{url}/api/say", json=words(slack, "hello all"))
        bot.kill()
        told: dict[str, Any] = {}
        while not {"pane", "trace", "bot"} <= told.keys():
            told |= await news(live)
    assert told["pane"]["messages"][-1]["text"] == "hello all"
    assert told["trace"]["text"] == "hello all"
    assert told["bot"]["starts"] == 2


async def news(live: aiohttp.ClientResponse) -> dict[str, Any]:
    async with asyncio.timeout(WITHIN):
        event = await live.content.readuntil(b"\n\n")
    found: dict[str, Any] = json.loads(event.removeprefix(b"data: "))
    return found


async def test_a_page_that_has_left_is_forgotten(
    url: str, session: aiohttp.ClientSession, slack: SlackScene
) -> None:
    async with session.get(f"{url}/api/live") as live:
        await live.content.readuntil(b"\n\n")
    async with session.post(f"{url}/api/say", json=words(slack)) as answer:
        assert answer.status == 201


async def test_a_file_is_shared_and_can_be_fetched(
    url: str, session: aiohttp.ClientSession, slack: SlackScene
) -> None:
    form = FormData()
    for name, value in words(slack, "see here").items():
        form.add_field(name, value)
    form.add_field("file", b"a,b\n1,2\n", filename="numbers.csv", content_type="text/csv")
    async with session.post(f"{url}/api/upload", data=form, headers={"Origin": url}) as answer:
        assert answer.status == 201
    [file] = slack.pane().messages[-1].files
    async with session.get(f"{url}/api/files/slack/{file.id}") as answer:
        assert await answer.read() == b"a,b\n1,2\n"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_page_that_somebody_uploads_is_never_shown_as_one(
    url: str, session: aiohttp.ClientSession, slack: SlackScene
) -> None:
    form = FormData()
    for name, value in words(slack).items():
        form.add_field(name, value)
    form.add_field("file", b"<script>", filename="x.html", content_type="text/html")
    await session.post(f"{url}/api/upload", data=form, headers={"Origin": url})
    [file] = slack.pane().messages[-1].files
    async with session.get(f"{url}/api/files/slack/{file.id}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": "   "}, "Write something first."),
        ({"person": "nobody"}, "nobody"),
        ({"platform": "irc"}, "slack"),
        ({"text": 5}, "text"),
        ({"more": 1}, "more"),
    ],
)
async def test_what_cannot_be_done_is_said(
    url: str,
    session: aiohttp.ClientSession,
    slack: SlackScene,
    change: dict[str, Any],
    said: str,
) -> None:
    async with session.post(f"{url}/api/say", json={**words(slack), **change}) as answer:
        assert answer.status == 422
        assert said in (await answer.json())["error"]
    async with session.get(f"{url}/api/state") as answer:
        assert (await answer.json())["traces"] == []


async def test_a_button_that_is_not_there_is_said(
    url: str, session: aiohttp.ClientSession, slack: SlackScene
) -> None:
    click = {
        "platform": "slack",
        "channel": channel(slack),
        "message": slack.pane().messages[0].id,
        "button": "0",
        "person": "maya",
    }
    async with session.post(f"{url}/api/click", json=click) as answer:
        assert answer.status == 422
        assert "not there" in (await answer.json())["error"]


async def test_the_bot_can_be_killed(
    url: str, session: aiohttp.ClientSession, bot: RestingBot
) -> None:
    async with session.post(f"{url}/api/kill", json={}) as answer:
        assert answer.status == 204
    assert bot.killed == 1


async def test_another_site_in_the_same_browser_is_refused(
    url: str, session: aiohttp.ClientSession, slack: SlackScene, bot: RestingBot
) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    async with session.post(f"{url}/api/say", json=words(slack), headers=elsewhere) as answer:
        assert answer.status == 403
    async with session.post(f"{url}/api/kill", data="{}") as answer:  # a form needs no preflight
        assert answer.status == 403
    async with session.post(f"{url}/api/upload", data=FormData({"a": "b"})) as answer:
        assert answer.status == 403
    assert bot.killed == 0
    assert len(slack.pane().messages) == 1


async def test_another_name_for_this_machine_is_refused(
    url: str, session: aiohttp.ClientSession
) -> None:
    async with session.get(f"{url}/api/state", headers={"Host": "rebound.example"}) as answer:
        assert answer.status == 403
    port = url.rpartition(":")[2]
    async with session.get(f"{url}/api/state", headers={"Host": f"localhost:{port}"}) as answer:
        assert answer.status == 200


async def test_the_page_may_load_nothing_from_elsewhere(
    url: str, session: aiohttp.ClientSession
) -> None:
    async with session.get(url) as answer:
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "unsafe" not in policy


async def test_the_first_port_that_is_free_is_taken(
    url: str, slack: SlackScene, bot: RestingBot
) -> None:
    taken = int(url.rpartition(":")[2])
    playground = Playground(scenes={"slack": slack}, people=PEOPLE, suggestions=(), bot=bot)
    async with served(playground, ports=(taken, 0)) as other:
        assert other != url
    with pytest.raises(OSError, match=str(taken)):
        async with served(playground, ports=(taken,)):
            pass
