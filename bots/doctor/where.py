"""Cures that several checks share, and where people find the values of the settings."""

import re
from collections.abc import Mapping

SLACK_APPS = "https://api.slack.com/apps"
DISCORD_APPLICATIONS = "https://discord.com/developers/applications"

MIGRATE = "`trialogue migrate` (as the owner of the tables), or start with `trialogue up`"

WHERE: Mapping[str, str] = {
    "SLACK_BOT_TOKEN": (
        f"the Bot User OAuth Token (xoxb-...) at {SLACK_APPS}, your app, OAuth & Permissions"
    ),
    "SLACK_APP_TOKEN": (
        f"an App-Level Token (xapp-...) with connections:write at {SLACK_APPS}, your app,"
        " Basic Information"
    ),
    "SLACK_SIGNING_SECRET": (
        f"the Signing Secret (32 characters) at {SLACK_APPS}, your app, Basic Information"
    ),
    "DISCORD_TOKEN": f"the token at {DISCORD_APPLICATIONS}, your application, Bot, Reset Token",
    "DISCORD_APPLICATION_ID": (
        f"the Application ID at {DISCORD_APPLICATIONS}, your application, General Information"
    ),
    "DISCORD_PUBLIC_KEY": (
        f"the Public Key at {DISCORD_APPLICATIONS}, your application, General Information"
    ),
    "TELEGRAM_BOT_TOKEN": (
        "the token (123456789:AA...) that https://t.me/BotFather gives you for /newbot or /token"
    ),
    "TELEGRAM_WEBHOOK_SECRET": (
        "a random text of your own, such as the output of `openssl rand -hex 32`"
    ),
    "OPENAI_API_KEY": "a key (sk-...) of https://platform.openai.com/api-keys, or your server's",
    "SECRET_KEY": "a random text of your own, such as the output of `openssl rand -hex 32`",
}

NAME = re.compile(r"[A-Z]+(?:_[A-Z]+)+")


def named_in(sentence: str) -> str:
    """The setting that a sentence is about: the first that it names."""
    found = NAME.search(sentence)
    return found[0] if found else ""


def cure_for(name: str) -> str:
    """How a setting that cannot be right is made right."""
    where = WHERE.get(name)
    return f"set {name} to {where}" if where else f"correct {name}, or leave it out"
