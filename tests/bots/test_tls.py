"""Connections are encrypted, and to nobody whose certificate another authority signed."""

import shutil
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from bots.embedded import Addresses
from bots.settings import Settings, read_settings
from bots.stores import open_postgres, open_redis
from core.errors import UserError
from tests.bots.tls import Certificate, encrypted
from tests.ports import free_port

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes them")


def settings_for(addresses: Addresses, *, port: int, authority: Path, wait: float = 60) -> Settings:
    """The settings of a deployment by parts, as an environment has them."""
    postgres, redis = urlsplit(addresses.postgres_dsn), urlsplit(addresses.redis_url)
    return read_settings(
        _env_file=None,
        postgres_host="localhost",
        postgres_port=port,
        postgres_user=postgres.username,
        postgres_password=unquote(postgres.password or ""),
        postgres_db=postgres.path.removeprefix("/"),
        postgres_sslmode="verify-full",
        postgres_sslrootcert=str(authority),
        redis_host="localhost",
        redis_port=port,
        redis_password=unquote(redis.password or ""),
        redis_tls="true",
        redis_tls_ca=str(authority),
        database_wait=wait,
    )


async def test_postgresql_is_proven_by_its_authority(addresses: Addresses, tmp_path: Path) -> None:
    ours, other = (Certificate.make(tmp_path, name) for name in ("ours", "other"))
    query = parse_qs(urlsplit(addresses.postgres_dsn).query)
    socket = f"{query['host'][0]}/.s.PGSQL.{query.get('port', ['5432'])[0]}"
    port = free_port()
    async with encrypted(ours, socket, port, asks=True):
        settings = settings_for(addresses, port=port, authority=ours.file)
        async with open_postgres(settings) as pool:
            assert await pool.fetchval("SELECT current_user") == "trialogue_bot"
        settings = settings_for(addresses, port=port, authority=other.file, wait=2)
        with pytest.raises(UserError, match=r"(?i)certificate"):
            async with open_postgres(settings):
                pytest.fail("another authority signed it")


async def test_redis_is_proven_by_its_authority(addresses: Addresses, tmp_path: Path) -> None:
    ours, other = (Certificate.make(tmp_path, name) for name in ("ours", "other"))
    port = free_port()
    async with encrypted(ours, urlsplit(addresses.redis_url).path, port):
        settings = settings_for(addresses, port=port, authority=ours.file)
        async with open_redis(settings) as redis:
            await redis.set("proven", "yes")
        settings = settings_for(addresses, port=port, authority=other.file, wait=2)
        with pytest.raises(UserError, match=r"(?i)certificate"):
            async with open_redis(settings):
                pytest.fail("another authority signed it")


def test_an_authority_that_is_not_there_is_said(addresses: Addresses, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="POSTGRES_SSLROOTCERT names a file that is not there"):
        settings_for(addresses, port=1, authority=tmp_path / "gone.pem")
