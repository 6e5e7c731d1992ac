"""Which databases a command works on: those that are configured, or embedded ones."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from pydantic import SecretStr

from bots.settings import Settings
from core.errors import ConfigurationError

POSTGRES, REDIS = "PostgreSQL", "Redis"
POSTGRES_OWNER = "PostgreSQL owner"
VARIABLES = {POSTGRES: "POSTGRES_HOST (or POSTGRES_DSN)", REDIS: "REDIS_HOST (or REDIS_URL)"}


@asynccontextmanager
async def databases(
    settings: Settings,
    *,
    embedded: bool,
    attach: bool = True,
    needed: Collection[str] = (POSTGRES, REDIS),
) -> AsyncIterator[Settings]:
    """The settings with the address of every database that is needed.

    With `embedded` those that are not configured are started in the data directory, or attached to
    where they already run; without `attach` that is refused.
    """
    missing = _missing(settings, needed)
    if not missing:
        yield settings
    elif not embedded:
        cures = " and ".join(VARIABLES[name] for name in missing)
        raise ConfigurationError(
            f"No address of {' or '.join(missing)} is set. Either add --embedded, which runs what"
            f" is missing in {settings.data_dir}, or set {cures}."
        )
    else:
        async with _embedded(settings, missing, attach=attach) as complete:
            yield complete


def _missing(settings: Settings, needed: Collection[str]) -> Sequence[str]:
    addresses = {POSTGRES: settings.postgres_dsn, REDIS: settings.redis_url}
    return [name for name, address in addresses.items() if address is None and name in needed]


@asynccontextmanager
async def _embedded(
    settings: Settings, missing: Collection[str], *, attach: bool
) -> AsyncIterator[Settings]:
    from bots.embedded import embedded, usable_data_dir

    data_dir = usable_data_dir(settings.data_dir)
    postgres, valkey = POSTGRES in missing, REDIS in missing
    async with embedded(data_dir, postgres=postgres, valkey=valkey, attach=attach) as addresses:
        found = {
            "postgres_dsn": addresses.postgres_dsn,
            "postgres_owner_dsn": addresses.postgres_owner_dsn,
            "redis_url": addresses.redis_url,
        }
        known = {name: SecretStr(address) for name, address in found.items() if address}
        yield settings.model_copy(update=known)
