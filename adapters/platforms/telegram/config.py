"""The settings of a Telegram bot."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import ConfigurationError

PUBLIC_API = "https://api.telegram.org"
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramConfig:
    """One bot. `ConfigurationError` names the setting that cannot be right.

    With `webhook_secrets` and `public_url` Telegram sends its updates there: it is told the first
    secret, and all of them are good. `limits`: whether to keep Telegram's rates by ourselves; None
    means at its public address.
    """

    token: str = field(repr=False)
    api_url: str = PUBLIC_API
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    public_url: str | None = None
    limits: bool | None = None

    def __post_init__(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise ConfigurationError(
                "TELEGRAM_BOT_TOKEN must look like 123456789:AA..., as BotFather shows it."
            )
        address = urlsplit(self.api_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ConfigurationError(f"TELEGRAM_API_URL must be an address such as {PUBLIC_API}.")
        if not all(map(SECRET.fullmatch, self.webhook_secrets)):
            raise ConfigurationError(
                "TELEGRAM_WEBHOOK_SECRET takes 1 to 256 of the characters A-Z, a-z, 0-9, _ and -;"
                " a comma separates the new one from the old one, which stays good meanwhile."
            )
        object.__setattr__(self, "api_url", self.api_url.rstrip("/"))
        if self.public_url is not None:
            object.__setattr__(self, "public_url", self.public_url.rstrip("/"))

    @property
    def base_url(self) -> str:
        """Where the methods are, secret: the token is a part of it."""
        return f"{self.api_url}/bot{self.token}/"

    @property
    def has_webhook(self) -> bool:
        """Whether updates are sent to us instead of polled."""
        return bool(self.webhook_secrets and self.public_url)

    @property
    def webhook_path(self) -> str:
        """Where this bot's updates arrive; its id is public, its token is not in it."""
        return f"/telegram/{self.token.partition(':')[0]}"

    @property
    def keeps_limits(self) -> bool:
        """Whether to keep Telegram's rates by ourselves."""
        return self.api_url == PUBLIC_API if self.limits is None else self.limits
