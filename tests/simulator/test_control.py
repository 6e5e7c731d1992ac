"""The control API: people act through it on all platforms, and see what a bot did."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import psutil
import pytest

from simulator.control import PLATFORMS, Simulation, simulate
from tests.ports import free_port
from tests.simulator.control import Client, echo_bot, until_listening
from tests.simulator.echo_bot import BUTTON, CLICKED, COMMANDED, HEARD

POSTING = {
    "slack": "chat.postMessage",
    "discord": "POST /channels/*/messages",
    "telegram": "sendMessage",
}
REFUSAL = {"slack": "is_archived", "discord": "50001", "telegram": "Forbidden: not here"}


@pytest.fixture
async def simulation() -> AsyncIterator[Simulation]:
    async with simulate() as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def control(simulation: Simulation, session: aiohttp.ClientSession, platform: str) -> Client:
    return Client(session=session, url=f"{simulation.url}/{platform}")


@pytest.fixture
async def bot(
    simulation: Simulation, control: Client, platform: str, tmp_path: Path
) -> AsyncIterator[None]:
    settings = simulation.controls[platform].stand_in.environment
    async with echo_bot(platform, settings, tmp_path / "bot.log"):
        await until_listening(platform, control)
        yield


@pytest.mark.usefixtures("bot")
async def test_a_person_talks_with_a_bot_through_http(control: Client, platform: str) -> None:
    mention = await control.post("/messages", text="one", person="ada", channel="general")
    [first] = await control.postings(1)
    assert first["text"] == f"{HEARD}one"
    assert first["channel"] == mention["channel"]
    assert first["reply_to"] == mention["id"]
    assert first["buttons"] == [BUTTON]
    assert first["visible_to"] is None

    direct = await control.post("/messages", text="two", person="bob", direct=True)
    second = (await control.postings(2))[1]
    assert (second["text"], second["channel"]) == (f"{HEARD}two", direct["channel"])

    await control.post("/clicks", posting=first["id"], button=BUTTON, person="cleo")
    third = (await control.postings(3))[2]
    assert third["text"] == f"{CLICKED}again"

    await control.post("/commands", text="/echo three", person="ada")
    fourth = (await control.postings(4))[3]
    assert fourth["text"] == f"{COMMANDED}three"
    assert fourth["visible_to"] == (None if platform == "telegram" else "ada")

    await control.post("/messages", text="four", reply_to=first["id"])
    fifth = (await control.postings(5))[4]
    assert fifth["text"] == f"{HEARD}four"

    later = await control.get("/postings", after=4)
    assert [posting["id"] for posting in later["postings"]] == [fifth["id"]]
    assert later["next"] == 5
    people = {one["name"] for one in (await control.get("/people"))["people"]}
    assert {"ada", "bob", "cleo"} <= people
    assert "general" in {one["name"] for one in (await control.get("/channels"))["channels"]}
    assert (await control.get("/unserved"))["unserved"] == []


@pytest.mark.usefixtures("bot")
async def test_calls_are_recorded_without_tokens(
    simulation: Simulation, control: Client, platform: str
) -> None:
    await control.post("/messages", text="one")
    await control.postings(1)
    whole = orjson.dumps(await control.get("/calls")).decode()
    assert POSTING[platform].split("*")[0] in whole
    if platform != "discord":
        assert f"{HEARD}one" in whole
    for name, value in simulation.settings.items():
        if name.endswith(("TOKEN", "SECRET")):
            assert value not in whole


@pytest.mark.usefixtures("bot")
async def test_a_planned_fault_meets_the_bot(control: Client, platform: str) -> None:
    fault = {"kind": "status", "status": 403, "error": REFUSAL[platform]}
    await control.post("/faults", **fault)
    await control.post("/messages", text="refused", channel="one")
    await control.post("/messages", text="taken", channel="two")
    [posting] = await control.postings(1)
    assert posting["text"] in {f"{HEARD}refused", f"{HEARD}taken"}
    found = await control.get("/postings", count=2, wait=1)
    assert len(found["postings"]) == 1


async def test_an_unknown_fault_is_told_which_there_are(control: Client) -> None:
    status, answer = await control.send("POST", "/faults", kind="fire")
    assert status == 422
    assert "'status', 'hang', 'reset'" in answer["error"]
    assert "<" not in answer["error"]


@pytest.mark.usefixtures("bot")
async def test_faults_can_be_taken_back(control: Client) -> None:
    await control.post("/faults", kind="status", status=403, count=100)
    await control.post("/faults", kind="drop", count=100)
    status, _ = await control.send("DELETE", "/faults")
    assert status == 204
    await control.post("/messages", text="one")
    await control.postings(1)


@pytest.mark.usefixtures("bot")
async def test_events_are_doubled_lost_and_turned_round(control: Client, platform: str) -> None:
    events = 2 if platform == "slack" else 1  # a mention is told twice there
    await control.post("/faults", kind="drop", count=events)
    await control.post("/messages", text="lost", channel="one")
    await control.post("/messages", text="heard", channel="one")
    [posting] = await control.postings(1)
    assert posting["text"] == f"{HEARD}heard"

    await control.post("/faults", kind="duplicate", count=1)
    await control.post("/messages", text="twice", channel="two")
    doubled = await control.postings(3)
    assert [one["text"] for one in doubled[1:]] == [f"{HEARD}twice"] * 2

    await control.post("/faults", kind="reorder", count=2)
    if platform != "slack":
        await control.post("/messages", text="first", direct=True)
        await control.post("/messages", text="last", direct=True)
        turned = await control.postings(5)
        assert [one["text"] for one in turned[3:]] == [f"{HEARD}last", f"{HEARD}first"]


@pytest.mark.usefixtures("bot")
async def test_a_delayed_event_is_overtaken(control: Client) -> None:
    await control.post("/faults", kind="delay", seconds=2)
    await control.post("/messages", text="late", direct=True)
    await control.post("/messages", text="early", direct=True)
    texts = [one["text"] for one in await control.postings(2)]
    assert texts == [f"{HEARD}early", f"{HEARD}late"]


async def test_a_reset_begins_anew_where_the_bot_comes_back(
    simulation: Simulation, control: Client, platform: str, tmp_path: Path
) -> None:
    before = dict(simulation.controls[platform].stand_in.environment)
    async with echo_bot(platform, before, tmp_path / "bot.log"):
        await until_listening(platform, control)
        await control.post("/messages", text="one", person="ada")
        await control.postings(1)

        after = await control.post("/reset")
        kept = {name for name in before if not name.startswith("DISCORD_")} or {"DISCORD_TOKEN"}
        assert {name: after["settings"][name] for name in kept} == {
            name: before[name] for name in kept
        }
        assert after["asked"] == after["posted"] == 0
        assert (await control.get("/postings"))["postings"] == []

    async with echo_bot(platform, after["settings"], tmp_path / "again.log"):
        await until_listening(platform, control)
        await control.post("/messages", text="two", person="ada")
        [posting] = await control.postings(1)
        assert posting["text"] == f"{HEARD}two"


@pytest.mark.usefixtures("bot")
async def test_a_call_that_hangs_holds_nothing_up(control: Client) -> None:
    await control.post("/faults", kind="hang", count=3)
    await control.post("/messages", text="one")
    found = await control.get("/postings", wait=1)
    assert found == {"postings": [], "next": 0}
    async with asyncio.timeout(60):
        await control.post("/reset")


@pytest.mark.usefixtures("simulation")
async def test_everything_is_served_to_this_machine_only() -> None:
    sockets = psutil.Process().net_connections("inet")
    listening = [one.laddr for one in sockets if one.status == psutil.CONN_LISTEN]
    assert len(listening) >= 1 + len(PLATFORMS)
    assert {address.ip for address in listening} == {"127.0.0.1"}


async def test_slack_calls_a_bot_over_http_once_it_has_an_address(
    simulation: Simulation, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    control = Client(session=session, url=f"{simulation.url}/slack")
    port = free_port()
    _, shown = await control.send("PUT", "/targets", urls=[f"http://127.0.0.1:{port}"])
    assert "SLACK_SIGNING_SECRET" in shown["settings"]
    async with echo_bot("slack", shown["settings"], tmp_path / "bot.log", HTTP_PORT=str(port)):
        await control.post("/messages", text="one")  # tried again until the bot is there
        await control.post("/clock", seconds=1)
        [posting] = await _insist(control)
        assert posting["text"] == f"{HEARD}one"


async def _insist(control: Client) -> Any:
    """Wait for a posting while the simulated time of Slack's retries goes by."""
    for _ in range(60):
        found = (await control.get("/postings", wait=1))["postings"]
        if found:
            return found
        await control.post("/clock", seconds=60)
    raise AssertionError("no retry came through")


async def test_a_file_is_sent(control: Client, platform: str) -> None:
    content = base64.b64encode(b"\x00\x01").decode()
    sent = await control.post(
        "/uploads", name="data.bin", content=content, base64=True, text="look", person="ada"
    )
    assert sent["id"]
    status, _ = await control.send("POST", "/uploads", name="x", content="y", direct=True)
    assert status == (422 if platform == "slack" else 201)
    status, answer = await control.send("POST", "/uploads", name="x", content="%", base64=True)
    assert status == 422
    assert "base64" in answer["error"]


async def test_people_and_channels_are_created_once(control: Client) -> None:
    one = await control.post("/people", name="grace")
    assert await control.post("/people", name="grace") == one
    assert one in (await control.get("/people"))["people"]
    room = await control.post("/channels", name="engines")
    assert room in (await control.get("/channels"))["channels"]


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/messages", {}, "text: Field required"),
        ("/messages", {"text": "x", "persn": "ada"}, "persn: Extra inputs"),
        ("/messages", {"text": "x", "reply_to": "404"}, "404"),
        ("/messages", {"text": "x", "copies": 0}, "copies:"),
        ("/commands", {"text": "no slash"}, "text:"),
        ("/clicks", {"posting": "404", "button": "x"}, "no posting 404"),
        ("/faults", {"kind": "earthquake"}, "'disconnect'"),
        ("/faults", {"kind": "reorder", "count": 1}, "count:"),
        ("/faults", {"kind": "status", "status": 42}, "status:"),
        ("/clock", {"seconds": -1}, "seconds:"),
    ],
)
async def test_misuse_is_answered_with_a_sentence(
    control: Client, path: str, body: dict[str, object], said: str
) -> None:
    status, answer = await control.send("POST", path, **body)
    assert status == 422
    assert said in answer["error"]
    assert (await control.get("/messages"))["messages"] == []


async def test_what_is_no_json_is_said(control: Client) -> None:
    async with control.session.post(f"{control.url}/messages", data=b"{oops") as answer:
        assert answer.status == 422
        assert "JSON" in (await answer.json())["error"]


@pytest.mark.usefixtures("bot")
async def test_a_button_that_is_not_there_is_said_with_those_that_are(control: Client) -> None:
    await control.post("/messages", text="one")
    [posting] = await control.postings(1)
    status, answer = await control.send("POST", "/clicks", posting=posting["id"], button="Never")
    assert status == 422
    assert repr(BUTTON) in answer["error"]


async def test_wrong_addresses_are_said(simulation: Simulation, session: Any) -> None:
    control = Client(session=session, url=simulation.url)
    status, answer = await control.send("GET", "/matrix")
    assert status == 404
    assert "slack, discord, telegram" in answer["error"]
    status, answer = await control.send("GET", "/slack/nonsense")
    assert status == 404
    assert "GET /control" in answer["error"]
    status, answer = await control.send("DELETE", "/slack/messages")
    assert status == 405
    assert "GET, POST" in answer["error"] or "POST" in answer["error"]
    shown = await control.get("")
    assert set(shown["platforms"]) == set(PLATFORMS)
    assert "POST /control/{platform}/messages" in shown["routes"]


async def test_the_history_has_everything_in_order_of_time(control: Client) -> None:
    for text in ("one", "two"):
        await control.post("/messages", text=text)
    async with control.session.get(f"{control.url}/history") as answer:
        assert answer.content_type == "application/x-ndjson"
        lines = [orjson.loads(line) for line in (await answer.read()).splitlines()]
    assert [line["text"] for line in lines] == ["one", "two"]
    assert {line["event"] for line in lines} == {"asked"}
    assert all(line["answers"] == [] for line in lines)
