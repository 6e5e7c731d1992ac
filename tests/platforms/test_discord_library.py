"""discord.py as its README and examples use it, unmodified, on the stand-in."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import discord as discord_py
import pytest
from aiohttp import web
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from yarl import URL

from simulator.discord import DiscordStandIn
from simulator.discord.endpoint import EndpointRefusedError
from simulator.discord.objects import MANAGE_GUILD


@pytest.fixture
async def discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordStandIn]:
    """The stand-in, with discord.py sent to it."""
    async with DiscordStandIn() as stand_in:
        monkeypatch.setattr(Route, "BASE", stand_in.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(stand_in.gateway.address))
        yield stand_in


@asynccontextmanager
async def running(
    client: discord_py.Client, discord: DiscordStandIn
) -> AsyncIterator[discord_py.Client]:
    """A client that is ready; it waits that long for more servers to come."""
    client._connection.guild_ready_timeout = 0.2
    async with client:
        task = asyncio.ensure_future(client.start(discord.token))
        try:
            await discord.connected()
            await asyncio.wait_for(client.wait_until_ready(), 60)
            yield client
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class Counter(discord_py.ui.View):
    """The button of examples/views/persistent.py."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord_py.ui.button(label="Again", custom_id="echo:again")
    async def again(self, interaction: discord_py.Interaction, _: Any) -> None:
        await interaction.response.send_message("again", ephemeral=True)

    @discord_py.ui.button(label="Done", custom_id="echo:done")
    async def done(self, interaction: discord_py.Interaction, _: Any) -> None:
        await interaction.response.edit_message(content="done", view=None)

    @discord_py.ui.button(label="Feedback", custom_id="echo:feedback")
    async def feedback(self, interaction: discord_py.Interaction, _: Any) -> None:
        await interaction.response.send_modal(Feedback())

    @discord_py.ui.select(
        custom_id="echo:color", options=[discord_py.SelectOption(label="red")], row=1
    )
    async def color(
        self, interaction: discord_py.Interaction, select: discord_py.ui.Select[Any]
    ) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"you chose {select.values[0]}", ephemeral=True)


class Feedback(discord_py.ui.Modal, title="Feedback"):
    """The modal of examples/modals/basic.py."""

    name: discord_py.ui.TextInput[Any] = discord_py.ui.TextInput(label="Name", custom_id="name")

    async def on_submit(self, interaction: discord_py.Interaction) -> None:
        await interaction.response.send_message(f"Thanks, {self.name.value}!", ephemeral=True)


class Bot(commands.Bot):
    """examples/basic_bot.py and examples/app_commands/basic.py together, as an echo."""

    def __init__(self, intents: discord_py.Intents | None = None) -> None:
        intents = intents or discord_py.Intents.default()
        intents.message_content = True
        super().__init__(command_prefix="?", intents=intents, help_command=None)
        self.saw: list[str] = []
        self.add_command(ping)
        slash: tuple[app_commands.Command[Any, Any, Any], ...] = (echo, slow, secret, colors)
        for command in (*slash, manage):
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        self.add_view(Counter())
        await self.tree.sync()

    async def on_raw_reaction_add(self, payload: discord_py.RawReactionActionEvent) -> None:
        self.saw.append(f"+{payload.emoji} by {payload.user_id}")

    async def on_raw_reaction_remove(self, payload: discord_py.RawReactionActionEvent) -> None:
        self.saw.append(f"-{payload.emoji}")

    async def on_raw_message_edit(self, payload: discord_py.RawMessageUpdateEvent) -> None:
        self.saw.append(f"edit {payload.message.content}")

    async def on_raw_message_delete(self, payload: discord_py.RawMessageDeleteEvent) -> None:
        self.saw.append("delete")

    async def on_thread_create(self, thread: discord_py.Thread) -> None:
        self.saw.append(f"thread {thread.name}")

    async def on_guild_remove(self, guild: discord_py.Guild) -> None:
        self.saw.append("removed")

    async def on_guild_unavailable(self, guild: discord_py.Guild) -> None:
        self.saw.append("unavailable")

    async def on_guild_join(self, guild: discord_py.Guild) -> None:
        self.saw.append("joined")

    async def on_guild_available(self, guild: discord_py.Guild) -> None:
        self.saw.append("available")

    async def on_resumed(self) -> None:
        self.saw.append("resumed")


@commands.command()
async def ping(context: commands.Context[Any]) -> None:
    await context.send("pong", reference=context.message)


@app_commands.command(description="Says it back")
@app_commands.describe(text="What to say")
async def echo(interaction: discord_py.Interaction, text: str) -> None:
    await interaction.response.send_message(text, view=Counter())


@app_commands.command(description="Says it back later")
async def slow(interaction: discord_py.Interaction, text: str, private: bool = False) -> None:
    await interaction.response.defer(ephemeral=private, thinking=True)
    await interaction.edit_original_response(content=text)
    await interaction.followup.send(f"{text}, once more", ephemeral=private)


@app_commands.command(description="Says it to you")
async def secret(interaction: discord_py.Interaction, text: str) -> None:
    response = await interaction.response.send_message(text, ephemeral=True)
    original = await interaction.original_response()
    assert response.message_id == original.id


@app_commands.command(description="Names a color")
async def colors(interaction: discord_py.Interaction, color: str) -> None:
    await interaction.response.send_message(color)


@colors.autocomplete("color")
async def complete(_: discord_py.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    known = ("red", "green", "grey")
    return [app_commands.Choice(name=one, value=one) for one in known if one.startswith(typed)]


@app_commands.command(description="Says what you may do")
@app_commands.default_permissions(manage_guild=True)
async def manage(interaction: discord_py.Interaction) -> None:
    may = interaction.permissions.manage_guild
    await interaction.response.send_message(f"manage: {may}", ephemeral=True)


async def eventually(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not happened():
            await asyncio.sleep(0.01)


async def test_an_echo_by_prefix_and_by_slash_command(discord: DiscordStandIn) -> None:
    async with running(Bot(), discord):
        pinged = discord.say("?ping")
        await discord.answered(1, timeout=60)
        asked = await discord.command("/echo hello there", person="grace")
        await discord.answered(2, timeout=60)

    assert [posted.text for posted in discord.replies_to(pinged)] == ["pong"]
    (echoed,) = discord.replies_to(asked)
    assert (echoed.text, echoed.visible_to) == ("hello there", None)
    assert echoed.buttons == ("Again", "Done", "Feedback")
    assert discord.api.unserved == []


async def test_a_deferred_command_thinks_first(discord: DiscordStandIn) -> None:
    async with running(Bot(), discord):
        asked = await discord.command("/slow", options={"text": "hm"})
        await discord.answered(2, timeout=60)
        secretly = await discord.command("/slow", options={"text": "hm", "private": True})
        await discord.answered(4, timeout=60)

    assert [one.text for one in discord.replies_to(asked)] == ["hm", "hm, once more"]
    assert [one.visible_to for one in discord.replies_to(secretly)] == ["ada", "ada"]
    assert discord.interaction(asked).acknowledged == 5


async def test_ephemeral_answers_are_in_no_history(discord: DiscordStandIn) -> None:
    async with running(Bot(), discord) as bot:
        asked = await discord.command("/secret psst")
        await discord.answered(1, timeout=60)
        await discord.command("/echo loud")
        await discord.answered(2, timeout=60)
        channel = bot.get_channel(int(asked.channel))
        assert isinstance(channel, discord_py.TextChannel)
        history = [message.content async for message in channel.history()]

    assert history == ["loud"]
    assert discord.posted[0].visible_to == "ada"


async def test_buttons_menus_and_modals(discord: DiscordStandIn) -> None:
    async with running(Bot(), discord):
        await discord.command("/echo one")
        await discord.answered(1, timeout=60)
        echoed = discord.posted[0]
        await discord.click(echoed, "Again", person="grace")
        await discord.answered(2, timeout=60)
        await discord.select(echoed, "echo:color", "red")
        await discord.answered(3, timeout=60)
        clicked = await discord.click(echoed, "Feedback")
        await eventually(lambda: discord.interaction(clicked).modal)
        await discord.submit(clicked, {"name": "Ada"})
        await discord.answered(4, timeout=60)
        await discord.click(echoed, "Done")
        await eventually(lambda: discord.posted[0].text == "done")
        with pytest.raises(LookupError, match="no button"):
            await discord.click(discord.posted[0], "Again")

    assert [(one.text, one.visible_to) for one in discord.posted] == [
        ("done", None),
        ("again", "grace"),
        ("you chose red", "ada"),
        ("Thanks, Ada!", "ada"),
    ]
    assert discord.posted[0].buttons == ()


async def test_choices_are_offered(discord: DiscordStandIn) -> None:
    async with running(Bot(), discord):
        typed = await discord.autocomplete("/colors gre")
        await eventually(lambda: discord.interaction(typed).choices)

    choices = discord.interaction(typed).choices
    assert [one["value"] for one in choices or ()] == ["green", "grey"]


async def test_permissions_hide_a_command_and_come_with_it(discord: DiscordStandIn) -> None:
    async with running(Bot(), discord):
        with pytest.raises(LookupError, match="not shown"):
            await discord.command("/manage", person="bob")
        discord.world.give_role(discord.world.person("grace"), "managers", MANAGE_GUILD)
        await discord.command("/manage", person="grace")
        await discord.answered(1, timeout=60)
        await discord.command("/manage", person="owner")
        await discord.answered(2, timeout=60)

    assert {posted.text for posted in discord.posted} == {"manage: True"}


async def test_a_command_that_is_not_registered_cannot_be_used(
    discord: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.discord.commands.PATIENCE", 0.05)
    async with running(Bot(), discord):
        with pytest.raises(LookupError, match="not registered /nothing"):
            await discord.command("/nothing")
        with pytest.raises(LookupError, match="text must be filled in"):
            await discord.command("/echo")


async def test_files_go_up_and_come_down(discord: DiscordStandIn) -> None:
    async with running(Bot(), discord) as bot:
        place = discord.text_channel("general")
        channel = bot.get_channel(int(place.id)) or await bot.fetch_channel(int(place.id))
        assert isinstance(channel, discord_py.TextChannel)
        files = [discord_py.File(io.BytesIO(b"\x00chart"), "chart.png") for _ in range(2)]
        sent = await channel.send("look", files=files)
        content = await sent.attachments[1].read()
        asked = discord.upload("data.csv", b"a,b\n1,2\n", "what is this?", content_type="text/csv")
        message = await channel.fetch_message(int(asked.id))
        data = await message.attachments[0].read()
        direct = discord.upload("me.txt", b"me", "and this?", channel=None)
        discord.advance(timedelta(hours=25))
        with pytest.raises(discord_py.NotFound):
            await message.attachments[0].read()

    assert discord.world.channels[direct.channel].person
    assert content == b"\x00chart"
    assert [one.filename for one in sent.attachments] == ["chart.png", "chart.png"]
    assert (data, message.attachments[0].content_type) == (b"a,b\n1,2\n", "text/csv")


async def test_edits_reactions_and_threads(discord: DiscordStandIn) -> None:
    bot = Bot()
    async with running(bot, discord):
        asked = discord.say("?ping")
        await discord.answered(1, timeout=60)
        posted = discord.posted[0]
        channel = bot.get_channel(int(asked.channel))
        assert isinstance(channel, discord_py.TextChannel)
        message = await channel.fetch_message(int(posted.id))
        await message.edit(content="pong!")
        await message.add_reaction("👀")
        discord.react(posted, "👍")
        discord.react(posted, "👍", adds=False)
        thread = await message.create_thread(name="details")
        await thread.send("in the thread")
        discord.say("?ping", channel="details")
        await discord.answered(3, timeout=60)
        await message.remove_reaction("👀", message.author)
        await message.delete()
        await eventually(lambda: "delete" in bot.saw)
        with pytest.raises(discord_py.NotFound):
            await channel.fetch_message(int(posted.id))

    ada = discord.world.person("ada").id
    assert [posted.text for posted in discord.posted] == ["pong!", "in the thread", "pong"]
    assert discord.posted[1].channel == discord.posted[2].channel == posted.id
    assert discord.record.deleted == [posted.id]
    assert {"edit pong!", f"+👍 by {ada}", "-👍", "thread details", "delete"} <= set(bot.saw)
    assert discord.api.unserved == []


async def test_people_and_their_roles_can_be_looked_up(discord: DiscordStandIn) -> None:
    grace = discord.world.person("grace")
    role = discord.world.give_role(grace, "managers", MANAGE_GUILD)
    async with running(Bot(), discord) as bot:
        guild = await bot.fetch_guild(int(discord.world.guild))
        member = await guild.fetch_member(int(grace.id))
        user = await bot.fetch_user(int(grace.id))
        direct = await user.create_dm()
        await direct.send("hello")
        with pytest.raises(discord_py.NotFound):
            await guild.fetch_member(5)
        assert [one.id for one in await guild.fetch_roles()] == [guild.id, int(role.id)]

    assert guild.owner_id == int(discord.world.person("owner").id)
    assert role.id in {str(one.id) for one in member.roles}
    assert discord.posted[0].text == "hello"


async def test_a_server_is_left_lost_and_joined(discord: DiscordStandIn) -> None:
    bot = Bot()
    async with running(bot, discord):
        discord.leave_guild(outage=True)
        discord.join_guild()
        discord.leave_guild()
        discord.join_guild()
        await eventually(lambda: "joined" in bot.saw)

    assert [saw for saw in bot.saw if saw in ("unavailable", "removed", "joined")] == [
        "unavailable",
        "removed",
        "joined",
    ]


@pytest.mark.parametrize("end", ["reconnect", "invalidate", "hang_up", "cut"])
async def test_a_session_is_resumed(discord: DiscordStandIn, end: str) -> None:
    bot = Bot()
    async with running(bot, discord):
        match end:
            case "reconnect":
                discord.gateway.reconnect()
            case "invalidate":
                discord.gateway.invalidate(resumable=True)
            case "hang_up":
                await discord.gateway.hang_up(4000)
            case _:
                discord.gateway.cut()
        discord.say("?ping")
        await discord.answered(1, timeout=60)
        await eventually(lambda: "resumed" in bot.saw)

    assert discord.gateway.resumed == 1
    assert len(discord.gateway.identified) == 1


async def test_a_gateway_that_stops_answering_is_left(discord: DiscordStandIn) -> None:
    discord.gateway.heartbeat_ms = 200
    bot = Bot()
    bot._connection.heartbeat_timeout = 0.5
    async with running(bot, discord):
        discord.gateway.is_mute = True
        await eventually(lambda: discord.gateway.resumed)
        discord.gateway.is_mute = False
        discord.say("?ping")
        await discord.answered(1, timeout=60)


async def test_an_intent_that_was_not_granted_is_refused(discord: DiscordStandIn) -> None:
    discord.gateway.disallowed = discord_py.Intents.message_content.flag
    async with Bot() as bot:
        with pytest.raises(discord_py.PrivilegedIntentsRequired):
            await asyncio.wait_for(bot.start(discord.token), 60)


async def test_without_the_content_intent_words_are_hidden(discord: DiscordStandIn) -> None:
    seen: list[str] = []
    client = discord_py.Client(intents=discord_py.Intents.default())

    @client.event
    async def on_message(message: discord_py.Message) -> None:
        seen.append(message.content)

    async with running(client, discord):
        discord.say("not for the bot")
        await discord.ask("for the bot")
        await eventually(lambda: len(seen) == 2)

    assert seen == ["", f"<@{discord.world.bot.id}> for the bot"]


async def test_events_are_lost_late_doubled_and_out_of_order(discord: DiscordStandIn) -> None:
    seen: list[str] = []
    client = discord_py.Client(intents=discord_py.Intents.default())

    @client.event
    async def on_message(message: discord_py.Message) -> None:
        seen.append(message.content.split()[-1])

    async with running(client, discord):
        meddling = discord.gateway.meddling
        meddling.drop_next("MESSAGE_CREATE")
        await discord.ask("lost")
        meddling.duplicate_next("MESSAGE_CREATE")
        await discord.ask("doubled")
        meddling.reorder_next("MESSAGE_CREATE")
        await discord.ask("first")
        await discord.ask("second")
        meddling.delay_next(0.2, "MESSAGE_CREATE")
        await discord.ask("late")
        await discord.ask("last")
        await eventually(lambda: len(seen) == 6)

    assert seen == ["doubled", "doubled", "second", "first", "last", "late"]


async def test_what_discord_refuses_is_refused(discord: DiscordStandIn) -> None:
    async with running(Bot(), discord) as bot:
        place = discord.text_channel("general")
        channel = bot.get_channel(int(place.id)) or await bot.fetch_channel(int(place.id))
        assert isinstance(channel, discord_py.TextChannel)
        many = [discord_py.Embed(description="x" * 4000) for _ in range(2)]
        refused: list[dict[str, Any]] = [
            {"content": "x" * 2001},
            {"content": "  "},
            {"content": "x", "nonce": "x" * 26},
            {"content": "x", "embeds": many},
        ]
        for arguments in refused:
            with pytest.raises(discord_py.HTTPException) as refusal:
                await channel.send(**arguments)
            assert refusal.value.status == 400
        with pytest.raises(discord_py.HTTPException):
            await bot.http.request(
                Route("POST", "/channels/{channel_id}/messages", channel_id=place.id),
                json={"content": "x", "components": [_row("a", "a")]},
            )

    assert discord.posted == []


async def test_a_second_acknowledgement_and_a_late_one_are_refused(
    discord: DiscordStandIn,
) -> None:
    codes: list[int] = []
    client = discord_py.Client(intents=discord_py.Intents.default())
    tree = app_commands.CommandTree(client)

    @tree.command(name="twice", description="Answers twice")
    async def twice(interaction: discord_py.Interaction) -> None:
        if not codes:
            await interaction.response.send_message("once")
            interaction.response._response_type = None
        else:
            discord.advance(timedelta(seconds=4))
        try:
            await interaction.response.send_message("twice")
        except discord_py.HTTPException as error:
            codes.append(error.code)

    async with running(client, discord):
        await tree.sync()
        first = await discord.command("/twice")
        await eventually(lambda: codes)
        await discord.command("/twice")
        await eventually(lambda: len(codes) == 2)

    assert codes == [40060, 10062]
    assert [posted.text for posted in discord.replies_to(first)] == ["once"]
    assert len(discord.posted) == 1


async def test_a_token_is_good_for_fifteen_minutes(discord: DiscordStandIn) -> None:
    errors: list[tuple[int, int]] = []
    client = discord_py.Client(intents=discord_py.Intents.default())
    tree = app_commands.CommandTree(client)

    @tree.command(name="wait", description="Takes its time")
    async def wait(interaction: discord_py.Interaction) -> None:
        await interaction.response.defer()
        discord.advance(timedelta(minutes=14))
        await interaction.followup.send("in time")
        discord.advance(timedelta(minutes=2))
        try:
            await interaction.followup.send("too late")
        except discord_py.HTTPException as error:
            errors.append((error.status, error.code))

    async with running(client, discord):
        await tree.sync()
        await discord.command("/wait")
        await eventually(lambda: errors)

    assert errors == [(401, 50027)]
    assert [posted.text for posted in discord.posted] == ["in time"]


async def test_any_route_can_fail_on_demand(discord: DiscordStandIn) -> None:
    async with running(Bot(), discord) as bot:
        discord.fail_next(404, code=10013, route="GET /users/*")
        with pytest.raises(discord_py.NotFound):
            await bot.fetch_user(int(discord.world.person("ada").id))
        discord.fail_next(429, retry_after=0.1, route="GET /users/*")
        assert (await bot.fetch_user(int(discord.world.person("ada").id))).name == "ada"


async def test_a_limit_is_told_and_kept(discord: DiscordStandIn) -> None:
    discord.api.buckets.calls, discord.api.buckets.seconds = 5, 0.5
    async with running(Bot(), discord) as bot:
        place = discord.text_channel("general")
        channel = bot.get_channel(int(place.id)) or await bot.fetch_channel(int(place.id))
        assert isinstance(channel, discord_py.TextChannel)
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(channel.send(str(number)) for number in range(12)))
        took = asyncio.get_running_loop().time() - began
        assert discord.api.buckets.refused == 0  # discord.py waits by itself
        discord.api.buckets.calls = 1
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                answer = await session.get(
                    f"{discord.api_url}/users/@me",
                    headers={"Authorization": f"Bot {discord.token}"},
                )

    assert took >= 1
    assert len(discord.posted) == 12
    assert answer.status == 429
    assert float((await answer.json())["retry_after"]) > 0


def _row(*identifiers: str) -> dict[str, Any]:
    buttons = [{"type": 2, "style": 1, "label": one, "custom_id": one} for one in identifiers]
    return {"type": 1, "components": buttons}


# A bot without a gateway, as Discord's own documentation shows it


def endpoint(verify_key: str, *, checks: bool = True) -> web.Application:
    """The interactions endpoint of Discord's guide, on aiohttp: an echo with a button."""
    key = VerifyKey(bytes.fromhex(verify_key))

    async def interactions(request: web.Request) -> web.Response:
        body = await request.read()
        signature = request.headers.get("X-Signature-Ed25519", "")
        timestamp = request.headers.get("X-Signature-Timestamp", "")
        try:
            if checks:
                key.verify(timestamp.encode() + body, bytes.fromhex(signature))
        except (BadSignatureError, ValueError):
            return web.Response(status=401, text="invalid request signature")
        said = await request.json()
        return web.Response(
            body=discord_py.utils._to_json(_answer(said)).encode(), content_type="application/json"
        )

    application = web.Application()
    application.router.add_post("/interactions", interactions)
    return application


def _answer(said: dict[str, Any]) -> dict[str, Any]:
    if said["type"] == 1:
        return {"type": 1}
    if said["type"] == 2:
        content = said["data"]["options"][0]["value"]
        return {"type": 4, "data": {"content": content, "components": [_row("again")]}}
    return {"type": 7, "data": {"content": f"{said['data']['custom_id']}!"}}


@asynccontextmanager
async def served(application: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/interactions"
    finally:
        await runner.cleanup()


async def _register(discord: DiscordStandIn) -> None:
    option = {"name": "text", "type": 3, "description": "What to say", "required": True}
    async with discord_py.Client(intents=discord_py.Intents.none()) as client:
        await client.login(discord.token)
        await client.http.bulk_upsert_global_commands(
            discord.world.bot.id,
            payload=[{"name": "echo", "description": "Says it back", "options": [option]}],
        )


async def test_a_bot_by_http_alone(discord: DiscordStandIn) -> None:
    await _register(discord)
    async with served(endpoint(discord.public_key)) as url:
        await discord.verify_endpoint(url)
        asked = await discord.command("/echo hello")
        await discord.answered(1, timeout=60)
        await discord.click(discord.posted[0], "again")
        await eventually(lambda: discord.record.edits)

    assert discord.interaction(asked).acknowledged == 4
    assert [posted.text for posted in discord.posted] == ["again!"]
    assert discord.interaction(asked).refusals == []


async def test_an_endpoint_without_a_check_is_refused(discord: DiscordStandIn) -> None:
    async with served(endpoint(discord.public_key, checks=False)) as url:
        with pytest.raises(EndpointRefusedError, match="wrong signature"):
            await discord.verify_endpoint(url)


async def test_an_endpoint_that_does_not_answer_is_shown_to_have_failed(
    discord: DiscordStandIn,
) -> None:
    await _register(discord)
    async with served(endpoint(discord.public_key)) as url:
        await discord.verify_endpoint(url)
    asked = await discord.command("/echo hello")
    await eventually(lambda: discord.interaction(asked).refusals)

    assert discord.interaction(asked).refusals == ["The application did not respond"]
    assert discord.posted == []
