"""A Telegram that goes on in another process."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession

from simulator.playground.telegram import TelegramScene
from simulator.playground.values import ClickOn, File, Json, Person, PlaygroundError, React, Say
from tests.simulator.playground.telegram import (
    ADA,
    BOB,
    GENERAL,
    RANDOM,
    Watched,
    channel,
    messages,
    running,
    until,
)

NOTE = File(name="note.txt", content_type="text/plain", content=b"words")


@pytest.fixture
async def scene() -> AsyncIterator[TelegramScene]:
    async with TelegramScene() as scene:
        scene.populate([ADA, BOB], [GENERAL, RANDOM])
        yield scene


def restored(snapshot: Json) -> TelegramScene:
    """A scene from what has been written down and read again."""
    scene = TelegramScene()
    scene.restore(json.loads(json.dumps(snapshot)))
    return scene


async def test_everything_is_as_it_was(scene: TelegramScene) -> None:
    group = channel(scene, name="general").id
    async with running(scene):
        await scene.say(
            Say(channel=group, person="bob", text="@trialogue is it? 😀", files=(NOTE,))
        )
        await until(lambda: messages(scene, ""))
    answer = messages(scene, "")[0]
    await scene.react(React(channel=group, message=answer.id, emoji="👍", person="ada"))

    later = restored(scene.snapshot())

    assert later.pane() == scene.pane()
    assert later.environment["TELEGRAM_BOT_TOKEN"] == scene.environment["TELEGRAM_BOT_TOKEN"]
    shown = later.pane().messages[-2].files[0]
    kept = later.file(shown.id)
    assert kept is not None
    assert (kept.name, kept.content) == ("note.txt", b"words")
    assert later.snapshot() == scene.snapshot()


async def test_a_button_from_before_can_be_clicked_and_ids_go_on(scene: TelegramScene) -> None:
    group = channel(scene, name="general").id
    async with running(scene):
        await scene.say(Say(channel=group, person="bob", text="@trialogue is it?"))
        await until(lambda: messages(scene, ""))
    [answer] = messages(scene, "")
    async with restored(scene.snapshot()) as later, running(later):
        await later.click(ClickOn(channel=group, message=answer.id, button="0", person="bob"))
        await until(lambda: len(messages(later, "")) == 2)
        changed, notice = messages(later, "")
        assert (changed.id, changed.text) == (answer.id, "Rated")
        assert notice.text == "thanks for up"
        said = await later.say(Say(channel=group, person="bob", text="thanks"))
        assert int(said.id) > int(answer.id)


async def test_what_the_bot_has_not_confirmed_is_delivered_again(scene: TelegramScene) -> None:
    direct = channel(scene, person="bob").id
    await scene.say(Say(channel=direct, person="bob", text="a"))
    async with restored(scene.snapshot()) as later, running(later) as bot:
        await later.say(Say(channel=direct, person="bob", text="b"))
        await until(lambda: len(bot.heard) == 2)
        assert bot.heard == ["a", "b"]
        numbers = [int(one.id) for one in messages(later, "bob")]
        assert len(numbers) == len(set(numbers))


async def test_a_click_from_just_before_can_be_answered(scene: TelegramScene) -> None:
    group = channel(scene, name="general").id
    async with running(scene):
        await scene.say(Say(channel=group, person="bob", text="@trialogue is it?"))
        await until(lambda: messages(scene, ""))
    [answer] = messages(scene, "")
    await scene.click(ClickOn(channel=group, message=answer.id, button="0", person="bob"))
    async with restored(scene.snapshot()) as later, running(later):
        await until(lambda: len(messages(later, "")) == 2)
        assert messages(later, "")[-1].visible_to == "bob"


async def test_what_is_kept_is_bounded(scene: TelegramScene) -> None:
    direct = channel(scene, person="bob").id
    large = File(name="a.bin", content_type="application/octet-stream", content=bytes(2**20 + 1))
    await scene.say(Say(channel=direct, person="bob", text="", files=(NOTE,)))
    for number in range(300):
        files = (large,) if number == 299 else ()
        await scene.say(Say(channel=direct, person="bob", text=str(number), files=files))
    snapshot: Any = scene.snapshot()
    kept = next(one for one in snapshot["chats"] if one["person"] == "bob")
    assert len(kept["messages"]) == 300
    assert [(file["name"], file["content"]) for file in snapshot["files"]] == [("a.bin", None)]
    later = restored(snapshot)
    shown = messages(later, "bob")[-1].files[0]
    assert (shown.size, later.file(shown.id)) == (2**20 + 1, None)


async def test_a_snapshot_is_not_changed_by_what_comes_after(scene: TelegramScene) -> None:
    before = scene.snapshot()
    text = json.dumps(before)
    first = scene.pane().messages[0]
    await scene.say(Say(channel=first.channel, person="bob", text="more"))
    await scene.react(React(channel=first.channel, message=first.id, emoji="👍", person="ada"))
    assert json.dumps(before) == text


def _without(key: str) -> Any:
    def change(snapshot: dict[str, Any]) -> None:
        del snapshot[key]

    return change


def _bad_message(snapshot: dict[str, Any]) -> None:
    snapshot["chats"][0]["messages"][0] = {"text": "a"}


def _bad_entity(snapshot: dict[str, Any]) -> None:
    snapshot["chats"][0]["messages"][0]["entities"] = [{"type": "code"}]


def _bad_file(snapshot: dict[str, Any]) -> None:
    snapshot["files"].append(
        {
            "id": "a",
            "path": "b",
            "name": "c",
            "content_type": "d",
            "size": 1,
            "content": "no base64",
        }
    )


def _bad_token(snapshot: dict[str, Any]) -> None:
    snapshot["token"] = "nonsense"


def _other_version(snapshot: dict[str, Any]) -> None:
    snapshot["version"] = 2


@pytest.mark.parametrize(
    "change",
    [
        *(_without("chats"), _without("updates"), _bad_message, _bad_entity, _bad_file),
        *(_bad_token, _other_version),
    ],
)
async def test_a_snapshot_of_another_shape_leaves_the_world_empty(
    scene: TelegramScene, change: Any
) -> None:
    snapshot = json.loads(json.dumps(scene.snapshot()))
    change(snapshot)
    later = TelegramScene()
    with pytest.raises(ValueError):  # noqa: PT011 - its words are pydantic's
        later.restore(snapshot)
    assert (later.pane().channels, later.pane().messages) == ((), ())
    async with later:
        later.populate([Person(name="eve", display="Eve")], [RANDOM])
        assert [one.name for one in later.pane().channels] == ["random", "Trialogue"]
        with pytest.raises(PlaygroundError):
            await later.say(Say(channel="1", person="ada", text="a"))


async def test_what_was_handed_over_and_not_confirmed_is_told_when_it_goes_again(
    scene: TelegramScene,
) -> None:
    watched = Watched()
    watched.follow(scene)
    url = "{TELEGRAM_API_URL}/bot{TELEGRAM_BOT_TOKEN}/getUpdates".format(**scene.environment)
    await scene.say(Say(channel=channel(scene, person="bob").id, person="bob", text="a"))
    async with ClientSession() as session:
        for offset in (0, 0, 2):
            polled = session.get(url, params={"offset": offset, "timeout": 0})
            async with asyncio.timeout(60), polled as answer:
                await answer.read()
    first, second = watched.named("update: message")
    assert (first.status, first.ended) == ("not confirmed", None)
    assert second.status == "confirmed"
    assert first.at < second.at < (second.ended or 0)
