"""The settings of a Discord bot."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import ConfigurationError

PUBLIC_API = "https://discord.com/api/v10"
PUBLIC_KEY = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordConfig:
    """One bot. `ConfigurationError` names the setting that cannot be right.

    With a `public_key`, in hexadecimal, interactions are taken by HTTP too. The `application_id` is
    asked for where it is not set. With another `api_url` and no `gateway_url` the API is asked for
    the gateway's address.
    """

    token: str = field(repr=False)
    api_url: str = PUBLIC_API
    gateway_url: str | None = None
    application_id: str | None = None
    public_key: str | None = None

    def __post_init__(self) -> None:
        if not self.token or not (self.token.isascii() and self.token.isprintable()):
            raise ConfigurationError(
                "DISCORD_TOKEN must be the bot's token from the Developer Portal."
            )
        object.__setattr__(self, "api_url", (self.api_url or PUBLIC_API).rstrip("/"))
        address = urlsplit(self.api_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ConfigurationError(f"DISCORD_API_URL must be an address such as {PUBLIC_API}.")
        if self.gateway_url and urlsplit(self.gateway_url).scheme not in {"ws", "wss"}:
            raise ConfigurationError("DISCORD_GATEWAY_URL must begin with ws:// or wss://.")
        if self.application_id and not self.application_id.isdecimal():
            raise ConfigurationError(
                "DISCORD_APPLICATION_ID must be the number from the Developer Portal."
            )
        if self.public_key and not PUBLIC_KEY.fullmatch(self.public_key):
            raise ConfigurationError(
                "DISCORD_PUBLIC_KEY must be the 64 characters from the Developer Portal."
            )

    @property
    def redirected(self) -> bool:
        """Whether this bot talks to something else than Discord itself."""
        return self.api_url != PUBLIC_API or bool(self.gateway_url)
