"""The playground's Slack, from one process to the next."""

from collections.abc import Callable

import orjson
import pytest

from simulator.playground.slack import SlackScene
from simulator.playground.values import ClickOn, File, Json, React, Say, UseCommand
from tests.platforms.slack import until
from tests.simulator.playground.slack import (
    GENERAL,
    RANDOM,
    bot,
    channel,
    direct,
    mention,
    messages,
    populated,
    shown,
    watched,
)


def read(snapshot: Json) -> Json:
    """What another process reads of a snapshot."""
    read: Json = orjson.loads(orjson.dumps(snapshot))
    return read


def restored(snapshot: Json) -> SlackScene:
    scene = SlackScene()
    scene.restore(read(snapshot))
    return scene


async def lived() -> tuple[SlackScene, Json]:
    """A scene in which something of everything happened, and its snapshot."""
    file = File(name="a.bin", content_type="image/png", content=bytes(range(256)))
    async with populated() as scene, bot(scene):
        watch = watched(scene)
        await scene.say(mention(scene, "@Trialogue *really* & truly?"))
        (answer,) = await shown(scene, 1)
        emoji = React(channel=answer.channel, message=answer.id, emoji="👀", person="bob")
        await scene.react(emoji)
        await scene.say(Say(channel=direct(scene).id, person="ada", text="", files=(file,)))
        await shown(scene, 2)
        ask = UseCommand(channel=channel(scene).id, person="bob", text="/ask why?")
        await scene.command(ask)
        await shown(scene, 4)
        await until(
            lambda: watch.named("slash_commands /ask") != []
        )  # its acknowledgement may come last
        return scene, scene.snapshot()


async def test_a_restored_team_looks_the_same() -> None:
    old, snapshot = await lived()
    scene = restored(snapshot)
    assert scene.pane() == old.pane()
    (shared,) = next(one.files for one in messages(scene) if one.files)
    assert scene.file(shared.id) == old.file(shared.id)
    assert read(scene.snapshot()) == read(snapshot)


async def test_a_restored_team_goes_on() -> None:
    old, snapshot = await lived()
    newest = max(float(one.id) for one in messages(old))
    answer = next(one for one in messages(old, "") if one.buttons)
    async with restored(snapshot) as scene, bot(scene):
        watch = watched(scene)
        assert scene.environment["SLACK_BOT_TOKEN"] == old.environment["SLACK_BOT_TOKEN"]
        click = ClickOn(channel=answer.channel, message=answer.id, button="0", person="ada")
        await scene.click(click)
        await shown(scene, 5)
        asked = await scene.say(mention(scene, "@Trialogue more", thread=answer.id))
        await shown(scene, 6)
        assert float(asked.id) > newest
        assert next(one for one in messages(scene) if one.id == asked.id).thread == answer.thread
        (told,) = watch.named("app_mention")
        assert str(told.payload["event_id"]) not in orjson.dumps(snapshot).decode()


async def test_a_file_is_downloaded_from_where_the_team_is_now() -> None:
    _, snapshot = await lived()
    async with restored(snapshot) as scene, bot(scene) as app:
        (shared,) = next(one.files for one in messages(scene) if one.files)
        about = (await app.client.files_info(file=shared.id))["file"]
        assert app.client.session is not None
        token = {"Authorization": f"Bearer {app.client.token}"}
        async with app.client.session.get(about["url_private"], headers=token) as response:
            assert await response.read() == bytes(range(256))


async def test_the_latest_messages_of_each_channel_are_kept_with_their_roots() -> None:
    scene = populated()
    root = messages(scene)[0].id
    for number in range(299):
        await scene.say(mention(scene, f"number {number}"))
    await scene.say(mention(scene, "and a reply", thread=root))
    await scene.say(Say(channel=channel(scene, "random").id, person="ada", text="elsewhere"))
    again = restored(scene.snapshot())
    texts = [one.text for one in messages(again)]
    assert len(read(again.snapshot())["messages"]) == 302  # type: ignore[arg-type]
    assert texts[0] == "Where is the printer?"
    assert "Second floor" not in texts
    assert texts[-2:] == ["and a reply", "elsewhere"]


async def test_a_large_file_is_kept_by_its_name_alone() -> None:
    scene = populated()
    large = File(name="big.iso", content_type="application/zip", content=bytes(1_000_001))
    await scene.say(Say(channel=direct(scene).id, person="ada", text="here", files=(large,)))
    again = restored(scene.snapshot())
    (shared,) = messages(again)[-1].files
    assert (shared.name, shared.size) == ("big.iso", 1_000_001)
    assert again.file(shared.id) is None


def other_version(snapshot: Json) -> Json:
    return {**snapshot, "version": 2}


def without_names(snapshot: Json) -> Json:
    return {name: value for name, value in snapshot.items() if name != "names"}


def with_more(snapshot: Json) -> Json:
    return {**snapshot, "more": 1}


def with_other_ids(snapshot: Json) -> Json:
    names = dict(snapshot["names"])  # type: ignore[call-overload]
    return {**snapshot, "names": {**names, "people": {"ada": "U7"}}}


def with_odd_message(snapshot: Json) -> Json:
    first = snapshot["messages"][0]  # type: ignore[index]
    return {**snapshot, "messages": [{**first, "message": {}}]}


def with_odd_file(snapshot: Json) -> Json:
    return {**snapshot, "files": [{"about": {"id": "F1"}, "content": "?"}]}


@pytest.mark.parametrize(
    "spoil",
    [other_version, without_names, with_more, with_other_ids, with_odd_message, with_odd_file,
     lambda _: {}],
)  # fmt: skip
async def test_another_shape_leaves_the_world_empty(spoil: Callable[[Json], Json]) -> None:
    snapshot = read(populated().snapshot())
    scene = SlackScene()
    with pytest.raises(ValueError, match=r".+"):
        scene.restore(spoil(snapshot))
    assert (scene.pane().channels, scene.pane().messages) == ((), ())
    scene.populate([], [GENERAL, RANDOM])
    assert len(messages(scene)) == 2
