"""A Discord server in the playground outlasts its process."""

import json
from collections.abc import Callable

import pytest

from simulator.playground.discord import DiscordScene
from simulator.playground.discord.memory import MOST, Entry, Memory
from simulator.playground.discord.snapshot import LARGEST_FILE
from simulator.playground.values import ClickOn, File, Json, React, Say, UseCommand
from tests.simulator.playground.discord import PEOPLE, ROOMS, Watch, bot_in, channel, direct, found


async def test_all_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordScene() as scene:
        scene.populate(PEOPLE, ROOMS)
        watch = Watch(scene)
        async with bot_in(scene, monkeypatch):
            room = channel(scene, "help").id
            report = File(name="report.csv", content_type="text/csv", content=b"\x00\xff")
            large = File(
                name="large.bin", content_type="application/x", content=b"x" * (LARGEST_FILE + 1)
            )
            await scene.say(
                Say(channel=room, person="tom", text="@Trialogue see", files=(report, large))
            )
            answer = await watch.shown("You said: see")
            await scene.react(React(channel=room, message=answer.id, emoji="🎉", person="maya"))
            await scene.command(UseCommand(channel=room, person="maya", text="/slow"))
            await watch.shown("slow answer")
            mine = direct(scene, "maya").id
            await scene.say(Say(channel=mine, person="maya", text="between us"))
            await watch.shown("You said: between us")
        before, environment = scene.pane(), scene.environment
        kept = json.loads(json.dumps(scene.snapshot()))

    scene = DiscordScene()
    watch = Watch(scene)
    scene.restore(kept)
    async with scene:
        assert scene.pane() == before
        same = ("DISCORD_TOKEN", "DISCORD_APPLICATION_ID", "DISCORD_PUBLIC_KEY")
        assert [scene.environment[name] for name in same] == [environment[name] for name in same]
        shown = found(scene, "see")[0].files
        kept_file = scene.file(shown[0].id)
        assert kept_file is not None
        assert kept_file.content == b"\x00\xff"
        assert scene.file(shown[1].id) is None
        async with bot_in(scene, monkeypatch) as bot:
            await scene.click(ClickOn(channel=room, message=answer.id, button="0", person="tom"))
            clicked = await watch.shown("clicked echo:Yes")
            assert int(clicked.id) > max(int(one.id) for one in before.messages)
            message = await bot.get_channel(int(room)).fetch_message(  # type: ignore[union-attr]
                int(found(scene, "see")[0].id)
            )
            assert await message.attachments[0].read() == b"\x00\xff"


async def test_an_admin_stays_one() -> None:
    async with DiscordScene() as scene:
        scene.populate(PEOPLE, ROOMS)
        kept = scene.snapshot()
    scene = DiscordScene()
    scene.restore(kept)
    world = scene.stand_in.world
    is_admin = {name: bool(world.permissions(world.people[name]) & 8) for name in ("maya", "tom")}
    assert is_admin == {"maya": True, "tom": False}


def without_token(kept: Json) -> Json:
    return {name: value for name, value in kept.items() if name != "token"}


def of_next_version(kept: Json) -> Json:
    return {**kept, "version": 2}


def without_channels(kept: Json) -> Json:
    return {**kept, "channels": []}


@pytest.mark.parametrize("spoil", [without_token, of_next_version, without_channels])
async def test_another_shape_is_refused_and_nothing_is_taken_from_it(
    spoil: Callable[[Json], Json],
) -> None:
    async with DiscordScene() as scene:
        scene.populate(PEOPLE, ROOMS)
        kept = scene.snapshot()
    scene = DiscordScene()
    with pytest.raises(ValueError, match=r"token|version|shape"):
        scene.restore(spoil(kept))
    assert scene.pane().channels == ()
    assert scene.pane().messages == ()


def test_only_the_newest_messages_of_a_channel_are_kept() -> None:
    memory = Memory(
        Entry(message={"id": str(number), "channel_id": str(number % 2)})
        for number in range(2 * MOST + 10)
    )
    assert len(memory.entries) == 2 * MOST
    assert "9" not in memory.entries
    assert "10" in memory.entries
