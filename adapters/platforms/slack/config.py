"""The settings of a Slack app."""

import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from core.errors import ConfigurationError

PUBLIC_API = "https://slack.com/api/"
APP_TOKEN = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackConfig:
    """One app in one workspace. Two signing secrets are valid while one replaces the other.

    With an `app_token` its events come over Socket Mode, and no signing secret is needed.
    `limits`: whether to keep Slack's rate of postings by ourselves; None: only for Slack itself.
    `ConfigurationError` names the setting that cannot be right.
    """

    bot_token: str = field(repr=False)
    signing_secrets: tuple[str, ...] = field(default=(), repr=False)
    app_token: str = field(default="", repr=False)
    api_url: str = PUBLIC_API
    limits: bool | None = None

    def __post_init__(self) -> None:
        if not self.bot_token or not _is_printable(self.bot_token):
            raise ConfigurationError("SLACK_BOT_TOKEN must be the app's token, such as xoxb-...")
        if self.app_token and not _is_app_token(self.app_token):
            raise ConfigurationError(
                "SLACK_APP_TOKEN must be an app-level token, such as xapp-...: it is on the app's"
                " page under Basic Information and needs the scope connections:write."
            )
        if not self.signing_secrets and not self.app_token:
            raise ConfigurationError(
                "SLACK_SIGNING_SECRET is missing: it is on the app's page under Basic Information."
            )
        address = urlsplit(self.api_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ConfigurationError(f"SLACK_API_URL must be an address such as {PUBLIC_API}.")
        # slack_sdk joins method names to it, and drops the last part of a path without the slash.
        object.__setattr__(self, "api_url", self.api_url.rstrip("/") + "/")

    @classmethod
    def from_settings(
        cls,
        *,
        bot_token: str,
        signing_secret: str = "",
        app_token: str = "",
        api_url: str = PUBLIC_API,
        limits: bool | None = None,
    ) -> Self:
        """Read the settings as people write them: the signing secrets are separated by commas."""
        secrets = tuple(secret.strip() for secret in signing_secret.split(",") if secret.strip())
        return cls(
            bot_token=bot_token.strip(),
            signing_secrets=secrets,
            app_token=app_token.strip(),
            api_url=api_url or PUBLIC_API,
            limits=limits,
        )

    @property
    def keeps_limits(self) -> bool:
        """Whether postings are paced."""
        return self.api_url == PUBLIC_API if self.limits is None else self.limits

    @property
    def app_id(self) -> str:
        """The app's id, which is in its app-level token; empty where that is unknown."""
        found = APP_TOKEN.fullmatch(self.app_token)
        return found[1] if found else ""


def _is_printable(token: str) -> bool:
    return token.isascii() and token.isprintable()


def _is_app_token(token: str) -> bool:
    return token.startswith("xapp-") and _is_printable(token)
