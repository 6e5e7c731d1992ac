"""The settings of a Discord bot."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import ConfigurationError

PUBLIC_API = "https://discord.com/api/v10"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordConfig:
    """One bot. `ConfigurationError` names the setting that cannot be right.

    With another `api_url` and no `gateway_url` the API is asked for the gateway's address.
    """

    token: str = field(repr=False)
    api_url: str = PUBLIC_API
    gateway_url: str | None = None

    def __post_init__(self) -> None:
        if not self.token or not (self.token.isascii() and self.token.isprintable()):
            raise ConfigurationError(
                "DISCORD_TOKEN must be the bot's token from the Developer Portal."
            )
        object.__setattr__(self, "api_url", (self.api_url or PUBLIC_API).rstrip("/"))
        address = urlsplit(self.api_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ConfigurationError("DISCORD_API_URL must be an address such as " + PUBLIC_API)
        if self.gateway_url and urlsplit(self.gateway_url).scheme not in {"ws", "wss"}:
            raise ConfigurationError("DISCORD_GATEWAY_URL must begin with ws:// or wss://")

    @property
    def redirected(self) -> bool:
        """Whether this bot talks to something else than Discord itself."""
        return self.api_url != PUBLIC_API or bool(self.gateway_url)
