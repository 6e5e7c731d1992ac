"""`trialogue doctor` against Slack, Discord and Telegram, each broken in its way."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.platforms.discord.permissions import PERMISSIONS
from bots.embedded import Addresses
from bots.web import http_server
from simulator.discord.standin import DiscordStandIn
from simulator.slack.calls import SCOPES
from simulator.slack.standin import SlackStandIn
from simulator.telegram.standin import TelegramStandIn
from tests.bots.commands import REPOSITORY
from tests.bots.doctor import doctor, variables_of, without_databases
from tests.ports import free_port

NOWHERE = "http://127.0.0.1:1"
WRONG_DISCORD = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB"
SCOPES_HEADER = "X-OAuth-Scopes"


async def test_all_three_are_well(tmp_path: Path, addresses: Addresses) -> None:
    async with SlackStandIn() as slack, DiscordStandIn() as discord, TelegramStandIn() as telegram:
        platforms = (slack.environment, discord.environment, telegram.environment)
        report = await doctor(tmp_path, variables_of(addresses, *platforms))
        called = {*slack.api.calls, *telegram.api.arrivals}
    assert report.code == 0
    assert not report.marked("warning")
    assert report.lines[-1] == "Nothing is broken, no warnings."
    assert "good for @trialogue in Trialogue" in report.line("Slack token")
    assert report.line("Slack scopes").startswith("ok ")
    assert report.line("Slack clock").startswith("ok ")
    assert report.line("Slack signing secret").startswith("ok ")
    assert "good for trialogue" in report.line("Discord token")
    assert report.line("Discord application").startswith("ok ")
    assert "no privileged intent is needed" in report.line("Discord gateway")
    assert "good for @trialogue_bot" in report.line("Telegram token")
    assert "privacy mode is on" in report.line("Telegram groups")
    assert "polled, 0 waiting" in report.line("Telegram updates")
    assert called == {"auth.test", "getMe", "getWebhookInfo"}
    assert {request.method for request in discord.api.requests} == {"GET"}
    assert not slack.posted
    assert not discord.posted
    page = (REPOSITORY / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    subjects = {line[9:].partition(":")[0] for line in report.lines[:-1]}
    assert {subject for subject in subjects if f"\n| {subject} | " not in page} == set()


async def test_slack_by_socket_mode_is_well(tmp_path: Path) -> None:
    async with SlackStandIn(socket_mode=True) as slack:
        report = await doctor(tmp_path, without_databases(slack.environment))
        assert not slack.api.sockets.opened
    assert "Socket Mode is open to it (connections:write)" in report.line("Slack app token")
    assert report.code == 0


@pytest.mark.parametrize(
    ("error_code", "meaning"),
    [
        ("token_revoked", "the token was revoked"),
        ("account_inactive", "the app was removed from the workspace"),
        ("token_expired", "the token has expired"),
    ],
)
async def test_a_token_that_slack_no_longer_takes_is_named(
    tmp_path: Path, error_code: str, meaning: str
) -> None:
    async with SlackStandIn() as slack:
        slack.api.token_error = error_code
        report = await doctor(tmp_path, without_databases(slack.environment))
    line = report.line("Slack token")
    assert f"Slack refuses SLACK_BOT_TOKEN: {error_code}, {meaning}" in line
    assert "Bot User OAuth Token (xoxb-...) at https://api.slack.com/apps" in line
    assert report.code == 1


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("xoxb-1234-5678-wrong", "Slack refuses SLACK_BOT_TOKEN: invalid_auth"),
        ("xapp-1-A1-2-wrong", "which belongs in SLACK_APP_TOKEN"),
        ("xoxp-1234-5678-wrong", "holds a person's token"),
        ("wrong-kind-of-text", "does not begin with xoxb-"),
    ],
)
async def test_a_wrong_token_of_slack_is_named(tmp_path: Path, token: str, said: str) -> None:
    async with SlackStandIn() as slack:
        given = {**slack.environment, "SLACK_BOT_TOKEN": token}
        report = await doctor(tmp_path, without_databases(given))
    assert said in report.line("Slack token")
    assert "OAuth & Permissions" in report.line("Slack token")
    assert report.code == 1


async def test_a_missing_scope_is_named_with_what_it_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCOPES, SCOPES_HEADER, "app_mentions:read,chat:write,im:history,im:write")
    async with SlackStandIn() as slack:
        report = await doctor(tmp_path, without_databases(slack.environment))
    line = report.line("Slack scopes")
    assert "missing commands (to be asked by /ask, /help and /usage)" in line
    assert "add commands at https://api.slack.com/apps" in line
    assert "reinstall the app" in line
    assert report.code == 1


@pytest.mark.parametrize(
    ("minutes", "mark", "code"), [(2, "warning", 0), (-2, "warning", 0), (10, "broken", 1)]
)
async def test_a_clock_that_is_off_is_said_before_signatures_fail(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    minutes: int,
    mark: str,
    code: int,
) -> None:
    theirs = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setitem(SCOPES, "Date", format_datetime(theirs, usegmt=True))
    async with SlackStandIn() as slack:
        report = await doctor(tmp_path, without_databases(slack.environment))
    line = report.line("Slack clock")
    assert line.startswith(f"{mark} ")
    assert "refused from 300 s on" in line
    assert "timedatectl set-ntp true" in line
    seconds = re.search(r"(\d+) s apart", line)
    assert seconds is not None
    assert abs(int(seconds[1]) - abs(minutes) * 60) < 30
    assert report.code == code


@pytest.mark.parametrize("secret", ["0123456789abcdef", "A" * 32, "0" * 32 + "," + "z" * 32])
async def test_a_signing_secret_of_another_form_is_named(tmp_path: Path, secret: str) -> None:
    async with SlackStandIn() as slack:
        given = {**slack.environment, "SLACK_SIGNING_SECRET": secret}
        report = await doctor(tmp_path, without_databases(given))
    line = report.line("Slack signing secret")
    assert "SLACK_SIGNING_SECRET is not 32 of the characters" in line
    assert "Basic Information" in line
    assert report.code == 1


@pytest.mark.parametrize(
    ("error_code", "said", "cure"),
    [
        ("missing_scope", "SLACK_APP_TOKEN lacks connections:write", "App-Level Token"),
        ("socket_mode_not_enabled", "Socket Mode is switched off", "switch Socket Mode on"),
        ("invalid_auth", "Slack refuses SLACK_APP_TOKEN: invalid_auth", "App-Level Token"),
    ],
)
async def test_an_app_token_that_opens_no_socket_is_named(
    tmp_path: Path, error_code: str, said: str, cure: str
) -> None:
    async with SlackStandIn(socket_mode=True) as slack:
        slack.fail_next(error=error_code, method="apps.connections.open")
        report = await doctor(tmp_path, without_databases(slack.environment))
    assert said in report.line("Slack app token")
    assert cure in report.line("Slack app token")
    assert report.line("Slack token").startswith("ok ")
    assert report.code == 1


async def test_slack_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    async with SlackStandIn() as slack, TelegramStandIn() as telegram:
        slack.hang(method="auth.test")
        variables = without_databases(slack.environment, telegram.environment)
        report = await doctor(tmp_path, variables)
    assert "no answer" in report.line("Slack token")
    assert report.line("Telegram token").startswith("ok ")
    assert report.code == 1


@pytest.mark.parametrize(
    ("variables", "subject", "cure"),
    [
        (
            {
                "SLACK_BOT_TOKEN": "xoxb-1234-5678-wrong",
                "SLACK_SIGNING_SECRET": "0" * 32,
                "SLACK_API_URL": f"{NOWHERE}/api/",
            },
            "Slack token",
            "SLACK_API_URL",
        ),
        (
            {"DISCORD_TOKEN": WRONG_DISCORD, "DISCORD_API_URL": f"{NOWHERE}/api/v10"},
            "Discord token",
            "DISCORD_API_URL",
        ),
        (
            {"TELEGRAM_BOT_TOKEN": f"123456789:{'A' * 35}", "TELEGRAM_API_URL": NOWHERE},
            "Telegram token",
            "TELEGRAM_API_URL",
        ),
    ],
)
async def test_a_platform_that_cannot_be_reached_is_named(
    tmp_path: Path, variables: Mapping[str, str], subject: str, cure: str
) -> None:
    report = await doctor(tmp_path, without_databases(variables))
    assert "cannot be reached at 127.0.0.1:1 (connection refused)" in report.line(subject)
    assert cure in report.line(subject)
    assert report.code == 1


async def test_what_answers_and_is_no_platform_is_named(tmp_path: Path) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>a proxy's page", status=403)

    port = free_port()
    async with http_server([web.get("/{path:.*}", page)], host="127.0.0.1", port=port):
        telegram = {
            "TELEGRAM_BOT_TOKEN": f"123456789:{'A' * 35}",
            "TELEGRAM_API_URL": f"http://127.0.0.1:{port}",
        }
        report = await doctor(tmp_path, without_databases(telegram))
    assert "status 403 with no JSON, not its API" in report.line("Telegram token")
    assert report.code == 1


async def test_a_wrong_token_of_discord_is_named(tmp_path: Path) -> None:
    async with DiscordStandIn() as discord:
        given = {**discord.environment, "DISCORD_TOKEN": WRONG_DISCORD}
        report = await doctor(tmp_path, without_databases(given))
    assert "Discord refuses DISCORD_TOKEN" in report.line("Discord token")
    assert "Bot, Reset Token" in report.line("Discord token")
    assert report.code == 1


@pytest.mark.parametrize(
    ("name", "value"), [("DISCORD_PUBLIC_KEY", "ab" * 32), ("DISCORD_APPLICATION_ID", "42")]
)
async def test_what_is_of_another_application_is_named(
    tmp_path: Path, name: str, value: str
) -> None:
    async with DiscordStandIn() as discord:
        given = {**discord.environment, name: value}
        report = await doctor(tmp_path, without_databases(given))
    line = report.line("Discord application")
    assert line.startswith("broken ")
    assert name in line
    assert ("General Information" in line) or (discord.world.bot.id in line)
    assert report.code == 1


async def test_a_gateway_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    async with DiscordStandIn() as discord:
        given = {**discord.environment, "DISCORD_GATEWAY_URL": "ws://127.0.0.1:1/gateway"}
        report = await doctor(tmp_path, without_databases(given))
    line = report.line("Discord gateway")
    assert "127.0.0.1:1 cannot be reached (connection refused)" in line
    assert "DISCORD_GATEWAY_URL" in line
    assert report.line("Discord token").startswith("ok ")
    assert report.code == 1


@asynccontextmanager
async def discord_that_says(
    application: Mapping[str, Any], servers: list[Mapping[str, Any]]
) -> AsyncIterator[Mapping[str, str]]:
    """Discord with what its stand-in does not model: the portal's settings, and several servers."""
    said: dict[str, Any] = {
        "/users/@me": {"id": "42", "username": "trialogue"},
        "/applications/@me": {
            "id": "42",
            "name": "Trialogue",
            "verify_key": "ab" * 32,
            **application,
        },
        "/users/@me/guilds": servers,
    }

    async def serve(request: web.Request) -> web.Response:
        answer = said.get(request.path)
        return web.json_response(answer, status=404 if answer is None else 200)

    port = free_port()
    async with http_server([web.get("/{path:.*}", serve)], host="127.0.0.1", port=port):
        yield {"DISCORD_TOKEN": WRONG_DISCORD, "DISCORD_API_URL": f"http://127.0.0.1:{port}"}


async def test_a_bot_without_a_server_is_given_its_invitation(tmp_path: Path) -> None:
    async with discord_that_says({}, []) as discord:
        report = await doctor(tmp_path, without_databases(discord))
    line = report.line("Discord servers")
    assert line.startswith("warning ")
    assert "oauth2/authorize?client_id=42" in line
    assert f"permissions={PERMISSIONS}" in line
    assert report.code == 0


async def test_a_server_where_the_bot_lacks_a_permission_is_named(tmp_path: Path) -> None:
    servers: list[Mapping[str, Any]] = [
        {"id": "1", "name": "Well", "permissions": str(PERMISSIONS)},
        {"id": "2", "name": "Admins", "permissions": "8"},
        {"id": "3", "name": "Ill", "permissions": str(PERMISSIONS & ~(1 << 38))},
    ]
    async with discord_that_says({}, servers) as discord:
        report = await doctor(tmp_path, without_databases(discord))
    line = report.line("Discord servers")
    assert "Ill: the bot lacks Send Messages in Threads." in line
    assert "Well" not in line
    assert "Admins" not in line


@pytest.mark.parametrize(
    ("more", "mark", "said"),
    [
        ({}, "broken", "set DISCORD_PUBLIC_KEY, or clear Interactions Endpoint URL"),
        (
            {"DISCORD_PUBLIC_KEY": "AB" * 32, "PUBLIC_URL": "https://new.example.org/"},
            "warning",
            "set Interactions Endpoint URL to https://new.example.org/discord/interactions",
        ),
        (
            {"DISCORD_PUBLIC_KEY": "AB" * 32, "PUBLIC_URL": "https://old.example.org"},
            "ok",
            "commands and clicks go to old.example.org",
        ),
    ],
)
async def test_where_commands_go_is_compared_with_the_portal(
    tmp_path: Path, more: Mapping[str, str], mark: str, said: str
) -> None:
    endpoint = {"interactions_endpoint_url": "https://old.example.org/discord/interactions"}
    async with discord_that_says(endpoint, []) as discord:
        report = await doctor(tmp_path, without_databases({**discord, **more}))
    line = report.line("Discord interactions")
    assert line.startswith(f"{mark} ")
    assert said in line


async def test_a_wrong_token_of_telegram_is_named(tmp_path: Path) -> None:
    async with TelegramStandIn() as telegram:
        given = {**telegram.environment, "TELEGRAM_BOT_TOKEN": f"123456789:{'A' * 35}"}
        report = await doctor(tmp_path, without_databases(given))
        malformed = {**telegram.environment, "TELEGRAM_BOT_TOKEN": "wrong-kind-of-text"}
        second = await doctor(tmp_path, without_databases(malformed))
    assert "Telegram refuses TELEGRAM_BOT_TOKEN" in report.line("Telegram token")
    assert "https://t.me/BotFather" in report.line("Telegram token")
    assert "must look like 123456789:AA" in second.line("Telegram token")
    assert (report.code, second.code) == (1, 1)


async def test_a_webhook_where_the_bot_would_poll_is_said(tmp_path: Path) -> None:
    async with TelegramStandIn() as telegram:
        telegram.api.world.webhook.set({"url": "http://127.0.0.1:1/hunter2x"})
        report = await doctor(tmp_path, without_databases(telegram.environment))
        assert telegram.api.world.webhook.target is not None
    line = report.line("Telegram updates")
    assert line.startswith("warning ")
    assert "a webhook leads to 127.0.0.1:1, and the bot polls" in line
    assert "when it starts it deletes the webhook" in line
    assert "PUBLIC_URL and TELEGRAM_WEBHOOK_SECRET" in line
    assert "hunter2x" not in line
    assert report.code == 0


async def test_a_webhook_that_leads_elsewhere_or_fails_is_said(tmp_path: Path) -> None:
    async with TelegramStandIn() as telegram:
        webhook = telegram.api.world.webhook
        webhook.set({"url": "https://old.example.org/telegram/1"})
        webhook.last_error = (int(datetime.now(UTC).timestamp()) - 120, "Connection refused")
        wanted = {"PUBLIC_URL": "https://new.example.org", "TELEGRAM_WEBHOOK_SECRET": "abcdefgh"}
        report = await doctor(tmp_path, without_databases(telegram.environment, wanted))
    elsewhere, trouble = report.about("Telegram updates")
    assert "leads to old.example.org, not to PUBLIC_URL" in elsewhere
    assert "could not deliver 2 minutes ago: Connection refused" in trouble
    assert "PUBLIC_URL leads to its HTTP port" in trouble


async def test_an_address_that_telegram_would_not_take_is_named(tmp_path: Path) -> None:
    async with TelegramStandIn() as telegram:
        wanted = {"PUBLIC_URL": "https://a.example.org:8080", "TELEGRAM_WEBHOOK_SECRET": "abcdefgh"}
        report = await doctor(tmp_path, without_databases(telegram.environment, wanted))
    (broken,) = report.marked("broken")
    assert "Telegram delivers to no address such as https://a.example.org:8080" in broken
    assert "on port 443, 80, 88 or 8443" in broken
    assert report.code == 1


async def test_a_bot_that_may_not_join_groups_is_said(tmp_path: Path) -> None:
    async with TelegramStandIn() as telegram:
        telegram.api.world.me["can_join_groups"] = False
        report = await doctor(tmp_path, without_databases(telegram.environment))
    assert "/setjoingroups" in report.line("Telegram groups")
    assert report.line("Telegram groups").startswith("warning ")
    assert report.code == 0
