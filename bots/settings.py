"""Everything that is configured: environment variables and the file `.env`, read once."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, unquote, urlencode

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.platforms.discord.config import PUBLIC_API as DISCORD_API
from adapters.platforms.slack.config import PUBLIC_API as SLACK_API
from adapters.platforms.telegram.config import PUBLIC_API as TELEGRAM_API
from adapters.stores.scylla.config import KEYSPACE, ScyllaAddress
from bots.parts import Part, part_of
from bots.setting_checks import CHECKS
from core.accounts import Access
from core.errors import ConfigurationError

TRUE = ("1", "true", "t", "yes", "y", "on")  # as pydantic reads it
LOGIN = re.compile(r"://[^:/?#]*:(.*)@")


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _strip(value: object) -> object:
    """A token pasted with its line end is the same token."""
    return value.strip() if isinstance(value, str) else value


PERSON_RATE = 20

Port = Annotated[int, Field(ge=1, le=65535)]
Text = Annotated[str, BeforeValidator(_strip)]
Secret = Annotated[SecretStr, BeforeValidator(_strip)]
SslMode = Annotated[
    Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
    BeforeValidator(_lower),
]


class UnusableError(ConfigurationError):
    """Settings of these parts cannot be used: the text says which and how they are mended."""

    def __init__(self, text: str, *parts: Part) -> None:
        super().__init__(text)
        self.parts = frozenset(parts)


class Settings(BaseSettings):
    """The settings by the names of their variables, in lower case.

    `postgres_dsn` and `redis_url` are filled from the single variables (POSTGRES_HOST, ...) unless
    they are set themselves; None means that no such database is configured. An empty variable
    counts as not set, and unknown ones are ignored. Times are in seconds, memory is in megabytes,
    `person_rate` is in questions a minute. HTTP is served on this machine only unless HTTP_HOST
    says otherwise (0.0.0.0 in a container). SCYLLA_HOST is a host or several, separated by commas;
    without it PostgreSQL keeps the turns too. SCYLLA_TLS_CA is the file of the authority that
    signed the servers' certificates, where the system does not know it.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        frozen=True,
    )

    postgres_host: str | None = None
    postgres_port: Port = 5432
    postgres_db: str = "trialogue"
    postgres_user: str = "trialogue"
    postgres_password: Secret | None = None
    postgres_sslmode: SslMode | None = None
    postgres_sslrootcert: Text | None = None
    postgres_dsn: Secret | None = None
    postgres_owner_dsn: Secret | None = None
    postgres_read_dsn: Secret | None = None

    redis_host: str | None = None
    redis_port: Port = 6379
    redis_db: Annotated[int, Field(ge=0)] = 0
    redis_user: Text | None = None
    redis_password: Secret | None = None
    redis_tls: bool = False
    redis_tls_ca: Text | None = None
    redis_url: Secret | None = None
    redis_cache_url: Secret | None = None
    cache_memory: Annotated[int, Field(ge=1)] = 64

    scylla_host: Text | None = None
    scylla_port: Port = 9042
    scylla_keyspace: Annotated[Text, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,47}$")] = KEYSPACE
    scylla_datacenter: Text | None = None
    scylla_user: Text | None = None
    scylla_password: Secret | None = None
    scylla_tls: bool = False
    scylla_tls_ca: Path | None = None

    files_url: Text | None = None
    aws_access_key_id: Text | None = None
    aws_secret_access_key: Secret | None = None
    aws_session_token: Secret | None = None
    aws_default_region: Text | None = None

    completer_model: Text | None = None
    completer_use: Annotated[Literal["unsure", "always"], BeforeValidator(_lower)] = "unsure"
    completer_timeout: Annotated[float, Field(ge=1, le=60)] = 15.0
    openai_base_url: Text | None = None
    openai_api_key: Secret | None = None

    secret_key: Secret | None = None
    access: Annotated[Access, BeforeValidator(_lower)] = Access.MEMBERS
    person_rate: Annotated[int, Field(ge=0, le=10_000)] | None = None
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = (
        "INFO"
    )
    log_format: Annotated[Literal["auto", "json", "text"], BeforeValidator(_lower)] = "auto"
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    public_url: Text | None = None
    data_dir: Path = Path(".trialogue")
    semantic_model: Path | None = None
    database_wait: Annotated[float, Field(ge=0)] = 60.0
    replica_timeout: Annotated[float, Field(ge=1)] = 6.0

    slack_bot_token: Secret | None = None
    slack_app_token: Secret | None = None
    slack_signing_secret: Secret | None = None
    slack_api_url: Text = SLACK_API
    slack_limits: bool | None = None
    discord_token: Secret | None = None
    discord_api_url: Text = DISCORD_API
    discord_gateway_url: Text | None = None
    discord_application_id: Text | None = None
    discord_public_key: Text | None = None
    telegram_bot_token: Secret | None = None
    telegram_api_url: Text = TELEGRAM_API
    telegram_webhook_secret: Secret | None = None
    telegram_limits: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _addresses(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Make one address out of the single variables."""
        if not values.get("postgres_dsn") and values.get("postgres_host"):
            values = {**values, "postgres_dsn": _postgres_dsn(values)}
        if not values.get("redis_url") and values.get("redis_host"):
            values = {**values, "redis_url": _redis_url(values)}
        return values

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        """Refuse what cannot work, by name and with its cure."""
        for check, part in CHECKS.items():
            try:
                check(self)
            except ConfigurationError as error:
                raise UnusableError(str(error), part) from None
        return self

    @property
    def scylla(self) -> ScyllaAddress | None:
        """How to reach ScyllaDB, None where there is none."""
        if self.scylla_host is None:
            return None
        password = self.scylla_password
        return ScyllaAddress(
            hosts=tuple(host.strip() for host in self.scylla_host.split(",")),
            port=self.scylla_port,
            keyspace=self.scylla_keyspace,
            datacenter=self.scylla_datacenter,
            user=self.scylla_user,
            password=password.get_secret_value() if password else None,
            tls=self.scylla_tls,
            authority=str(self.scylla_tls_ca) if self.scylla_tls_ca else None,
        )

    @property
    def questions_a_minute(self) -> int:
        """How often a person may ask, 0 for as often as they like.

        Unless it is set it holds for the platforms themselves, as their own limits do.
        """
        if self.person_rate is not None:
            return self.person_rate
        real = (
            self.slack_bot_token and self.slack_api_url == SLACK_API,
            self.discord_token and self.discord_api_url == DISCORD_API,
            self.telegram_bot_token and self.telegram_api_url == TELEGRAM_API,
        )
        return PERSON_RATE if any(real) else 0

    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set, and those inside of others, for the log to leave out."""
        fields = (getattr(self, name) for name in type(self).model_fields)
        values = [field.get_secret_value() for field in fields if isinstance(field, SecretStr)]
        return tuple(part for value in values for part in _parts(value))


def read_settings(needed: Collection[Part] = tuple(Part), /, **given: Any) -> Settings:
    """Read the settings; what is given by name wins. `ConfigurationError` says what to mend.

    A part that is not needed and cannot be used counts as not set.
    """
    while True:
        try:
            return _read(given)
        except UnusableError as error:
            if not error.parts.isdisjoint(needed) or _is_left_out(error.parts, given):
                raise
            given |= _defaults(error.parts)


def _is_left_out(parts: Collection[Part], given: Mapping[str, Any]) -> bool:
    return _defaults(parts).keys() <= given.keys()


def _defaults(parts: Collection[Part]) -> dict[str, Any]:
    fields = Settings.model_fields.items()
    return {name: field.default for name, field in fields if part_of(name) in parts}


def _read(given: Mapping[str, Any]) -> Settings:
    try:
        return Settings(**given)
    except ValidationError as error:
        names = [str(problem["loc"][0]) for problem in error.errors() if problem["loc"]]
        # The chain is cut: pydantic's own text can quote what was in the variable.
        raise UnusableError(_sentence(error), *map(part_of, names)) from None
    except UnicodeDecodeError:
        raise ConfigurationError("The file .env is not UTF-8 text: save it as UTF-8.") from None
    except OSError as error:
        raise ConfigurationError(f"The file .env cannot be read: {error.strerror}.") from None


def check_platforms(settings: Settings) -> None:
    """Refuse what no platform can be connected with; other commands do without."""
    if settings.slack_app_token and not settings.slack_bot_token:
        raise ConfigurationError(
            "SLACK_APP_TOKEN is set but SLACK_BOT_TOKEN is not: copy the Bot User OAuth Token from"
            " your Slack app's page, OAuth & Permissions."
        )
    ways_in = settings.slack_app_token or settings.slack_signing_secret
    if settings.slack_bot_token and not ways_in:
        raise ConfigurationError(
            "SLACK_BOT_TOKEN is set but SLACK_SIGNING_SECRET is not: copy the Signing Secret from"
            " your Slack app's page, Basic Information, so that its events can be verified; or set"
            " SLACK_APP_TOKEN to use Socket Mode, where Slack needs no address of this bot."
        )


def _parts(secret: str) -> Iterator[str]:
    """A secret, the keys of a list of them, or the password of an address."""
    yield secret
    if "://" not in secret:
        yield from (part.strip() for part in secret.split(",") if part.strip() != secret)
    elif (found := LOGIN.search(secret)) and found[1]:
        yield from {found[1], unquote(found[1])}


def _sentence(error: ValidationError) -> str:
    parts = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        name = str(problem["loc"][0]).upper() if problem["loc"] else "The settings"
        message = problem["msg"]
        parts.append(f"{name} is not usable: {message[:1].lower()}{message[1:]}.")
    return " ".join(parts)


def _given(values: Mapping[str, Any], name: str) -> str:
    """The text of a variable, or of its default."""
    value = values.get(name)
    if value in (None, ""):
        value = Settings.model_fields[name].default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return "" if value is None else str(value).strip()


def _postgres_dsn(values: Mapping[str, Any]) -> str:
    """The address in libpq's form. A host with a slash is the directory of a socket."""
    host, port = _given(values, "postgres_host"), _given(values, "postgres_port")
    password = _given(values, "postgres_password")
    login = quote(_given(values, "postgres_user"), safe="")
    login += f":{quote(password, safe='')}" if password else ""
    query = {}
    if sslmode := _given(values, "postgres_sslmode"):
        query["sslmode"] = sslmode.lower()
    if authority := _given(values, "postgres_sslrootcert"):
        query["sslrootcert"] = authority
    if host.startswith("/"):
        query |= {"host": host, "port": port}
        place = ""
    else:
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    database = quote(_given(values, "postgres_db"), safe="")
    return f"postgresql://{login}@{place}/{database}" + (f"?{urlencode(query)}" if query else "")


def _redis_url(values: Mapping[str, Any]) -> str:
    host = _given(values, "redis_host")
    place = f"[{host}]" if ":" in host else host
    password = _given(values, "redis_password")
    login = quote(_given(values, "redis_user"), safe="")
    login += f":{quote(password, safe='')}" if password else ""
    authority = _given(values, "redis_tls_ca")
    encrypts = authority or _given(values, "redis_tls").lower() in TRUE
    query = f"?{urlencode({'ssl_ca_certs': authority})}" if authority else ""
    return (
        f"redis{'s' if encrypts else ''}://{login}{'@' if login else ''}{place}"
        f":{_given(values, 'redis_port')}/{_given(values, 'redis_db')}{query}"
    )
