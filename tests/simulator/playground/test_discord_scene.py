"""A Discord server in the playground, with a bot on discord.py."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from simulator.playground.discord import DiscordScene
from simulator.playground.scene import Scene
from simulator.playground.values import (
    ClickOn,
    Direction,
    FaultKind,
    File,
    NodeKind,
    PlaygroundError,
    React,
    Say,
    UseCommand,
)
from tests.simulator.playground.discord import (
    PEOPLE,
    ROOMS,
    Echo,
    Watch,
    bot_in,
    channel,
    direct,
    found,
)

POST = "POST /channels/*/messages"


@pytest.fixture
async def scene() -> AsyncIterator[DiscordScene]:
    """A server with two people and two rooms."""
    async with DiscordScene() as opened:
        opened.populate(PEOPLE, ROOMS)
        yield opened


@pytest.fixture
def watch(scene: DiscordScene) -> Watch:
    return Watch(scene)


@pytest.fixture
async def bot(
    scene: DiscordScene, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Echo]:
    """The bot; what it asks while it starts is not in the watch."""
    async with bot_in(scene, monkeypatch) as client:
        watch.events.clear()
        yield client


def say(scene: DiscordScene, text: str, *, room: str = "help", person: str = "tom") -> Say:
    return Say(channel=channel(scene, room).id, person=person, text=text)


async def test_it_is_a_scene() -> None:
    scene: Scene = DiscordScene()
    assert scene.platform == "discord"


async def test_rooms_and_what_was_said_in_them_are_shown(scene: DiscordScene) -> None:
    pane = scene.pane()
    shown = [(one.name, one.kind, one.topic, one.person) for one in pane.channels]
    assert pane.title == "Northwind"
    assert pane.mention == "@Trialogue"
    assert shown == [
        ("help", "channel", "Ask anything", None),
        ("general", "channel", "", None),
        ("Trialogue", "direct", "", "maya"),
        ("Trialogue", "direct", "", "tom"),
    ]
    root, lunch, reply = pane.messages
    assert (root.author, root.text) == ("maya", "Who resets passwords?")
    assert root.content[0].children[1].kind is NodeKind.BOLD
    assert (lunch.author, lunch.text) == ("tom", "Lunch?")
    assert (reply.author, reply.reply_to) == ("tom", root.id)
    assert reply.at - root.at == pytest.approx(24 * 3600, abs=5)


async def test_a_new_message_is_behind_all_that_was_said_before(scene: DiscordScene) -> None:
    asked = await scene.say(say(scene, "now"))
    assert scene.pane().messages[-1].id == asked.id
    assert all(int(one.id) < int(asked.id) for one in scene.pane().messages[:-1])


async def test_a_mention_anywhere_in_any_case_is_answered(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    asked = await scene.say(say(scene, "Hello @TRIALOGUE, how?"))
    answer = await watch.shown("You said")
    question = found(scene, "Hello")[0]
    assert question.text == "Hello @Trialogue, how?"
    assert question.content[0].children[1].kind is NodeKind.MENTION
    assert (answer.author, answer.reply_to, answer.text) == ("", asked.id, "You said: Hello , how?")
    assert [[button.label for button in row] for row in answer.buttons] == [["Yes", "No"]]
    assert bot.heard[0].author.display_name == "Tom Okafor"


async def test_people_read_what_the_bot_cannot(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    await scene.say(say(scene, "Nothing for the bot"))
    await asyncio.wait_for(_until(lambda: bot.heard), 60)
    assert bot.heard[0].content == ""
    assert found(scene, "Nothing for the bot")
    assert watch.names() == ["MESSAGE_CREATE"]
    assert watch.events[0].payload["content"] == ""


async def test_a_reply_to_the_bot_is_for_the_bot(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    await scene.say(say(scene, "@Trialogue first"))
    answer = await watch.shown("You said: first")
    reply = Say(channel=answer.channel, person="maya", text="and then?", reply_to=answer.id)
    await scene.say(reply)
    assert (await watch.shown("You said: and then?")).reply_to == found(scene, "and then?")[0].id
    assert found(scene, "and then?")[0].reply_to == answer.id


async def test_a_direct_conversation_is_the_persons_own(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    mine = direct(scene, "maya")
    await scene.say(Say(channel=mine.id, person="maya", text="between us"))
    assert (await watch.shown("You said: between us")).channel == mine.id
    with pytest.raises(PlaygroundError, match="somebody else's"):
        await scene.say(Say(channel=mine.id, person="tom", text="let me in"))


async def test_a_command_is_answered_to_its_person_alone(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    use = UseCommand(channel=channel(scene, "help").id, person="maya", text="/echo good morning")
    await scene.command(use)
    answer = await watch.shown("echo good morning")
    assert answer.visible_to == "maya"
    assert answer.text.startswith("Maya Chen used /echo good morning\n")
    assert answer.content[0].children[0].kind is NodeKind.SMALL
    event = watch.named("INTERACTION_CREATE /echo")[0]
    assert event.ended is not None
    assert event.at < event.ended
    assert event.channel == answer.channel
    assert "token" not in event.payload
    callback = "POST /interactions/*/*/callback"
    await watch.until(lambda: watch.named(callback))
    assert (watch.named(callback)[0].channel, watch.named(callback)[0].status) == (
        answer.channel,
        "200",
    )


async def test_a_command_can_be_used_in_a_direct_conversation(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    mine = direct(scene, "tom").id
    await scene.command(UseCommand(channel=mine, person="tom", text="/echo here"))
    assert (await watch.shown("echo here")).channel == mine


async def test_the_bot_is_seen_thinking(scene: DiscordScene, watch: Watch, bot: Echo) -> None:
    room = channel(scene, "help").id
    await scene.command(UseCommand(channel=room, person="maya", text="/slow"))
    await watch.until(lambda: scene.pane().typing)
    assert [(one.channel, one.text) for one in scene.pane().typing] == [
        (room, "Trialogue is thinking…")
    ]
    assert not found(scene, "used /slow")
    answer = await watch.shown("slow answer")
    assert answer.text == "Maya Chen used /slow\nslow answer"
    assert not answer.edited
    assert answer.visible_to is None
    assert not scene.pane().typing


async def test_a_silent_bot_is_told_to_its_person(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    room = channel(scene, "help").id
    await scene.command(UseCommand(channel=room, person="tom", text="/silent"))
    notice = await watch.shown("did not respond")
    assert notice.visible_to == "tom"
    assert notice.text == "Tom Okafor used /silent\nThe application did not respond"
    event = watch.named("INTERACTION_CREATE /silent")[0]
    assert (event.ended, event.status) == (None, "not acknowledged")


async def test_only_announced_commands_can_be_used(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    room = channel(scene, "help").id
    commands = {one.name: (one.description, one.argument) for one in scene.pane().commands}
    assert commands["echo"] == ("Repeat something.", "text")
    assert commands["slow"] == ("Take one's time.", "")
    with pytest.raises(
        PlaygroundError, match=r"There is no /foo here. Try /echo, /slow or /silent\."
    ):
        await scene.command(UseCommand(channel=room, person="tom", text="/foo bar"))
    with pytest.raises(PlaygroundError, match="text"):
        await scene.command(UseCommand(channel=room, person="tom", text="/echo"))


async def test_a_click_reaches_the_bot(scene: DiscordScene, watch: Watch, bot: Echo) -> None:
    await scene.say(say(scene, "@Trialogue hi"))
    answer = await watch.shown("You said: hi")
    click = ClickOn(channel=answer.channel, message=answer.id, button="1", person="maya")
    await scene.click(click)
    clicked = await watch.shown("clicked echo:No")
    assert clicked.reply_to == answer.id
    assert watch.named("INTERACTION_CREATE button No")[0].ended is not None
    with pytest.raises(PlaygroundError, match="no such button"):
        await scene.click(
            ClickOn(channel=answer.channel, message=answer.id, button="2", person="maya")
        )


async def test_what_one_person_sees_nobody_else_clicks(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    room = channel(scene, "help").id
    await scene.command(UseCommand(channel=room, person="maya", text="/echo x"))
    answer = await watch.shown("echo x")
    with pytest.raises(PlaygroundError, match="no such message"):
        await scene.click(ClickOn(channel=room, message=answer.id, button="0", person="tom"))


async def test_a_reaction_is_toggled_and_the_bot_did_not_ask_for_it(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    root = scene.pane().messages[0]
    for person in ("tom", "maya", "tom"):
        await scene.react(React(channel=root.channel, message=root.id, emoji="👍", person=person))
    assert [(one.emoji, one.people) for one in scene.pane().messages[0].reactions] == [
        ("👍", ("maya",))
    ]
    assert watch.changes >= 3
    assert watch.events == []


async def test_a_file_is_shown_and_can_be_fetched(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    report = File(name="my report.csv", content_type="text/csv", content=b"a,b\n1,2\n")
    room = channel(scene, "help").id
    await scene.say(Say(channel=room, person="tom", text="@Trialogue see", files=(report,)))
    await watch.shown("You said: see")
    shown = found(scene, "see")[0].files[0]
    assert (shown.name, shown.size, shown.content_type) == ("my_report.csv", 8, "text/csv")
    kept = scene.file(shown.id)
    assert kept is not None
    assert kept.content == report.content
    assert await bot.heard[0].attachments[0].read() == report.content
    assert scene.file("12") is None


async def test_a_thread_of_the_bot_is_a_place_to_speak_in(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    asked = await scene.say(say(scene, "@Trialogue hi"))
    await watch.shown("You said: hi")
    await bot.heard[0].create_thread(name="about hi")
    thread = channel(scene, "about hi")
    assert (thread.kind, thread.parent) == ("thread", asked.channel)
    await scene.say(Say(channel=thread.id, person="maya", text="@Trialogue in here"))
    assert (await watch.shown("You said: in here")).channel == thread.id


async def test_a_deleted_message_is_gone(scene: DiscordScene, watch: Watch, bot: Echo) -> None:
    asked = await scene.say(say(scene, "@Trialogue hi"))
    answer = await watch.shown("You said: hi")
    room = bot.get_channel(int(asked.channel))
    await (await room.fetch_message(int(answer.id))).delete()  # type: ignore[union-attr]
    assert not found(scene, "You said: hi")


async def test_the_bots_edit_and_reaction_are_seen(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    asked = await scene.say(say(scene, "@Trialogue hi"))
    answer = await watch.shown("You said: hi")
    room = bot.get_channel(int(asked.channel))
    mine = await room.fetch_message(int(answer.id))  # type: ignore[union-attr]
    await mine.edit(content="better")
    await mine.add_reaction("👀")
    changed = (await watch.shown("better")).edited, found(scene, "better")[0].reactions
    assert changed[0]
    assert [(one.emoji, one.people) for one in changed[1]] == [("👀", ("",))]


async def test_calls_are_told_with_their_answers(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    asked = await scene.say(say(scene, "@Trialogue hi"))
    await watch.until(lambda: watch.named(POST))
    call = watch.named(POST)[0]
    assert (call.direction, call.status, call.channel) == (
        Direction.FROM_BOT,
        "200",
        asked.channel,
    )
    assert call.payload["content"] == "You said: hi"
    assert call.ended is not None
    assert call.ended >= call.at
    told = json.dumps([event.payload for event in watch.events])
    assert scene.stand_in.token not in told


async def test_typing_is_shown_until_the_bot_writes(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    asked = await scene.say(say(scene, "quiet"))
    room = bot.get_channel(int(asked.channel))
    await room.typing()  # type: ignore[union-attr]
    assert [one.text for one in scene.pane().typing] == ["Trialogue is typing…"]
    await room.send("done")  # type: ignore[union-attr]
    assert not scene.pane().typing


async def test_an_event_comes_three_times(scene: DiscordScene, watch: Watch, bot: Echo) -> None:
    await scene.fault(FaultKind.DUPLICATE)
    asked = await scene.say(say(scene, "thrice"))
    await asyncio.wait_for(_until(lambda: len(bot.heard) == 3), 60)
    assert {message.id for message in bot.heard} == {int(asked.id)}
    assert [event.note for event in watch.events] == ["made to come three times"] * 3
    await scene.say(say(scene, "once"))
    await asyncio.wait_for(_until(lambda: len(bot.heard) == 4), 60)


async def test_a_posting_has_to_wait(scene: DiscordScene, watch: Watch, bot: Echo) -> None:
    await scene.fault(FaultKind.RATE_LIMIT)
    await scene.say(say(scene, "@Trialogue patience"))
    await watch.shown("You said: patience")
    await watch.until(lambda: len(watch.named(POST)) == 2)
    first, second = watch.named(POST)
    assert (first.status, second.status) == ("429", "200")
    assert first.note
    assert second.at - first.at > 2.9


async def test_a_posting_is_shown_and_its_connection_cut(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    await scene.fault(FaultKind.CUT_OFF)
    await scene.say(say(scene, "@Trialogue there?"))
    await watch.shown("You said: there?")
    await watch.until(lambda: watch.named(POST))
    assert watch.named(POST)[0].status == "connection cut"


async def test_a_followup_can_be_refused_too(scene: DiscordScene, watch: Watch, bot: Echo) -> None:
    await scene.fault(FaultKind.RATE_LIMIT)
    room = channel(scene, "help").id
    await scene.command(UseCommand(channel=room, person="maya", text="/slow"))
    await watch.shown("slow answer")
    await watch.until(lambda: len(watch.named("POST /webhooks/*/*")) == 2)
    assert [one.status for one in watch.named("POST /webhooks/*/*")] == ["429", "200"]
    assert {one.channel for one in watch.named("POST /webhooks/*/*")} == {room}


async def test_the_gateway_is_cut_and_nothing_is_lost(
    scene: DiscordScene, watch: Watch, bot: Echo
) -> None:
    await scene.fault(FaultKind.DISCONNECT)
    await scene.say(say(scene, "@Trialogue again"))
    await watch.shown("You said: again")
    assert scene.stand_in.gateway.resumed == 1


async def test_an_outage_ends_with_the_scene(monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordScene() as scene:
        await scene.fault(FaultKind.OUTAGE)
        await scene.fault(FaultKind.OUTAGE)
        await asyncio.sleep(0.1)
        url = f"{scene.environment['DISCORD_API_URL']}/gateway"
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectionError):
                await session.get(url)


async def test_what_cannot_be_written_is_refused(scene: DiscordScene) -> None:
    room = channel(scene, "help").id
    for refused, sentence in (
        (Say(channel=room, person="tom", text="  "), "Write something"),
        (Say(channel=room, person="tom", text="x" * 2001), "2000"),
        (Say(channel=room, person="nobody", text="x"), "nobody"),
        (Say(channel="1", person="tom", text="x"), "no such channel"),
        (Say(channel=room, person="tom", text="x", reply_to="1"), "no such message"),
        (Say(channel=room, person="tom", text="x", thread="1"), "no threads"),
    ):
        with pytest.raises(PlaygroundError, match=sentence):
            await scene.say(refused)
    with pytest.raises(PlaygroundError, match="not announced"):
        await scene.command(UseCommand(channel=room, person="tom", text="/ask x"))


async def _until(is_so: object) -> None:
    assert callable(is_so)
    while not is_so():
        await asyncio.sleep(0.01)
