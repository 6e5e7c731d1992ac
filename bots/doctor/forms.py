"""The forms of tokens: one that cannot be right is told from its letters alone."""

import re
from collections.abc import Callable, Mapping

from adapters.platforms.discord.config import PUBLIC_KEY
from adapters.platforms.telegram.config import TOKEN as TELEGRAM_TOKEN

BOT, APP, PERSON = "xoxb-", "xapp-", "xoxp-"
SLACK_TOKEN = re.compile(r"(?:xoxe\.)?xoxb-[!-~]+")
SLACK_APP_TOKEN = re.compile(r"xapp-[!-~]+")
SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")
DISCORD_TOKEN = re.compile(r"[\w-]+(?:\.[\w-]+)+", re.ASCII)
DISCORD_ID = re.compile(r"[0-9]{1,20}")


def wrong_form(name: str, value: str) -> str | None:
    """Say what is wrong with the form of a setting, without its value; None where nothing is."""
    find = FORMS.get(name)
    return find(value.strip()) if find else None


def _slack_token(token: str) -> str | None:
    if token.startswith(APP):
        return "SLACK_BOT_TOKEN holds an app-level token (xapp-), which belongs in SLACK_APP_TOKEN"
    if token.startswith(PERSON):
        return "SLACK_BOT_TOKEN holds a person's token (xoxp-)"
    return None if SLACK_TOKEN.fullmatch(token) else f"SLACK_BOT_TOKEN does not begin with {BOT}"


def _slack_app_token(token: str) -> str | None:
    if token.startswith(BOT):
        return "SLACK_APP_TOKEN holds a bot's token (xoxb-), which belongs in SLACK_BOT_TOKEN"
    if SLACK_APP_TOKEN.fullmatch(token):
        return None
    return f"SLACK_APP_TOKEN does not begin with {APP}"


def _signing_secret(given: str) -> str | None:
    """There are two while one replaces the other."""
    secrets = [secret.strip() for secret in given.split(",") if secret.strip()]
    if secrets and all(map(SIGNING_SECRET.fullmatch, secrets)):
        return None
    return "SLACK_SIGNING_SECRET is not 32 of the characters 0-9 and a-f"


def _discord_token(token: str) -> str | None:
    if DISCORD_TOKEN.fullmatch(token):
        return None
    return "DISCORD_TOKEN is not letters and digits with dots between them"


def _discord_id(given: str) -> str | None:
    return None if DISCORD_ID.fullmatch(given) else "DISCORD_APPLICATION_ID is not a number"


def _discord_key(given: str) -> str | None:
    if PUBLIC_KEY.fullmatch(given):
        return None
    return "DISCORD_PUBLIC_KEY is not 64 of the characters 0-9 and a-f"


def _telegram_token(token: str) -> str | None:
    if TELEGRAM_TOKEN.fullmatch(token):
        return None
    return "TELEGRAM_BOT_TOKEN does not look like 123456789:AA..."


FORMS: Mapping[str, Callable[[str], str | None]] = {
    "SLACK_BOT_TOKEN": _slack_token,
    "SLACK_APP_TOKEN": _slack_app_token,
    "SLACK_SIGNING_SECRET": _signing_secret,
    "DISCORD_TOKEN": _discord_token,
    "DISCORD_APPLICATION_ID": _discord_id,
    "DISCORD_PUBLIC_KEY": _discord_key,
    "TELEGRAM_BOT_TOKEN": _telegram_token,
}
