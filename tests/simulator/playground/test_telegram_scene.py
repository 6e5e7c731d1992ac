"""Telegram in the playground, with a bot of python-telegram-bot."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from simulator.playground.scene import Scene
from simulator.playground.telegram import TelegramScene
from simulator.playground.telegram import scene as scene_module
from simulator.playground.values import (
    ButtonShown,
    ClickOn,
    CommandShown,
    FaultKind,
    File,
    MessageShown,
    NodeKind,
    PlaygroundError,
    React,
    ReactionShown,
    Say,
    UseCommand,
)
from tests.simulator.playground.telegram import (
    ADA,
    ANSWER,
    BOB,
    GENERAL,
    RANDOM,
    SmallBot,
    Watched,
    channel,
    messages,
    running,
    until,
)

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x03 and so on"
SAID = "Yes, see the page."


@pytest.fixture
async def scene() -> AsyncIterator[TelegramScene]:
    async with TelegramScene() as scene:
        scene.populate([ADA, BOB], [GENERAL, RANDOM])
        yield scene


@pytest.fixture
def watched(scene: TelegramScene) -> Watched:
    watched = Watched()
    watched.follow(scene)
    return watched


@pytest.fixture
async def bot(scene: TelegramScene, watched: Watched) -> AsyncIterator[SmallBot]:
    async with running(scene) as bot:
        yield bot


def group(scene: TelegramScene) -> str:
    return channel(scene, name="general").id


def private(scene: TelegramScene, person: str = "bob") -> str:
    return channel(scene, person=person).id


async def answers(scene: TelegramScene, count: int = 1) -> list[MessageShown]:
    """What the bot has written, once it is so much."""
    await until(lambda: len(messages(scene, "")) >= count)
    found = messages(scene, "")
    assert len(found) == count
    return found


async def test_it_is_a_scene_that_shows_who_is_there_and_what_was_said(
    scene: TelegramScene,
) -> None:
    as_scene: Scene = scene
    pane = as_scene.pane()
    assert (pane.platform, pane.title, pane.bot) == ("telegram", "Northwind", "Trialogue")
    assert pane.mention == "@trialogue_bot"
    assert [(one.name, one.kind, one.topic, one.person) for one in pane.channels] == [
        ("general", "group", "Everything & more", None),
        ("random", "group", "", None),
        ("Trialogue", "direct", "", "ada"),
        ("Trialogue", "direct", "", "bob"),
    ]
    asked, thanks, reply = pane.messages
    assert asked.text.startswith("@trialogue_bot where is")
    kinds = [node.kind for node in asked.content[0].children]
    assert kinds == [
        *(NodeKind.MENTION, NodeKind.TEXT, NodeKind.LINK, NodeKind.TEXT),
    ]
    assert (reply.text, reply.reply_to, reply.author) == ("Second floor", asked.id, "ada")
    assert int(asked.id) < int(thanks.id) < int(reply.id)
    assert asked.at == pytest.approx(time.time() - 2 * 86_400, abs=10)
    assert len(scene.stand_in.updates) == 0


async def test_everybody_has_their_name_and_an_admin_is_the_creator(scene: TelegramScene) -> None:
    url, token = (scene.environment[f"TELEGRAM_{name}"] for name in ("API_URL", "BOT_TOKEN"))
    async with ClientSession() as session:
        asked = session.get(
            f"{url}/bot{token}/getChatAdministrators", params={"chat_id": group(scene)}
        )
        async with asked as answer:
            [admin] = (await answer.json())["result"]
    assert (admin["status"], admin["user"]["first_name"]) == ("creator", "Ada Lovelace")


@pytest.mark.parametrize("name", ["@trialogue_bot", "@Trialogue_Bot", "@trialogue", "@Trialogue,"])
async def test_a_question_in_a_group_is_answered_with_buttons(
    scene: TelegramScene, bot: SmallBot, name: str
) -> None:
    asked = await scene.say(Say(channel=group(scene), person="bob", text=f"{name} is it?"))
    [answer] = await answers(scene)
    assert len(bot.heard) == 1
    assert bot.heard[0].lower().startswith("@trialogue_bot")
    assert (answer.text, answer.reply_to, answer.channel) == (SAID, asked.id, group(scene))
    assert [node.kind for node in answer.content[0].children] == [
        *(NodeKind.BOLD, NodeKind.TEXT, NodeKind.LINK, NodeKind.TEXT),
    ]
    assert answer.buttons == (
        (ButtonShown(id="0", label="👍"),),
        (ButtonShown(id="1", label="👎"), ButtonShown(id="2", label="More")),
    )


async def test_in_a_group_the_bot_hears_only_what_is_for_it(
    scene: TelegramScene, bot: SmallBot
) -> None:
    for text in ("hello", "mail me@trialogue_bot.org", "@trialogue_bots", "/echo@other_bot x"):
        await scene.say(Say(channel=group(scene), person="ada", text=text))
    await scene.say(Say(channel=group(scene), person="ada", text="/unknown @trialogue"))
    [answer] = await answers(scene)
    await scene.say(
        Say(channel=group(scene), person="bob", text="are you sure?", reply_to=answer.id)
    )
    await answers(scene, 2)
    assert bot.heard == ["/unknown @trialogue_bot", "are you sure?"]
    assert [one.text for one in messages(scene, "ada")][-5:] == [
        *("hello", "mail me@trialogue_bot.org", "@trialogue_bots", "/echo@other_bot x"),
        "/unknown @trialogue_bot",
    ]


async def test_a_private_chat_is_delivered_whole_and_is_nobody_elses(
    scene: TelegramScene, bot: SmallBot
) -> None:
    await scene.say(Say(channel=private(scene), person="bob", text="hello 😀"))
    [answer] = await answers(scene)
    assert answer.channel == private(scene)
    with pytest.raises(PlaygroundError, match="somebody else's"):
        await scene.say(Say(channel=private(scene), person="ada", text="hello"))


async def test_a_reply_quotes_whoever_wrote(scene: TelegramScene) -> None:
    [_, thanks, reply] = scene.pane().messages
    await scene.say(
        Say(channel=group(scene), person="bob", text="@trialogue so?", reply_to=reply.id)
    )
    [queued] = scene.stand_in.updates.queue
    assert b'"first_name":"Ada Lovelace"' in queued.body
    assert f'"message_id":{reply.id}'.encode() in queued.body
    assert scene.pane().messages[-1].reply_to == reply.id
    assert thanks.reply_to is None


async def test_a_command_is_one_that_the_bot_has_announced(scene: TelegramScene) -> None:
    order = UseCommand(channel=group(scene), person="bob", text="/echo how? 😀")
    with pytest.raises(PlaygroundError, match="wait until it has started"):
        await scene.command(order)
    async with running(scene) as bot:
        assert scene.pane().commands == (CommandShown(name="echo", description="Repeat something"),)
        asked = await scene.command(order)
        [answer] = await answers(scene)
        assert (answer.text, answer.reply_to) == ("ordered how? 😀", asked.id)
        assert asked.text == "/echo how? 😀"
        with pytest.raises(PlaygroundError, match=r"There is no /foo here\. Try /echo\."):
            await scene.command(UseCommand(channel=group(scene), person="bob", text="/foo a"))
        with pytest.raises(PlaygroundError, match="There is no /echo@x here"):
            await scene.command(UseCommand(channel=group(scene), person="bob", text="/echo@x a"))
    assert bot.heard == []


async def test_a_click_is_answered_to_its_person_alone_and_the_message_changes(
    scene: TelegramScene, bot: SmallBot
) -> None:
    await scene.say(Say(channel=group(scene), person="ada", text="@trialogue is it?"))
    [answer] = await answers(scene)
    click = ClickOn(channel=group(scene), message=answer.id, button="1", person="bob")
    clicked = await scene.click(click)
    await until(lambda: [one for one in messages(scene, "") if one.text == "Rated"])
    changed, notice = messages(scene, "")
    assert (changed.id, changed.edited, changed.buttons) == (answer.id, True, ())
    assert (notice.text, notice.visible_to) == ("thanks for down", "bob")
    assert clicked.id in notice.id
    with pytest.raises(PlaygroundError, match="gone"):
        await scene.click(click)


async def test_a_button_that_opens_a_page_is_not_the_bots(
    scene: TelegramScene, bot: SmallBot
) -> None:
    await scene.say(Say(channel=group(scene), person="ada", text="@trialogue is it?"))
    [answer] = await answers(scene)
    with pytest.raises(PlaygroundError, match="outside"):
        await scene.click(
            ClickOn(channel=group(scene), message=answer.id, button="2", person="bob")
        )


async def test_the_bot_is_seen_typing_until_it_has_written(
    scene: TelegramScene, bot: SmallBot
) -> None:
    typing: list[str] = []
    scene.watch(
        changed=lambda: typing.extend(one.text for one in scene.pane().typing),
        heard=lambda _: None,
    )
    await scene.say(Say(channel=group(scene), person="ada", text="@trialogue is it?"))
    await answers(scene)
    assert typing == ["Trialogue is typing…"]
    assert scene.pane().typing == ()


async def test_files_are_documents_or_photos_with_a_caption(
    scene: TelegramScene, bot: SmallBot
) -> None:
    files = (
        File(name="a.png", content_type="image/png", content=PNG),
        File(name="b.txt", content_type="text/plain", content=b"words"),
    )
    await scene.say(
        Say(channel=private(scene), person="bob", text="see https://example.com", files=files)
    )
    await answers(scene, 2)
    photo, document = messages(scene, "bob")[-2:]
    assert (photo.text, document.text) == ("see https://example.com", "")
    assert photo.content[0].children[-1].kind is NodeKind.LINK
    [shown] = photo.files
    assert (shown.name, shown.size, shown.content_type) == ("a.png", len(PNG), "image/png")
    kept = scene.file(document.files[0].id)
    assert kept is not None
    assert (kept.name, kept.content) == ("b.txt", b"words")
    assert bot.heard == ["see https://example.com", ""]
    assert scene.file("unknown") is None


async def test_a_reaction_replaces_the_one_before_and_is_taken_back(scene: TelegramScene) -> None:
    kinds = ["message", "message_reaction"]
    async with running(scene, kinds=kinds) as bot:
        await until(lambda: "message_reaction" in scene.stand_in.updates.kinds)
        first = scene.pane().messages[0]

        def reactions() -> tuple[ReactionShown, ...]:
            return scene.pane().messages[0].reactions

        async def react(emoji: str, person: str) -> None:
            await scene.react(
                React(channel=first.channel, message=first.id, emoji=emoji, person=person)
            )

        await react("👍", "ada")
        await react("👍", "bob")
        assert reactions() == (ReactionShown(emoji="👍", people=("ada", "bob")),)
        await react("🔥", "ada")
        assert [(one.emoji, one.people) for one in reactions()] == [
            ("👍", ("bob",)),
            ("🔥", ("ada",)),
        ]
        await react("🔥", "ada")
        await react("👍", "bob")
        assert reactions() == ()
        await until(lambda: bot.reactions == 5)


async def test_a_bot_that_has_not_asked_for_reactions_hears_of_none(scene: TelegramScene) -> None:
    first = scene.pane().messages[0]
    await scene.react(React(channel=first.channel, message=first.id, emoji="👍", person="ada"))
    assert len(scene.stand_in.updates) == 0


@pytest.mark.parametrize(
    ("say", "advice"),
    [
        (Say(channel="7", person="ada", text="a"), "no such chat"),
        (Say(channel="nonsense", person="ada", text="a"), "no such chat"),
        (Say(channel="", person="eve", text="a"), "nobody called 'eve'"),
        (Say(channel="general", person="ada", text=" \n"), "Write something"),
        (Say(channel="general", person="ada", text="a" * 4_097), "at most 4096 characters"),
        (Say(channel="general", person="ada", text="a", reply_to="99"), "message is gone"),
        (
            Say(
                channel="general",
                person="ada",
                text="",
                files=(File(name="a.txt", content_type="text/plain", content=b""),),
            ),
            "a.txt is empty",
        ),
    ],
)
async def test_what_cannot_be_said_is_refused_with_advice(
    scene: TelegramScene, say: Say, advice: str
) -> None:
    where = group(scene) if say.channel == "general" else say.channel
    before = scene.pane().messages
    with pytest.raises(PlaygroundError, match=advice):
        await scene.say(
            Say(
                channel=where,
                person=say.person,
                text=say.text,
                reply_to=say.reply_to,
                files=say.files,
            )
        )
    assert scene.pane().messages == before


async def test_the_wire_tells_of_updates_and_calls_without_the_token(
    scene: TelegramScene, bot: SmallBot, watched: Watched
) -> None:
    asked = await scene.say(Say(channel=group(scene), person="ada", text="@trialogue is it?"))
    await until(lambda: watched.named("update: message") and watched.named("sendMessage"))
    [update], [sent] = watched.named("update: message"), watched.named("sendMessage")
    assert (update.channel, update.status, update.note) == (group(scene), "confirmed", "")
    assert asked.at <= update.at < (update.ended or 0)
    message = update.payload["message"]
    assert isinstance(message, dict)
    assert str(message["message_id"]) == asked.id
    assert (sent.channel, sent.status, sent.note) == (group(scene), "200", "")
    assert sent.payload["text"] == ANSWER
    [answer] = await answers(scene)
    await scene.click(ClickOn(channel=group(scene), message=answer.id, button="0", person="bob"))
    await until(lambda: watched.named("editMessageText"))
    await until(lambda: watched.named("update: callback_query"))
    assert watched.named("answerCallbackQuery")[0].channel == group(scene)
    assert watched.named("update: callback_query")[0].channel == group(scene)
    assert watched.named("getUpdates") == []
    assert scene.stand_in.token not in str(watched.events)


async def test_a_refused_call_is_told_with_its_reason(
    scene: TelegramScene, watched: Watched
) -> None:
    url, token = (scene.environment[f"TELEGRAM_{name}"] for name in ("API_URL", "BOT_TOKEN"))
    async with ClientSession() as session:
        await (await session.get(f"{url}/bot{token}/sendMessage", params={"chat_id": "5"})).read()
    [event] = watched.events
    assert (event.name, event.status) == ("sendMessage", "400 Bad Request: chat not found")


async def test_the_next_event_is_delivered_three_times(
    scene: TelegramScene, bot: SmallBot, watched: Watched
) -> None:
    await scene.fault(FaultKind.DUPLICATE)
    await scene.say(Say(channel=private(scene), person="bob", text="a"))
    await until(lambda: len(watched.named("update: message")) == 3)
    assert [event.note for event in watched.named("update: message")] == [
        *("", "duplicate 2 of 3", "duplicate 3 of 3"),
    ]
    copies = watched.named("update: message")
    assert len({str(event.payload["update_id"]) for event in copies}) == 1
    await until(lambda: len(bot.heard) == 3)
    await scene.say(Say(channel=private(scene), person="bob", text="b"))
    await until(lambda: len(bot.heard) == 4)


async def test_the_next_posting_has_to_wait(
    scene: TelegramScene, bot: SmallBot, watched: Watched
) -> None:
    await scene.fault(FaultKind.RATE_LIMIT)
    await scene.say(Say(channel=private(scene), person="bob", text="a"))
    await until(lambda: watched.named("sendMessage"))
    [event] = watched.named("sendMessage")
    assert (event.status, event.note) == (
        "429",
        "told to wait 3 s",
    )
    assert messages(scene, "") == []
    await scene.say(Say(channel=private(scene), person="bob", text="b"))
    await answers(scene)


async def test_the_next_posting_is_shown_and_its_connection_cut(
    scene: TelegramScene, bot: SmallBot, watched: Watched
) -> None:
    await scene.fault(FaultKind.CUT_OFF)
    await scene.say(Say(channel=private(scene), person="bob", text="a"))
    await answers(scene)
    [event] = watched.named("sendMessage")
    assert event.status == "connection cut"
    assert scene.pane().typing == ()


async def test_a_poll_is_cut_and_nothing_is_lost(scene: TelegramScene, bot: SmallBot) -> None:
    await scene.say(Say(channel=private(scene), person="bob", text="a"))
    await answers(scene)
    polls = scene.stand_in.api.arrivals.count("getUpdates")
    await scene.fault(FaultKind.DISCONNECT)
    await until(lambda: scene.stand_in.api.arrivals.count("getUpdates") > polls)
    await scene.say(Say(channel=private(scene), person="bob", text="b"))
    await answers(scene, 2)
    assert bot.heard == ["a", "b"]


async def test_an_outage_ends_by_itself_and_nothing_is_lost(
    scene: TelegramScene, bot: SmallBot, watched: Watched
) -> None:
    await scene.say(Say(channel=private(scene), person="bob", text="a"))
    await answers(scene)
    began = time.monotonic()
    await scene.fault(FaultKind.OUTAGE)
    with pytest.raises(PlaygroundError, match="wait until it is back"):
        await scene.fault(FaultKind.OUTAGE)
    await scene.say(Say(channel=private(scene), person="bob", text="b"))
    await answers(scene, 2)
    assert time.monotonic() - began > 5
    assert bot.heard == ["a", "b"]


async def test_an_outage_ends_with_the_scene(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_module, "OUTAGE_SECONDS", 3_600)
    async with asyncio.timeout(60), TelegramScene() as scene:
        await scene.fault(FaultKind.OUTAGE)


async def test_every_visible_change_is_told(scene: TelegramScene, watched: Watched) -> None:
    first = scene.pane().messages[0]
    await scene.say(Say(channel=group(scene), person="ada", text="hello"))
    assert watched.changes == 1
    await scene.react(React(channel=first.channel, message=first.id, emoji="👍", person="ada"))
    assert watched.changes == 2
    async with running(scene):
        await until(lambda: scene.pane().commands)
    assert watched.changes > 2


async def test_only_the_latest_messages_are_shown(scene: TelegramScene) -> None:
    for number in range(310):
        await scene.say(Say(channel=group(scene), person="ada", text=f"number {number}"))
    shown = scene.pane().messages
    assert len(shown) == 300
    assert (shown[0].text, shown[-1].text) == ("number 10", "number 309")
