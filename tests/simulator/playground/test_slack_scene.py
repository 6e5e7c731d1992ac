"""The playground's Slack, with a small bot in it."""

from collections.abc import AsyncIterator

import orjson
import pytest
from aiohttp import ClientConnectionError
from slack_sdk.errors import SlackApiError

from simulator.playground.slack import SlackScene
from simulator.playground.values import (
    ClickOn,
    FaultKind,
    File,
    NodeKind,
    PlaygroundError,
    React,
    Say,
    UseCommand,
)
from tests.platforms.slack import until
from tests.simulator.playground.slack import (
    bot,
    channel,
    direct,
    mention,
    messages,
    populated,
    shown,
    watched,
)


@pytest.fixture
async def scene() -> AsyncIterator[SlackScene]:
    async with populated() as opened:
        yield opened


async def test_a_mention_is_answered_in_its_thread(scene: SlackScene) -> None:
    async with bot(scene):
        asked = await scene.say(mention(scene, "is it, @TRIALOGUE?"))
        (answer,) = await shown(scene, 1)
    (question,) = [one for one in messages(scene) if one.id == asked.id]
    assert (question.text, question.author, question.thread) == ("is it, @Trialogue?", "ada", None)
    assert question.content[0].children[1].kind is NodeKind.MENTION
    assert (answer.thread, answer.channel, answer.author) == (asked.id, asked.channel, "")
    assert answer.text == "Yes, see the page."
    assert [[(one.id, one.label) for one in row] for row in answer.buttons] == [
        [("0", "👍"), ("1", "👎")]
    ]


async def test_what_calls_nobody_is_shown_and_not_delivered(scene: SlackScene) -> None:
    watch = watched(scene)
    async with bot(scene):
        told = await scene.say(mention(scene, "mail me at a@trialogue.example"))
        await scene.say(mention(scene, "or here", thread=told.id))
        await scene.say(mention(scene, "@Trialogue now"))
        await shown(scene, 1)
    assert [event.payload["event"]["text"] for event in watch.named("app_mention")] == [  # type: ignore[index]
        "<@U0000000BOT> now"
    ]
    assert watch.named("message") == []
    texts = [one.text for one in messages(scene, "ada")]
    assert texts[-3:] == ["mail me at a@trialogue.example", "or here", "@Trialogue now"]


async def test_a_direct_message_and_its_thread_reach_the_bot(scene: SlackScene) -> None:
    watch = watched(scene)
    place = direct(scene).id
    async with bot(scene):
        told = await scene.say(Say(channel=place, person="ada", text="a & b"))
        await shown(scene, 1)
        await scene.say(Say(channel=place, person="ada", text="more", thread=told.id))
        await shown(scene, 2)
    first, second = (event.payload["event"] for event in watch.named("message"))
    assert (first["text"], first["channel_type"]) == ("a &amp; b", "im")  # type: ignore[index]
    assert second["thread_ts"] == told.id  # type: ignore[index]
    assert {one.thread for one in messages(scene) if one.channel == place} == {None, told.id}
    with pytest.raises(PlaygroundError, match="choose your own"):
        await scene.say(Say(channel=place, person="bob", text="may I?"))


async def test_a_reply_to_a_reply_is_in_the_thread_of_its_root(scene: SlackScene) -> None:
    root, reply = (one for one in messages(scene) if one.channel == channel(scene).id)
    assert reply.thread == root.id
    asked = await scene.say(mention(scene, "and?", thread=reply.id))
    assert next(one for one in messages(scene) if one.id == asked.id).thread == root.id
    with pytest.raises(PlaygroundError, match="begin a new one"):
        await scene.say(mention(scene, "and?", thread="1.2"))


async def test_a_command_is_answered_to_one_person_alone(scene: SlackScene) -> None:
    place = direct(scene).id
    async with bot(scene):
        await scene.command(UseCommand(channel=place, person="ada", text="/usage a<b"))
        (answer,) = await shown(scene, 1)
    assert (answer.text, answer.visible_to) == ("used by @Ada Lovelace: a<b", "ada")
    use = UseCommand(channel=place, person="ada", text="/foo")
    with pytest.raises(PlaygroundError, match=r"no /foo here\. Try /ask, /help, /usage, "):
        await scene.command(use)


async def test_a_public_answer_shows_the_command_above_it(scene: SlackScene) -> None:
    use = UseCommand(channel=channel(scene).id, person="bob", text="/ask why <b>?")
    async with bot(scene):
        await scene.command(use)
        first, second = await shown(scene, 2)
    assert first.text == "Bob Stone used /ask why <b>?\nFirst"
    assert first.content[0].children[0].kind is NodeKind.SMALL
    assert (first.visible_to, second.text) == (None, "Second")


async def test_a_command_that_nobody_takes_is_reported_to_its_author(scene: SlackScene) -> None:
    use = UseCommand(channel=channel(scene).id, person="bob", text="/ask how?")
    watch = watched(scene)
    await scene.command(use)
    (failure,) = await shown(scene, 1)
    assert failure.visible_to == "bob"
    assert failure.text == '/ask failed with the error "dispatch_failed"'
    (event,) = watch.events
    assert (event.name, event.status) == ("slash_commands /ask", "no connection")


async def test_a_click_reaches_the_bot_and_is_answered(scene: SlackScene) -> None:
    watch = watched(scene)
    async with bot(scene):
        await scene.say(mention(scene))
        (answer,) = await shown(scene, 1)
        click = ClickOn(channel=answer.channel, message=answer.id, button="0", person="bob")
        await scene.click(click)
        thanks = (await shown(scene, 2))[-1]
    assert (thanks.text, thanks.visible_to) == ("thanks", "bob")
    (clicked,) = watch.named("block_actions")
    assert clicked.payload["actions"][0]["value"] == "up"  # type: ignore[index]
    assert clicked.channel == answer.channel
    for button in ("2", "x"):
        click = ClickOn(channel=answer.channel, message=answer.id, button=button, person="bob")
        with pytest.raises(PlaygroundError, match="button"):
            await scene.click(click)


async def test_only_who_sees_an_ephemeral_message_can_click_it(scene: SlackScene) -> None:
    place = channel(scene).id
    async with bot(scene) as app:
        (ada,) = [one for one in (await app.client.users_list())["members"] if one["name"] == "ada"]
        button = {"type": "button", "action_id": "rate_up", "value": "up"}
        button |= {"text": {"type": "plain_text", "text": "Go"}}  # type: ignore[dict-item]
        blocks = [{"type": "actions", "elements": [button]}]
        await app.client.chat_postEphemeral(
            channel=place, user=ada["id"], text="psst", blocks=blocks
        )
        (hidden,) = messages(scene, "")
        assert (hidden.text, hidden.visible_to) == ("psst", "ada")
        with pytest.raises(PlaygroundError, match="not there"):
            await scene.click(ClickOn(channel=place, message=hidden.id, button="0", person="bob"))
        await scene.click(ClickOn(channel=place, message=hidden.id, button="0", person="ada"))
        assert len(await shown(scene, 2)) == 2


async def test_a_reaction_is_told_and_taken_back(scene: SlackScene) -> None:
    watch = watched(scene)
    (message, *_) = messages(scene)
    react = React(channel=message.channel, message=message.id, emoji="❤️", person="ada")
    async with bot(scene) as app:
        await scene.react(react)
        await app.client.reactions_add(channel=message.channel, timestamp=message.id, name="eyes")
        given = messages(scene)[0].reactions
        await scene.react(react)
        await until(lambda: watch.named("reaction_removed"))
    assert [(one.emoji, one.people) for one in given] == [("❤", ("ada",)), ("👀", ("",))]
    assert [one.emoji for one in messages(scene)[0].reactions] == ["👀"]
    (told,) = watch.named("reaction_added")
    assert told.channel == message.channel


async def test_a_file_is_shared_with_its_message(scene: SlackScene) -> None:
    file = File(name="notes.txt", content_type="text/plain", content=b"\x00hello")
    say = Say(channel=direct(scene).id, person="ada", text="", files=(file,))
    watch = watched(scene)
    async with bot(scene) as app:
        await scene.say(say)
        await shown(scene, 1)
        (event,) = watch.named("message")
        (about,) = event.payload["event"]["files"]  # type: ignore[index]
        token = {"Authorization": f"Bearer {app.client.token}"}
        session = app.client.session
        assert session is not None
        async with session.get(about["url_private"], headers=token) as response:
            assert await response.read() == file.content
    (shared,) = messages(scene, "ada")[-1].files
    assert (shared.name, shared.size, shared.content_type) == ("notes.txt", 6, "text/plain")
    kept = scene.file(shared.id)
    assert kept is not None
    assert kept.content == file.content
    assert scene.file("F0") is None


async def test_people_are_who_they_are(scene: SlackScene) -> None:
    async with bot(scene) as app:
        users = {one["name"]: one for one in (await app.client.users_list())["members"]}
        info = await app.client.conversations_info(channel=channel(scene).id)
        team = await app.client.auth_test()
    assert users["ada"]["profile"]["display_name"] == "Ada Lovelace"
    assert [users[name]["is_admin"] for name in ("ada", "bob")] == [True, False]
    assert info["channel"]["topic"]["value"] == "Everything & more"
    assert team["team"] == scene.pane().title == "Northwind"


async def test_a_status_is_shown_until_the_answer(scene: SlackScene) -> None:
    watch = watched(scene)
    async with bot(scene) as app:
        place, thread = messages(scene)[0].channel, messages(scene)[0].id
        status = {"channel_id": place, "thread_ts": thread, "status": "is thinking…"}
        changes = watch.changes
        await app.client.api_call("assistant.threads.setStatus", json=status)
        (typing,) = scene.pane().typing
        assert (typing.channel, typing.thread, typing.text) == (
            place,
            thread,
            "Trialogue is thinking…",
        )
        assert watch.changes == changes + 1
        await app.client.chat_postMessage(channel=place, thread_ts=thread, text="done")
    assert scene.pane().typing == ()


async def test_a_status_is_gone_after_two_minutes(
    scene: SlackScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.slack.surfaces.STATUS_LASTS", 0.0)
    async with bot(scene) as app:
        place, thread = messages(scene)[0].channel, messages(scene)[0].id
        status = {"channel_id": place, "thread_ts": thread, "status": "is thinking…"}
        await app.client.api_call("assistant.threads.setStatus", json=status)
        await until(lambda: not scene.pane().typing)


async def test_messages_are_changed_and_deleted(scene: SlackScene) -> None:
    place = channel(scene).id
    async with bot(scene) as app:
        ts = (await app.client.chat_postMessage(channel=place, text="*one*"))["ts"]
        await app.client.chat_update(channel=place, ts=ts, text="two", blocks=[])
        (message,) = messages(scene, "")
        assert (message.text, message.edited) == ("two", True)
        await app.client.chat_delete(channel=place, ts=ts)
    assert messages(scene, "") == []


async def test_every_call_is_heard_with_its_outcome_and_no_token(scene: SlackScene) -> None:
    watch = watched(scene)
    async with bot(scene) as app:
        await scene.say(mention(scene))
        await shown(scene, 1)
        with pytest.raises(SlackApiError, match="channel_not_found"):
            await app.client.chat_postMessage(channel="C9", text="x")
        await scene.command(UseCommand(channel=channel(scene).id, person="ada", text="/usage"))
        await shown(scene, 2)
        await until(lambda: watch.named("slash_commands /usage"))
    told = [(event.name, event.status) for event in watch.events]
    assert ("apps.connections.open", "ok") in told
    assert ("app_mention", "ok") in told
    assert [status for name, status in told if name == "chat.postMessage"] == [
        "ok",
        "channel_not_found",
    ]
    (reply,) = watch.named("response_url")
    assert (reply.status, reply.channel) == ("ok", channel(scene).id)
    written = orjson.dumps([event.payload for event in watch.events]).decode()
    assert "xoxb-" not in written
    assert "/commands/T0" not in written
    assert all(event.ended is not None and event.ended >= event.at for event in watch.events)


async def test_a_duplicate_is_delivered_three_times(scene: SlackScene) -> None:
    watch = watched(scene)
    async with bot(scene):
        await scene.fault(FaultKind.DUPLICATE)
        await scene.say(mention(scene))
        await until(lambda: len(watch.named("app_mention")) == 3)
        await scene.say(mention(scene))
        await until(lambda: len(watch.named("app_mention")) == 4)
    notes = [event.note for event in watch.named("app_mention")]
    assert notes == ["duplicate 1 of 3", "duplicate 2 of 3", "duplicate 3 of 3", ""]
    ids = [event.payload["event_id"] for event in watch.named("app_mention")]
    assert len(set(ids[:3])) == 1


async def test_a_posting_meets_a_limit(scene: SlackScene) -> None:
    watch = watched(scene)
    place = channel(scene).id
    async with bot(scene) as app:
        await scene.fault(FaultKind.RATE_LIMIT)
        with pytest.raises(SlackApiError) as refused:
            await app.client.chat_postMessage(channel=place, text="x")
        assert refused.value.response.headers["Retry-After"] == "3"
        await app.client.chat_postMessage(channel=place, text="x")
    first, second = watch.named("chat.postMessage")
    assert (first.status, first.note) == ("429", "on purpose: refused, to wait 3 s")
    assert (second.status, second.note) == ("ok", "")
    assert len(messages(scene, "")) == 1


async def test_a_posting_is_shown_though_its_connection_is_cut(scene: SlackScene) -> None:
    watch = watched(scene)
    async with bot(scene) as app:
        app.client.retry_handlers.clear()
        await scene.fault(FaultKind.CUT_OFF)
        with pytest.raises(ClientConnectionError):
            await app.client.chat_postMessage(channel=channel(scene).id, text="x")
    (event,) = watch.named("chat.postMessage")
    assert event.status == "connection cut"
    assert event.note == "on purpose: accepted, and the connection cut"
    assert len(messages(scene, "")) == 1


async def test_what_is_said_while_the_bot_is_away_is_delivered_later(scene: SlackScene) -> None:
    watch = watched(scene)
    asked = await scene.say(mention(scene))
    await until(lambda: watch.events)
    async with bot(scene):
        (answer,) = await shown(scene, 1)
    assert answer.thread == asked.id
    first, *_, last = watch.named("app_mention")
    assert (first.status, first.note) == ("no connection", "")
    assert (last.status, last.note[:5]) == ("ok", "retry")


async def test_a_cut_socket_is_opened_again(scene: SlackScene) -> None:
    watch = watched(scene)
    async with bot(scene):
        await scene.fault(FaultKind.DISCONNECT)
        await scene.say(mention(scene))
        await until(lambda: watch.named("app_mention"))
        await until(lambda: len(watch.named("apps.connections.open")) >= 2)


async def test_an_outage_ends_with_the_scene() -> None:
    async with populated() as scene:
        address = scene.environment["SLACK_API_URL"]
        async with bot(scene) as app:
            await scene.fault(FaultKind.OUTAGE)
            await scene.fault(FaultKind.OUTAGE)
            app.client.retry_handlers.clear()
            await until(lambda: not scene.connected)
            with pytest.raises(ClientConnectionError):
                await app.client.auth_test()
    assert scene.environment["SLACK_API_URL"] == address


@pytest.mark.parametrize(
    ("say", "sentence"),
    [
        (Say(channel="C000000001", person="eve", text="hi"), "nobody called eve"),
        (Say(channel="C9", person="ada", text="hi"), "no such channel"),
        (Say(channel="C000000001", person="ada", text=" \n"), "write something"),
        (Say(channel="C000000001", person="ada", text="x" * 40_001), "40,000"),
    ],
)
async def test_what_slack_would_not_let_pass_is_explained(
    scene: SlackScene, say: Say, sentence: str
) -> None:
    with pytest.raises(PlaygroundError, match=sentence):
        await scene.say(say)
