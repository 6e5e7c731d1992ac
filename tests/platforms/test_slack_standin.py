"""The stand-in behaves as Slack does, also to a bot that is not ours."""

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.app.async_server import AsyncSlackAppServer
from slack_bolt.async_app import AsyncApp, AsyncSay
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from simulator.slack import SlackStandIn
from simulator.standin import StandIn
from tests.platforms.slack import served, until
from tests.ports import free_port


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(retry_delays=(0.05, 0.1)) as standin:
        yield standin


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            token=slack.environment["SLACK_BOT_TOKEN"],
            base_url=slack.environment["SLACK_API_URL"],
            session=session,
            retry_handlers=[],
        )


async def refused(call: object) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call  # type: ignore[misc]
    return str(caught.value.response["error"])


async def test_a_bolt_app_as_in_its_readme_answers(slack: SlackStandIn) -> None:
    app = AsyncApp(
        token=slack.environment["SLACK_BOT_TOKEN"],
        signing_secret=slack.environment["SLACK_SIGNING_SECRET"],
        client=AsyncWebClient(
            token=slack.environment["SLACK_BOT_TOKEN"], base_url=slack.environment["SLACK_API_URL"]
        ),
    )

    @app.event("app_mention")
    async def event_test(event: dict[str, str], say: AsyncSay) -> None:
        await say(text=f"What's up? {event['text']}", thread_ts=event["ts"])

    server = AsyncSlackAppServer(port=0, path="/slack/events", app=app)
    routes = [web.post("/slack/events", server.handle_post_requests)]
    async with served(routes) as base:
        slack.targets = [base]
        slack.both_events = False
        asked = [await slack.ask(f"number {number}", channel="random") for number in range(5)]
        await slack.answered(5, timeout=60)
        for one in asked:
            (reply,) = slack.replies_to(one)
            assert reply.text.endswith(one.text)
    assert slack.api.unknown == []


async def test_it_is_a_stand_in(slack: SlackStandIn) -> None:
    standin: StandIn = slack
    with pytest.raises(TimeoutError, match="0 of 3"):
        await standin.answered(3, timeout=0.01)


async def test_events_survive_a_bot_that_is_away(slack: SlackStandIn) -> None:
    port, seen = free_port(), asyncio.Event()

    async def accept(_request: web.Request) -> web.Response:
        seen.set()
        return web.Response()

    slack.both_events = False
    slack.deliveries.retry_delays = [0.1] * 500
    slack.targets = [f"http://127.0.0.1:{port}"]
    await slack.ask("anybody?")
    await until(lambda: len(slack.attempts) >= 2)
    app = web.Application()
    app.router.add_post("/slack/events", accept)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.wait_for(seen.wait(), 60)
    finally:
        await runner.cleanup()
    assert {a.reason for a in slack.attempts[:2]} == {"connection_failed"}


async def test_retries_say_that_they_are_some_and_stop_when_told(slack: SlackStandIn) -> None:
    headers: list[tuple[str | None, str | None]] = []

    async def fail(request: web.Request) -> web.Response:
        headers.append(
            (
                request.headers.get("X-Slack-Retry-Num"),
                request.headers.get("X-Slack-Retry-Reason"),
            )
        )
        stop = {"X-Slack-No-Retry": "1"} if len(headers) == 2 else {}
        return web.Response(status=500, headers=stop)

    slack.both_events = False
    async with served([web.post("/slack/events", fail)]) as base:
        slack.targets = [base]
        await slack.ask("hello?")
        await until(lambda: len(slack.attempts) == 2)
        await asyncio.sleep(0.2)
    assert headers == [(None, None), ("1", "http_error")]


@pytest.mark.parametrize(("every", "count"), [(True, 2), (False, 1)])
async def test_an_event_goes_to_every_target_or_to_one(
    slack: SlackStandIn, every: bool, count: int
) -> None:
    hits: list[str] = []

    async def accept(request: web.Request) -> web.Response:
        hits.append(str(request.url))
        return web.Response()

    routes = [web.post("/slack/events", accept)]
    slack.both_events, slack.every_target = False, every
    async with served(routes) as first, served(routes) as second:
        slack.targets = [first, second]
        await slack.ask("hi")
        await until(lambda: len(slack.attempts) >= count)
        await asyncio.sleep(0.1)
        assert len(set(hits)) == len(hits) == count


async def test_a_slow_bot_is_taken_for_silent_after_three_seconds(slack: SlackStandIn) -> None:
    async def sleep(_request: web.Request) -> web.Response:
        await asyncio.sleep(3.5)
        return web.Response()

    slack.both_events = False
    started = time.perf_counter()
    async with served([web.post("/slack/events", sleep)]) as base:
        slack.targets = [base]
        await slack.ask("quick!")
        await until(lambda: slack.attempts)
    assert slack.attempts[0].reason == "http_timeout"
    assert time.perf_counter() - started > 2.9


async def test_a_posting_is_checked_as_slack_checks_it(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    asked = await slack.ask("hi")
    post, channel = client.chat_postMessage, asked.channel
    first = await post(channel=channel, text="a", thread_ts=asked.id)
    markdown = [{"type": "markdown", "text": "x" * 12_001}]
    assert await refused(post(channel="C404", text="x")) == "channel_not_found"
    assert (
        await refused(post(channel=channel, text="x", thread_ts="1.000001")) == "thread_not_found"
    )
    assert (
        await refused(post(channel=channel, text="x", thread_ts=first["ts"]))
        == "cannot_reply_to_message"
    )
    assert await refused(post(channel=channel, text="x", blocks=markdown)) == "invalid_blocks"
    many = [{"type": "divider"}] * 51
    assert await refused(post(channel=channel, text="x", blocks=many)) == "invalid_blocks"
    odd = [{"type": "poem", "text": "x"}]
    assert await refused(post(channel=channel, text="x", blocks=odd)) == "invalid_blocks"
    assert (
        await refused(client.api_call("chat.postMessage", json={"channel": channel})) == "no_text"
    )
    assert len(slack.posted) == 1
    await post(channel=channel, text="x" * 50_000)
    assert len(slack.posted[-1].text) == 40_000


async def test_it_knows_whom_a_posting_would_call(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel = slack.workspace.channel("general")
    await client.chat_postMessage(channel=channel, text="&lt;!here&gt; @here")
    assert slack.api.notified == []
    await client.chat_postMessage(channel=channel, text="<!here> <@U1>")
    await client.chat_postMessage(channel=channel, text="@channel", link_names=True)
    blocks = [{"type": "markdown", "text": "<!channel>"}]
    await client.chat_postMessage(channel=channel, text="x", blocks=blocks)
    assert slack.api.notified == ["<!here>", "<@U1>", "@channel", "<!channel>"]


async def test_what_is_not_served_fails_loudly(slack: SlackStandIn, client: AsyncWebClient) -> None:
    assert await refused(client.api_call("chat.scheduleMessage", json={})) == "unknown_method"
    assert slack.api.unknown == ["chat.scheduleMessage"]


async def test_people_and_the_bot_are_known(slack: SlackStandIn, client: AsyncWebClient) -> None:
    ada = slack.workspace.person("ada")
    user = (await client.users_info(user=ada))["user"]
    assert user["name"] == "ada"
    assert await refused(client.users_info(user="U404")) == "user_not_found"
    assert (await client.auth_test())["team_id"]
    client.token = None
    assert await refused(client.auth_test()) == "not_authed"


async def test_a_client_msg_id_does_not_stop_a_second_posting(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel = slack.workspace.channel("general")
    for _ in range(2):
        await client.chat_postMessage(channel=channel, text="x", client_msg_id="one")
    assert len(slack.posted) == 2
