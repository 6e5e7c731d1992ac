"""The settings of a Telegram bot."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import ConfigurationError

PUBLIC_API = "https://api.telegram.org"
TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramConfig:
    """One bot. `ConfigurationError` names the setting that cannot be right."""

    token: str = field(repr=False)
    api_url: str = PUBLIC_API

    def __post_init__(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise ConfigurationError(
                "TELEGRAM_BOT_TOKEN must look like 123456789:AA..., as BotFather shows it."
            )
        address = urlsplit(self.api_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ConfigurationError(f"TELEGRAM_API_URL must be an address such as {PUBLIC_API}")
        object.__setattr__(self, "api_url", self.api_url.rstrip("/"))

    @property
    def base_url(self) -> str:
        """Where the methods are, secret: the token is a part of it."""
        return f"{self.api_url}/bot{self.token}/"
