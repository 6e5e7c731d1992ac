"""Telegram: the token, what the bot may do in groups, and where its updates go."""

import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from adapters.platforms.telegram.config import TelegramConfig
from bots.doctor.calls import Answer, ask, host_of
from bots.doctor.report import Finding, broken, ok, warning
from bots.doctor.where import cure_for, named_in
from bots.platforms import telegram_config
from bots.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from core.wording import counted

TOKEN, GROUPS, UPDATES = "Telegram token", "Telegram groups", "Telegram updates"
GET_TOKEN = cure_for("TELEGRAM_BOT_TOKEN")
PORTS = {None, 443, 80, 88, 8443}
MANY_PENDING = 100
RECENT = 3600.0
"""Seconds for which Telegram's last trouble with the webhook counts."""


async def look_at_telegram(settings: Settings) -> AsyncGenerator[Finding, None]:
    """Ask who the bot is, and where its updates go; a poll would take them from the bot."""
    try:
        config = telegram_config(settings)
    except ConfigurationError as error:
        name = named_in(str(error))
        subject = TOKEN if name == "TELEGRAM_BOT_TOKEN" else "Telegram settings"
        yield broken(subject, str(error), cure=cure_for(name))
        return
    if config is None:
        return
    try:
        me = await ask(f"{config.base_url}getMe")
        info = await ask(f"{config.base_url}getWebhookInfo")
    except UnavailableError as error:
        found = f"Telegram cannot be reached at {host_of(config.api_url)} ({error})"
        cure = "check this machine's way there (firewall), and TELEGRAM_API_URL if it is set"
        yield broken(TOKEN, found, cure=cure)
        return
    yield _identity(me)
    if me.fields.get("ok") is True:
        yield _groups(_result(me))
        for finding in _updates(config, _result(info)):
            yield finding


def _result(answer: Answer) -> Mapping[str, Any]:
    result = answer.fields.get("result")
    return result if isinstance(result, dict) else {}


def _identity(answer: Answer) -> Finding:
    if answer.fields.get("ok") is True:
        return ok(TOKEN, f"good for @{_result(answer).get('username')}")
    if answer.status in (401, 404):
        return broken(
            TOKEN, "Telegram refuses TELEGRAM_BOT_TOKEN (revoked or wrong)", cure=GET_TOKEN
        )
    found = f"Telegram could not say whether it is good (status {answer.status})"
    return warning(TOKEN, found, cure="ask again in a minute")


def _groups(me: Mapping[str, Any]) -> Finding:
    reads_all = me.get("can_read_all_group_messages")
    privacy = "privacy mode is off" if reads_all else "privacy mode is on, which is enough"
    if me.get("can_join_groups") is False:
        cure = "send /setjoingroups to https://t.me/BotFather and enable it"
        return warning(GROUPS, f"the bot may not be added to groups; {privacy}", cure=cure)
    return ok(GROUPS, f"the bot may be added to groups; {privacy}")


def _updates(config: TelegramConfig, info: Mapping[str, Any]) -> Iterator[Finding]:
    url = str(info.get("url") or "")
    pending = info.get("pending_update_count") or 0
    waiting = f"{pending} waiting"
    wanted = f"{config.public_url}{config.webhook_path}" if config.has_webhook else ""
    if wanted:
        yield from _address(wanted)
    if url.partition("?")[0] == wanted:
        way = f"delivered to {host_of(url)}" if url else "polled"
        yield ok(UPDATES, f"{way}, {waiting}")
    elif not url:
        yield ok(UPDATES, f"no webhook is set yet, the bot sets it when it starts; {waiting}")
    else:
        yield _elsewhere(url, config, waiting)
    yield from _trouble(info)
    if pending >= MANY_PENDING:
        yield warning(
            UPDATES,
            f"{pending} updates wait to be taken",
            cure="start the bot: it takes them, the oldest first",
        )


def _address(wanted: str) -> Iterator[Finding]:
    """Telegram takes only these: https://core.telegram.org/bots/api#setwebhook."""
    parts = urlsplit(wanted)
    if parts.hostname in {"127.0.0.1", "localhost"}:
        return
    if parts.scheme != "https" or parts.port not in PORTS:
        found = f"Telegram delivers to no address such as {parts.scheme}://{parts.netloc}"
        cure = "set PUBLIC_URL to https://... on port 443, 80, 88 or 8443, or leave it out"
        yield broken(UPDATES, found, cure=cure)


def _elsewhere(url: str, config: TelegramConfig, waiting: str) -> Finding:
    if config.has_webhook:
        found = f"a webhook leads to {host_of(url)}, not to PUBLIC_URL; {waiting}"
        cure = "nothing if that is an old address: the bot sets its own when it starts"
        return warning(UPDATES, found, cure=cure)
    found = (
        f"a webhook leads to {host_of(url)}, and the bot polls: when it starts it deletes the"
        f" webhook, and what is behind it gets nothing more; {waiting}"
    )
    cure = (
        "nothing if that is wanted; else use a token of its own here, or set PUBLIC_URL and"
        " TELEGRAM_WEBHOOK_SECRET"
    )
    return warning(UPDATES, found, cure=cure)


def _trouble(info: Mapping[str, Any]) -> Iterator[Finding]:
    message, at = info.get("last_error_message"), info.get("last_error_date")
    if not message or not info.get("url"):
        return
    ago = time.time() - at if isinstance(at, int | float) else 0.0
    if ago < RECENT:
        minutes = counted(max(0, round(ago / 60)), "minute")
        found = f"Telegram could not deliver {minutes} ago: {message}"
        cure = "see that the bot runs and that PUBLIC_URL leads to its HTTP port"
        yield warning(UPDATES, found, cure=cure)
