"""What of the settings cannot work: each is refused by name and with its cure."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.stores.files.address import check_address
from bots.parts import Part
from core.errors import ConfigurationError

if TYPE_CHECKING:
    from bots.settings import Settings

PLACEHOLDER = re.compile(
    r"(?:your|my|the)[-_ ].*|.*[-_ ]here|.*change[-_ ]?(?:me|this|it).*|<.*>|\$\{.*\}|x{3,}|\.{3,}"
    r"|secret(?:[-_ ]?key)?|placeholder|example|todo|none|null|test|password|replace[-_ ]?me.*",
    re.IGNORECASE,
)
HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")  # or IPv6


def _check_secret_key(settings: "Settings") -> None:
    if settings.secret_key is None:
        return
    for key in settings.secret_key.get_secret_value().split(","):
        if not key.strip() or PLACEHOLDER.fullmatch(key.strip()):
            raise ConfigurationError(
                "SECRET_KEY still holds a placeholder: set it to a random text of your own, for"
                " example the output of `openssl rand -hex 32`, or leave it out."
            )


def _check_public_url(settings: "Settings") -> None:
    if settings.public_url and not settings.public_url.startswith(("https://", "http://")):
        raise ConfigurationError("PUBLIC_URL must be an address such as https://bot.example.org.")


def _check_postgres(settings: "Settings") -> None:
    for name in ("postgres_dsn", "postgres_owner_dsn", "postgres_read_dsn"):
        _check_scheme(settings, name, ("postgresql://", "postgres://"))
    _check_authority(settings, "postgres_sslrootcert")


def _check_redis(settings: "Settings") -> None:
    for name in ("redis_url", "redis_cache_url"):
        _check_scheme(settings, name, ("redis://", "rediss://", "unix://"))
    _check_authority(settings, "redis_tls_ca")


def _check_scheme(settings: "Settings", name: str, allowed: tuple[str, ...]) -> None:
    address = getattr(settings, name)
    if address and not address.get_secret_value().startswith(allowed):
        raise ConfigurationError(f"{name.upper()} must begin with {' or '.join(allowed)}.")


def _check_authority(settings: "Settings", name: str) -> None:
    file = getattr(settings, name)
    if file and not Path(file).is_file():
        raise ConfigurationError(f"{name.upper()} names a file that is not there: {file}.")


def _check_files(settings: "Settings") -> None:
    if settings.files_url:
        check_address(settings.files_url)


def _check_completer(settings: "Settings") -> None:
    if settings.openai_base_url and not settings.openai_base_url.startswith(
        ("https://", "http://")
    ):
        raise ConfigurationError(
            "OPENAI_BASE_URL must be an address such as http://127.0.0.1:11434/v1."
        )
    if settings.completer_model and not (settings.openai_api_key or settings.openai_base_url):
        raise ConfigurationError(
            "COMPLETER_MODEL is set but OPENAI_API_KEY is not: set it to a key of OpenAI's, or set"
            " OPENAI_BASE_URL to the address of another server."
        )


def _check_scylla(settings: "Settings") -> None:
    if settings.scylla is None:
        return
    if not all(HOST.fullmatch(host) for host in settings.scylla.hosts):
        raise ConfigurationError(
            "SCYLLA_HOST must be a host or several, separated by commas, without scheme and port:"
            " the port is SCYLLA_PORT."
        )
    if settings.scylla_password and not settings.scylla_user:
        raise ConfigurationError("SCYLLA_PASSWORD is set but SCYLLA_USER is not: set both.")
    if settings.scylla_tls_ca and not settings.scylla_tls_ca.is_file():
        raise ConfigurationError(
            f"SCYLLA_TLS_CA names a file that is not there: {settings.scylla_tls_ca}."
        )


CHECKS: Mapping[Callable[["Settings"], None], Part] = {
    _check_secret_key: Part.SERVICE,
    _check_public_url: Part.SERVICE,
    _check_postgres: Part.POSTGRES,
    _check_redis: Part.REDIS,
    _check_scylla: Part.SCYLLA,
    _check_files: Part.FILES,
    _check_completer: Part.COMPLETER,
}
"""Each raises `ConfigurationError` where settings of a part do not go together."""
