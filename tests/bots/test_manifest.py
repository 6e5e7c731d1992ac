"""The manifests say what the code does: they ask for all that it needs, and for nothing more."""

import asyncio
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
from ruamel.yaml import YAML

import adapters.platforms.slack
from adapters.platforms.discord.adapter import DiscordAdapter
from adapters.platforms.discord.config import DiscordConfig
from adapters.platforms.discord.permissions import PERMISSIONS
from adapters.platforms.discord.rest import Rest
from adapters.platforms.slack.adapter import SlackAdapter
from adapters.platforms.slack.config import SlackConfig
from adapters.platforms.slack.events import to_message
from adapters.platforms.slack.scopes import OPTIONAL_SCOPES, REQUIRED_SCOPES, SOCKET_SCOPE
from bots.manifest import EXAMPLE_URL, manifest_files
from bots.manifests.discord import discord_manifest
from bots.manifests.slack import PROMPTS, slack_manifest
from bots.manifests.telegram import telegram_commands, telegram_manifest
from bots.manifests.words import PARAGRAPH, SENTENCE
from bots.manifests.yaml import Value, to_yaml
from core.commands import COMMANDS, Ask, understand
from core.messages import Author, Conversation, IncomingMessage, Platform, Space
from simulator.discord import DiscordStandIn
from simulator.telegram import TelegramStandIn
from tests.bots.commands import trialogue
from tests.platforms import discord as discord_tests
from tests.platforms import telegram as telegram_tests
from tests.platforms.slack import NOW, SAMPLES, sample

MANIFESTS = Path(__file__).parents[2] / "manifests"
WITHIN = 60.0

METHOD = re.compile(r'"([a-z]+(?:\.[a-z]+)*\.[a-z]+[A-Za-z]*)"')
SCOPES_OF_METHODS = {
    "apps.connections.open": SOCKET_SCOPE,
    "assistant.threads.setStatus": "chat:write",
    "auth.test": None,
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "conversations.history": "channels:history",
    "conversations.open": "im:write",
    "conversations.replies": "channels:history",
}
"""What Slack's own pages ask of a bot token for each method: docs.slack.dev/reference/methods."""

NO_COMMAND_YET = {"files.info"}
"""It needs `files:read`, which is not asked for before a command wants people's files."""

SCOPES_OF_EVENTS = {"app_mention": "app_mentions:read", "message.im": "im:history"}


@pytest.fixture(params=[None, EXAMPLE_URL], ids=["socket-mode", "http"])
def url(request: pytest.FixtureRequest) -> str | None:
    address: str | None = request.param
    return address


def read_yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


def test_the_files_are_those_that_the_code_makes() -> None:
    found = {
        str(file.relative_to(MANIFESTS)): file.read_text(encoding="utf-8")
        for folder in ("slack", "discord", "telegram")
        for file in (MANIFESTS / folder).rglob("*")
        if file.is_file()
    }
    assert found == dict(manifest_files()), (
        "make them again: trialogue manifest all --write manifests"
    )


def test_they_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    for _ in range(2):
        result = trialogue(tmp_path, "manifest", "all", "--write", "made")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.split() == [f"made/{name}" for name in manifest_files()]
    for name, text in manifest_files().items():
        assert (tmp_path / "made" / name).read_text(encoding="utf-8") == text


def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "slack").write_text("in the way", encoding="utf-8")
    result = trialogue(tmp_path, "manifest", "all", "--write", "made")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: made/slack/manifest-socket-mode.yaml cannot be written")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes",
        "1.0",
        "null",
        "a: b",
        "# no comment",
        "- dash",
        '"quoted" \\',
        "two\nlines",
        "👍 é",
    ],
)
def test_every_text_means_itself_in_yaml(text: str) -> None:
    value: Mapping[str, Value] = {"one": text, "all": [text, {"text": text, "list": [text]}]}
    assert read_yaml(to_yaml(value, {})) == value
    assert read_yaml(to_yaml(value, {text: "a note: of 'some' kind"})) == value


def test_slacks_yaml_is_its_json(url: str | None) -> None:
    name = "slack/manifest-http.yaml" if url else "slack/manifest-socket-mode.yaml"
    assert read_yaml(manifest_files()[name]) == slack_manifest(url=url)


def test_slack_takes_its_lengths_and_numbers(url: str | None) -> None:
    """https://github.com/slackapi/manifest-schema, which refuses keys that it does not know."""
    made: Any = slack_manifest(url=url)
    assert set(made) == {
        "_metadata", "display_information", "features", "oauth_config", "settings"
    }  # fmt: skip
    shown, features = made["display_information"], made["features"]
    assert 1 <= len(shown["name"]) <= 35
    assert 1 <= len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", shown["background_color"])
    assert len(features["bot_user"]["display_name"]) <= 80
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert len(features["agent_view"]["suggested_prompts"]) <= 4
    assert 1 <= len(features["slash_commands"]) <= 50
    for command in features["slash_commands"]:
        assert re.fullmatch("/[a-z0-9_-]{1,31}", command["command"])
        assert 1 <= len(command["description"]) <= 2000
        assert 1 <= len(command.get("usage_hint", "?")) <= 1000
    assert set(features) == {"app_home", "bot_user", "agent_view", "slash_commands"}


def test_slack_knows_every_command_and_no_other(url: str | None) -> None:
    made: Any = slack_manifest(url=url)
    commands = made["features"]["slash_commands"]
    assert [command["command"] for command in commands] == [
        f"/{one.name}" for one in COMMANDS if not one.takes_file
    ]


def test_socket_mode_has_no_address_and_http_has_the_one_that_is_served() -> None:
    assert "http" not in json.dumps(slack_manifest())
    made: Any = slack_manifest(url="https://bot.example.org/")
    assert made["settings"]["socket_mode_enabled"] is False
    addresses = {
        made["settings"]["event_subscriptions"]["request_url"],
        made["settings"]["interactivity"]["request_url"],
        *(command["url"] for command in made["features"]["slash_commands"]),
    }
    config = SlackConfig(bot_token="xoxb-1", signing_secrets=("secret",))
    [route] = SlackAdapter(config, clock=lambda: NOW).routes
    assert addresses == {f"https://bot.example.org{getattr(route, 'path', '')}"}


def test_the_scopes_cover_every_method_that_slacks_adapter_calls() -> None:
    called = set(methods_called()) - NO_COMMAND_YET
    assert called == set(SCOPES_OF_METHODS)
    made: Any = slack_manifest()
    asked = {*made["oauth_config"]["scopes"]["bot"], SOCKET_SCOPE, None}
    assert {SCOPES_OF_METHODS[method] for method in called} <= asked


HOSTS = {"files.slack.com"}


def methods_called() -> Iterator[str]:
    folder = Path(inspect.getfile(adapters.platforms.slack)).parent
    for file in folder.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        found = METHOD.findall(text)
        yield from (name for name in found if not name.startswith("slack.") and name not in HOSTS)
        if "apps_connections_open" in text:
            yield "apps.connections.open"


def test_slack_is_asked_for_what_is_used_and_no_more() -> None:
    made: Any = slack_manifest()
    scopes = made["oauth_config"]["scopes"]
    assert set(scopes["bot"]) == {*REQUIRED_SCOPES, *OPTIONAL_SCOPES}
    assert set(scopes["bot_optional"]) < set(OPTIONAL_SCOPES)
    used = {*SCOPES_OF_METHODS.values(), *SCOPES_OF_EVENTS.values(), "commands"}
    assert set(REQUIRED_SCOPES) <= used


def test_the_events_are_those_that_become_messages() -> None:
    """Each sample that the bot understands comes by a subscription, and each brings a sample."""
    made: Any = slack_manifest()
    subscribed = set(made["settings"]["event_subscriptions"]["bot_events"])
    assert subscribed == set(SCOPES_OF_EVENTS)
    understood = set()
    for file in SAMPLES.glob("*.json"):
        payload = sample(file.stem)
        if to_message(payload, "U0LAN0Z89") is not None:
            understood.add(subscription_of(payload["event"]))
    # A mention in a channel is delivered as app_mention too, so its other event is not needed.
    assert understood - {"message.channels"} == subscribed


def subscription_of(event: Any) -> str:
    if event["type"] != "message":
        return str(event["type"])
    kinds = {"im": "message.im", "channel": "message.channels"}
    return kinds[event.get("channel_type", "channel")]


def test_what_an_agent_offers_is_understood() -> None:
    for prompt in PROMPTS.values():
        command = understand(message(prompt))
        assert not isinstance(command, Ask), prompt


def message(text: str) -> IncomingMessage:
    return IncomingMessage(
        dedupe_key="1",
        conversation=Conversation(platform=Platform.SLACK, space="T1", channel="D1", thread="1"),
        space=Space(platform=Platform.SLACK, id="T1"),
        author=Author(platform=Platform.SLACK, scope="T1", id="U1", name="ada"),
        message_id="1",
        text=text,
        sent_at=NOW,
    )


def test_an_app_that_is_no_agent_asks_for_nothing_of_agents(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "manifest", "slack", "--no-agent-view", "--json")
    made = json.loads(result.stdout)
    assert "agent_view" not in made["features"]
    assert "assistant:write" not in made["oauth_config"]["scopes"]["bot"]
    assert made["features"]["app_home"]["messages_tab_enabled"] is True


async def test_discord_is_told_what_the_manifest_says() -> None:
    made = json.loads(manifest_files()["discord/commands.json"])
    async with DiscordStandIn() as stand_in:
        async with discord_tests.listening(stand_in, discord_tests.Received()):
            async with asyncio.timeout(WITHIN):
                while not stand_in.guilds.commands:
                    await asyncio.sleep(0.01)
        [registered] = stand_in.guilds.commands.values()
    ours = [{key: one.get(key, []) for key in made[0]} for one in registered]  # empty: left out
    assert ours == made


def test_discord_takes_its_lengths_and_numbers() -> None:
    made: Any = json.loads(manifest_files()["discord/commands.json"])
    assert len(made) <= 100
    for command in made:
        assert re.fullmatch("[a-z0-9_-]{1,32}", command["name"])
        assert 1 <= len(command["description"]) <= 100
        assert len(command["options"]) <= 25
        for option in command["options"]:
            assert re.fullmatch("[a-z0-9_-]{1,32}", option["name"])
            assert 1 <= len(option["description"]) <= 100
            assert len(option.get("choices", ())) <= 25


def test_the_invite_asks_for_what_the_rest_calls_need_and_no_more() -> None:
    """Reading history, posting and replying; a direct channel needs no permission of a server."""
    link = urlsplit(str(discord_manifest(application_id="42")["invite"]))
    query = parse_qs(link.query)
    assert (link.scheme, link.netloc, link.path) == ("https", "discord.com", "/oauth2/authorize")
    assert query["client_id"] == ["42"]
    assert query["scope"] == ["bot applications.commands"]
    assert query["permissions"] == [str(PERMISSIONS)]
    asked = {name for name, value in discord.Permissions(PERMISSIONS) if value}
    needed = {
        "post": {"send_messages", "send_messages_in_threads"},
        "messages": {"read_messages", "read_message_history"},
        "channel": {"read_messages"},
    }
    assert needed.keys() <= set(dir(Rest))
    assert asked == set().union(*needed.values())


def test_an_unknown_application_is_explained_and_a_known_one_is_used(tmp_path: Path) -> None:
    unknown = trialogue(tmp_path, "manifest", "discord")
    assert "APPLICATION_ID stands for yours" in unknown.stdout
    (tmp_path / ".env").write_text("DISCORD_APPLICATION_ID=1234\n", encoding="utf-8")
    known = trialogue(tmp_path, "manifest", "discord")
    assert "client_id=1234&" in known.stdout
    assert "stands for yours" not in known.stdout
    given = trialogue(tmp_path, "manifest", "discord", "--application-id", "77", "--json")
    assert "client_id=77&" in json.loads(given.stdout)["invite"]


def test_the_endpoint_is_the_one_that_is_served(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "manifest", "discord", "--url", f"{EXAMPLE_URL}/")
    config = DiscordConfig(token="token", public_key="00" * 32)
    adapter = DiscordAdapter(config, last_seen=discord_tests.nothing_seen)
    [route] = adapter.routes
    assert f"  {EXAMPLE_URL}{getattr(route, 'path', '')}\n" in result.stdout


async def test_telegram_is_told_what_the_manifest_says() -> None:
    async with TelegramStandIn() as telegram, telegram_tests.adapter_for(telegram) as adapter:
        received = telegram_tests.Received()
        async with telegram_tests.listening(adapter, received), asyncio.timeout(WITHIN):
            while len(telegram.world.commands) < 2:
                await asyncio.sleep(0.01)
    assert set(telegram.world.commands) == {"all_private_chats", "all_group_chats"}
    for menu in telegram.world.commands.values():
        assert menu == telegram_manifest()["commands"]
        lines = [f"{one['command']} - {one['description']}\n" for one in menu]
        assert "".join(lines) == telegram_commands()


def test_telegram_takes_its_lengths_and_numbers() -> None:
    assert len(COMMANDS) <= 100
    for command in COMMANDS:
        assert re.fullmatch("[a-z0-9_]{1,32}", command.name)
        assert 1 <= len(command.description) <= 256
    assert len(SENTENCE) <= 120
    assert len(PARAGRAPH) <= 512


def test_botfather_is_told_all_of_it(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "manifest", "telegram")
    assert result.returncode == 0
    for line in (*telegram_commands().splitlines(), SENTENCE, PARAGRAPH):
        assert f"  {line}\n" in result.stdout


@pytest.mark.parametrize("platform", ["slack", "discord", "telegram"])
def test_json_is_for_machines(tmp_path: Path, platform: str) -> None:
    result = trialogue(tmp_path, "manifest", platform, "--json")
    assert (result.returncode, result.stderr) == (0, "")
    assert isinstance(json.loads(result.stdout), dict)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["slack", "--url", "http://bot.example.org"], "it must begin with https://"),
        (["discord", "--url", "bot.example.org"], "it must begin with https://"),
        (["discord", "--application-id", "my-app"], "it is a number"),
        (["all"], "Missing option '--write'"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = trialogue(tmp_path, "manifest", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
