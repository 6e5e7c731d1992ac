"""The rest of Slack that the stand-in serves, called with slack_sdk's own client."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from simulator.slack import SlackStandIn
from simulator.slack.clock import SimulatedClock
from simulator.slack.mishaps import Mishap
from tests.platforms.slack import served, until
from tests.platforms.test_slack_standin import refused

BUTTON: dict[str, object] = {
    "type": "button",
    "action_id": "go",
    "value": "1",
    "text": {"type": "plain_text", "text": "Go"},
}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Hi"}, "blocks": []}


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(retry_delays=(0.05, 0.1), both_events=False) as standin:
        yield standin


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as one:
        yield one


@pytest.fixture
async def client(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(
        token=slack.environment["SLACK_BOT_TOKEN"],
        base_url=slack.environment["SLACK_API_URL"],
        session=session,
        retry_handlers=[],
    )


async def test_a_message_is_changed_and_deleted_by_its_author_only(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    asked = await slack.ask("hi")
    channel = asked.channel
    ts = (await client.chat_postMessage(channel=channel, text="one"))["ts"]
    link = await client.chat_getPermalink(channel=channel, message_ts=ts)
    assert link["permalink"].endswith(ts.replace(".", ""))
    await client.chat_update(channel=channel, ts=ts, text="two")
    history = (await client.conversations_history(channel=channel))["messages"]
    assert history[0]["text"] == "two"
    assert await refused(client.chat_update(channel=channel, ts=asked.id, text="x")) == (
        "cant_update_message"
    )
    nothing = client.api_call("chat.update", json={"channel": channel, "ts": ts})
    assert await refused(nothing) == "no_text"
    assert await refused(client.chat_delete(channel=channel, ts=asked.id)) == "cant_delete_message"
    await client.chat_delete(channel=channel, ts=ts)
    assert await refused(client.chat_delete(channel=channel, ts=ts)) == "message_not_found"


async def test_an_ephemeral_message_is_for_one_member_and_in_no_history(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    asked = await slack.ask("hi", person="ada")
    ada, bob = slack.workspace.person("ada"), slack.workspace.person("bob")
    post, channel = client.chat_postEphemeral, asked.channel
    await post(channel=channel, user=ada, text="psst", thread_ts=asked.id)
    assert slack.posted[0].visible_to == "ada"
    assert await refused(post(channel=channel, user=bob, text="psst")) == "user_not_in_channel"
    thread = await client.conversations_replies(channel=channel, ts=asked.id)
    assert len(thread["messages"]) == 1


async def test_people_and_places_are_told_of(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.workspace.admins.add("ada")
    slack.workspace.owners.add("olga")
    ada, olga = slack.workspace.person("ada"), slack.workspace.person("olga")
    about = (await client.users_info(user=ada))["user"]
    assert (about["is_admin"], about["is_owner"]) == (True, False)
    assert (await client.users_info(user=olga))["user"]["is_owner"]
    members = (await client.users_list())["members"]
    assert [member["name"] for member in members] == ["ada", "olga", "trialogue"]
    assert (await client.users_lookupByEmail(email="ada@trialogue.example"))["user"]["id"] == ada
    assert (await client.team_info())["team"]["id"]
    who = await client.auth_test()
    assert (await client.bots_info(bot=who["bot_id"]))["bot"]["app_id"]
    direct = (await client.conversations_open(users=ada))["channel"]["id"]
    assert (await client.conversations_info(channel=direct))["channel"]["user"] == ada
    general = (await slack.ask("hi")).channel
    assert (await client.conversations_info(channel=general))["channel"]["name"] == "general"
    assert ada in (await client.conversations_members(channel=general))["members"]
    assert await refused(client.conversations_open(users="U404")) == "user_not_found"
    assert await refused(client.conversations_info(channel="C404")) == "channel_not_found"


async def test_history_is_read_by_time_and_limit(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    asked = [await slack.ask(f"{number}") for number in range(4)]
    channel = asked[0].channel
    read = client.conversations_history
    newest = await read(channel=channel, limit=2)
    assert [message["ts"] for message in newest["messages"]] == [asked[3].id, asked[2].id]
    assert newest["has_more"]
    later = await read(channel=channel, oldest=asked[1].id)
    assert len(later["messages"]) == 2
    assert await refused(read(channel=channel, limit=5000)) == "invalid_limit"


async def test_blocks_are_held_to_slacks_limits(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel = slack.workspace.channel("general")

    async def verdict(*elements: dict[str, object]) -> str:
        blocks = [{"type": "actions", "elements": list(elements)}]
        return await refused(client.chat_postMessage(channel=channel, text="x", blocks=blocks))

    long = {"type": "plain_text", "text": "x" * 76}
    assert await verdict({**BUTTON, "text": long}) == "invalid_blocks"
    assert await verdict({**BUTTON, "value": "x" * 2001}) == "invalid_blocks"
    assert await verdict({**BUTTON, "action_id": "x" * 256}) == "invalid_blocks"
    assert await verdict(BUTTON, BUTTON) == "invalid_blocks"
    many = [{**BUTTON, "action_id": str(number)} for number in range(26)]
    assert await verdict(*many) == "invalid_blocks"
    blocks = [{"type": "actions", "elements": many[:25]}]
    await client.chat_postMessage(channel=channel, text="x", blocks=blocks)
    assert len(slack.posted[0].buttons) == 25


async def test_a_view_needs_a_fresh_trigger(slack: SlackStandIn, client: AsyncWebClient) -> None:
    trigger = slack.api.triggers.issue()
    opened = (await client.views_open(trigger_id=trigger, view=MODAL))["view"]
    again = client.views_open(trigger_id=trigger, view=MODAL)
    assert await refused(again) == "exchanged_trigger_id"
    assert await refused(client.views_open(trigger_id="1.2.x", view=MODAL)) == "invalid_trigger_id"
    updated = await client.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    assert updated["view"]["hash"] != opened["hash"]
    stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    assert await refused(stale) == "hash_conflict"
    wide = {**MODAL, "title": {"type": "plain_text", "text": "x" * 25}}
    trigger = slack.api.triggers.issue()
    assert await refused(client.views_open(trigger_id=trigger, view=wide)) == "invalid_arguments"


async def test_a_home_is_published(slack: SlackStandIn, client: AsyncWebClient) -> None:
    ada = slack.workspace.person("ada")
    home = {"type": "home", "blocks": []}
    first = (await client.views_publish(user_id=ada, view=home))["view"]
    await client.views_publish(user_id=ada, view=home, hash=first["hash"])
    stale = client.views_publish(user_id=ada, view=home, hash=first["hash"])
    assert await refused(stale) == "hash_conflict"
    assert slack.api.views.homes[ada]["type"] == "home"


async def test_reactions_come_and_go(slack: SlackStandIn, client: AsyncWebClient) -> None:
    asked = await slack.ask("hi")
    place: dict[str, Any] = {"channel": asked.channel, "timestamp": asked.id}
    await client.reactions_add(name="eyes", **place)
    assert await refused(client.reactions_add(name="eyes", **place)) == "already_reacted"
    found = (await client.reactions_get(**place))["message"]["reactions"]
    assert [reaction["name"] for reaction in found] == ["eyes"]
    await client.reactions_remove(name="eyes", **place)
    assert await refused(client.reactions_remove(name="eyes", **place)) == "no_reaction"


async def test_a_file_goes_up_and_down(
    slack: SlackStandIn, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    channel = slack.workspace.channel("general")
    done = await client.files_upload_v2(
        channel=channel, content="a,b\n1,2\n", filename="data.csv", initial_comment="Here"
    )
    about = (await client.files_info(file=done["file"]["id"]))["file"]
    assert slack.posted[0].text == "Here"
    async with session.get(about["url_private"]) as response:
        assert response.content_type == "text/html"
    bearer = {"Authorization": f"Bearer {client.token}"}
    async with session.get(about["url_private_download"], headers=bearer) as response:
        assert await response.read() == b"a,b\n1,2\n"
    again = client.files_completeUploadExternal(files=[{"id": "F404", "title": "x"}])
    assert await refused(again) == "file_not_found"


async def test_a_stream_grows_and_ends(slack: SlackStandIn, client: AsyncWebClient) -> None:
    asked = await slack.ask("hi")
    stream = await client.chat_stream(
        channel=asked.channel,
        thread_ts=asked.id,
        recipient_team_id="T000000001",
        recipient_user_id=slack.workspace.person("ada"),
        buffer_size=5,
    )
    await stream.append(markdown_text="**hello")
    await stream.append(markdown_text=" wo")
    await stream.stop(markdown_text="rld**")
    assert [reply.text for reply in slack.replies_to(asked)] == ["**hello world**"]


async def test_a_stream_is_dead_after_five_minutes(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    asked = await slack.ask("hi")
    place: dict[str, Any] = {"channel": asked.channel, "thread_ts": asked.id}
    start = client.chat_startStream
    assert await refused(start(**place)) == "missing_recipient_user_id"
    whom: dict[str, Any] = {"recipient_team_id": "T1", "recipient_user_id": "U1"}
    ts = (await start(**place, **whom))["ts"]
    slack.clock.advance(301)
    append = client.chat_appendStream(channel=asked.channel, ts=ts, markdown_text="x")
    assert await refused(append) == "message_not_in_streaming_state"


async def test_the_assistant_shows_what_it_does(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    told = await slack.tell("hi")
    place: dict[str, Any] = {"channel_id": told.channel, "thread_ts": told.id}
    await client.assistant_threads_setStatus(status="is thinking", **place)
    assert slack.api.assistant.statuses == {(told.channel, told.id): "is thinking"}
    await client.assistant_threads_setStatus(status="", **place)
    assert slack.api.assistant.statuses == {}
    await client.assistant_threads_setStatus(status="is typing", **place)
    await client.chat_postMessage(channel=told.channel, thread_ts=told.id, text="done")
    assert slack.api.assistant.statuses == {}
    await client.assistant_threads_setTitle(title="Rivers", **place)
    prompts = [{"title": "a", "message": "b"}]
    await client.api_call(
        "assistant.threads.setSuggestedPrompts",
        json={"channel_id": told.channel, "prompts": prompts},
    )
    assert slack.api.assistant.prompts[told.channel] == prompts


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_installing_exchanges_a_code_once(
    slack: SlackStandIn, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    oauth, base = slack.api.oauth, f"http://127.0.0.1:{slack.port}"
    query = {
        "client_id": oauth.client_id,
        "scope": "chat:write",
        "state": "a state",
        "redirect_uri": "https://bot.example/slack/oauth_redirect",
    }
    page = base + "/oauth/v2/authorize"
    async with session.get(page, params=query, allow_redirects=False) as response:
        back = parse_qs(urlsplit(response.headers["Location"]).query)
    assert back["state"] == ["a state"]

    def exchange(code: str, secret: str = oauth.client_secret) -> object:
        return client.oauth_v2_access(client_id=oauth.client_id, client_secret=secret, code=code)

    assert await refused(exchange("nonsense")) == "invalid_code"
    assert await refused(exchange(back["code"][0], "wrong")) == "bad_client_secret"
    given = await client.oauth_v2_access(
        client_id=oauth.client_id, client_secret=oauth.client_secret, code=back["code"][0]
    )
    assert given["access_token"] == client.token
    assert await refused(exchange(back["code"][0])) == "invalid_code"
    oauth.decline = True
    async with session.get(page, params=query, allow_redirects=False) as response:
        assert "access_denied" in response.headers["Location"]


async def test_a_response_url_is_good_five_times_in_half_an_hour(slack: SlackStandIn) -> None:
    ada, channel = slack.workspace.person("ada"), slack.workspace.channel("general")
    url = slack.api.responses.issue("1.2.x", channel, ada)
    hook = AsyncWebhookClient(url)
    answers = [await hook.send(text=f"{number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert (answers[0].body, answers[5].body) == ("ok", "used_url")
    assert {posted.visible_to for posted in slack.posted} == {"ada"}
    late = slack.api.responses.issue("1.2.y", channel, ada)
    slack.clock.advance(1800)
    assert (await AsyncWebhookClient(late).send(text="x")).body == "expired_url"
    empty = slack.api.responses.issue("1.2.z", channel, ada)
    assert (await AsyncWebhookClient(empty).send(text="")).body == "no_text"


async def test_a_click_can_replace_and_delete_its_message(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    ada, channel = slack.workspace.person("ada"), slack.workspace.channel("general")
    ts = (await client.chat_postMessage(channel=channel, text="old"))["ts"]
    hook = AsyncWebhookClient(slack.api.responses.issue("1.2.x", channel, ada, message=ts))
    await hook.send(text="new", replace_original=True)
    assert slack.workspace.messages[channel, ts]["text"] == "new"
    await hook.send(delete_original=True)
    assert (channel, ts) not in slack.workspace.messages


async def test_each_method_can_fail_by_itself(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.fail_next(method="auth.test", error="fatal_error", count=2)
    channel = slack.workspace.channel("general")
    await client.chat_postMessage(channel=channel, text="x")
    assert await refused(client.auth_test()) == "fatal_error"
    slack.api.faults.clear()
    await client.auth_test()
    recorded = [(one.method, one.error, one.answered) for one in slack.api.recorded]
    assert recorded == [
        ("chat.postMessage", None, True),
        ("auth.test", None, False),
        ("auth.test", None, True),
    ]


async def test_posting_faster_than_slack_likes_is_refused_where_it_is_strict(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.api.pacing.strict = True
    channel, other = slack.workspace.channel("general"), slack.workspace.channel("random")
    for number in range(5):
        await client.chat_postMessage(channel=channel, text=str(number))
    assert await refused(client.chat_postMessage(channel=channel, text="x")) == "ratelimited"
    await client.chat_postMessage(channel=other, text="x")


async def test_an_app_token_is_for_sockets_only(
    slack: SlackStandIn, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    wrong = client.apps_connections_open(app_token=str(client.token))
    assert await refused(wrong) == "not_allowed_token_type"
    url = (await client.apps_connections_open(app_token=slack.api.app_token))["url"]
    async with session.ws_connect(url) as socket:
        assert (await socket.receive_json())["type"] == "hello"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(url)


async def test_the_eleventh_socket_is_one_too_many(
    slack: SlackStandIn, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    open_ = client.apps_connections_open
    sockets = [
        await session.ws_connect((await open_(app_token=slack.api.app_token))["url"])
        for _ in range(11)
    ]
    assert (await sockets[10].receive_json())["reason"] == "too_many_websockets"
    for socket in sockets:
        await socket.close()


async def test_an_envelope_without_acknowledgement_comes_again_and_says_so(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.slack.sockets.SECONDS_TO_ACKNOWLEDGE", 0.1)
    async with SlackStandIn(retry_delays=(0.0, 0.0), both_events=False, socket_mode=True) as slack:
        client = AsyncWebClient(
            token="x", base_url=slack.environment["SLACK_API_URL"], session=session
        )
        url = (await client.apps_connections_open(app_token=slack.api.app_token))["url"]
        async with session.ws_connect(url) as socket:
            await socket.receive_json()
            await slack.ask("hi")
            first, second = await socket.receive_json(), await socket.receive_json()
            await socket.send_json({"envelope_id": second["envelope_id"]})
            await until(lambda: len(slack.attempts) == 2)
    assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
    assert second["retry_reason"] == "timeout"
    assert first["envelope_id"] != second["envelope_id"]
    assert first["payload"]["event_id"] == second["payload"]["event_id"]


async def test_events_get_lost_late_doubled_and_mixed_up(slack: SlackStandIn) -> None:
    texts: list[str] = []

    async def accept(request: web.Request) -> web.Response:
        texts.append((await request.json())["event"]["text"].split()[-1])
        return web.Response()

    mishaps = slack.deliveries.mishaps
    async with served([web.post("/slack/events", accept)]) as base:
        slack.targets = [base]
        mishaps.plan(Mishap.DROP)
        mishaps.plan(Mishap.DUPLICATE)
        await slack.ask("dropped")
        await slack.ask("doubled")
        await until(lambda: len(texts) == 2)
        mishaps.plan(Mishap.REORDER, 2)
        await slack.ask("first")
        await asyncio.sleep(0.05)
        await slack.ask("second")
        await until(lambda: len(texts) == 4)
        mishaps.plan(Mishap.DELAY, seconds=3600)
        await slack.ask("late")
        await slack.ask("soon")
        await until(lambda: len(texts) == 5)
        slack.clock.advance(3601)
        await until(lambda: len(texts) == 6)
    assert texts == ["doubled", "doubled", "second", "first", "soon", "late"]


async def test_retries_keep_to_the_simulated_clock() -> None:
    async def fail(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    clock = SimulatedClock(scale=600.0)
    async with (
        SlackStandIn(both_events=False, clock=clock) as slack,
        served([web.post("/slack/events", fail)]) as base,
    ):
        slack.targets = [base]
        await slack.ask("hi")
        await until(lambda: len(slack.attempts) == 4)
        times = [attempt.at for attempt in slack.attempts]
    at_once, a_minute, five_minutes = (after - before for before, after in pairwise(times))
    assert at_once < five_minutes
    assert 0.09 < a_minute < 60
    assert 0.49 < five_minutes < 300


async def test_an_uninstalled_app_has_a_dead_token(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    types: list[str] = []

    async def accept(request: web.Request) -> web.Response:
        types.append((await request.json())["event"]["type"])
        return web.Response()

    async with served([web.post("/slack/events", accept)]) as base:
        slack.targets = [base]
        await slack.uninstall()
        await until(lambda: len(types) == 2)
    assert sorted(types) == ["app_uninstalled", "tokens_revoked"]
    assert await refused(client.auth_test()) == "account_inactive"


async def test_a_shared_file_mentions_the_bot(slack: SlackStandIn) -> None:
    events: list[dict[str, object]] = []

    async def accept(request: web.Request) -> web.Response:
        events.append((await request.json())["event"])
        return web.Response()

    slack.both_events = True
    async with served([web.post("/slack/events", accept)]) as base:
        slack.targets = [base]
        await slack.share("data.csv", b"a,b", text="look")
        await until(lambda: len(events) == 2)
    assert all(event["files"] for event in events)
    assert {event.get("subtype") for event in events} == {None, "file_share"}
