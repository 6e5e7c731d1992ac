"""The settings of a Courier account."""

from dataclasses import dataclass, field

from core.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierConfig:
    """One bot. `ConfigurationError` names the setting that cannot be right."""

    token: str = field(repr=False)
    api_url: str

    def __post_init__(self) -> None:
        if not self.token or not (self.token.isascii() and self.token.isprintable()):
            raise ConfigurationError("COURIER_TOKEN must be the token from your Courier account.")
        if not self.api_url.startswith(("https://", "http://")):
            raise ConfigurationError("COURIER_API_URL must be an address such as https://…")
