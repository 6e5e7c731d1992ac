"""The settings of a Slack app."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from core.errors import ConfigurationError

PUBLIC_API = "https://slack.com/api/"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackConfig:
    """One app in one workspace. Two signing secrets are valid while one replaces the other.

    `ConfigurationError` names the setting that cannot be right.
    """

    bot_token: str = field(repr=False)
    signing_secrets: tuple[str, ...] = field(repr=False)
    api_url: str = PUBLIC_API

    def __post_init__(self) -> None:
        if not self.bot_token or not (self.bot_token.isascii() and self.bot_token.isprintable()):
            raise ConfigurationError("SLACK_BOT_TOKEN must be the app's token, such as xoxb-...")
        if not self.signing_secrets:
            raise ConfigurationError(
                "SLACK_SIGNING_SECRET is missing: it is on the app's page under Basic Information."
            )
        address = urlsplit(self.api_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ConfigurationError("SLACK_API_URL must be an address such as " + PUBLIC_API)
        # slack_sdk joins method names to it, and drops the last part of a path without the slash.
        object.__setattr__(self, "api_url", self.api_url.rstrip("/") + "/")

    @classmethod
    def from_settings(
        cls, *, bot_token: str, signing_secret: str, api_url: str = PUBLIC_API
    ) -> Self:
        """Read the settings as people write them: the signing secrets are separated by commas."""
        secrets = tuple(secret.strip() for secret in signing_secret.split(",") if secret.strip())
        return cls(
            bot_token=bot_token.strip(), signing_secrets=secrets, api_url=api_url or PUBLIC_API
        )
