"""A CQL engine that asks for a login, over connections that are encrypted."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from cassandra.cluster import NoHostAvailable

from adapters.stores.scylla.config import Limits, ScyllaAddress
from adapters.stores.scylla.connection import Connection
from adapters.stores.scylla.migrate import migrate
from bots.doctor.scylla import look_at_scylla
from tests.cassandra import MissingError
from tests.cql import own_cassandra
from tests.stores.engines import PATIENT, connected, scylla_threads
from tests.stores.test_scylla import YESTERDAY
from tests.stores.test_threads import conversation

USER = PASSWORD = "cassandra"  # of a new node
LOGIN_WITHIN = 90.0
SOON = Limits(connect=timedelta(seconds=2))
SECURE = """
authenticator: PasswordAuthenticator
client_encryption_options:
  enabled: true
  optional: false
  keystore: {keystore}
  keystore_password: hunter2x
  store_type: PKCS12
"""


@pytest.fixture(scope="module")
def secure() -> Iterator[ScyllaAddress]:
    """How to reach a node with a certificate of its own."""
    try:
        with own_cassandra() as node:
            keystore, certificate = make_certificate(node.directory)
            node.more = SECURE.format(keystore=keystore)
            node.start()
            address = ScyllaAddress(
                hosts=("127.0.0.1",),
                port=node.port,
                keyspace="trialogue",
                user=USER,
                password=PASSWORD,
                tls=True,
                authority=str(certificate),
            )
            migrate_soon(address)
            yield address
    except MissingError as error:
        pytest.skip(f"{error}: a node with a certificate is needed")


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """A key store for the node, and its certificate for those who trust it."""
    keystore, certificate = directory / "keystore.p12", directory / "certificate.pem"
    keytool = shutil.which("keytool")
    if keytool is None:
        raise MissingError("keytool is not installed")
    store = [f"-keystore={keystore}", "-storetype=PKCS12", "-storepass=hunter2x"]
    flags = [part for one in store for part in one.split("=", 1)]
    subject = ["-dname", "CN=node", "-ext", "san=ip:127.0.0.1", "-ext", "bc:c=ca:true"]
    for command in (
        ["-genkeypair", "-alias", "node", "-keyalg", "EC", "-validity", "2", *subject],
        ["-exportcert", "-alias", "node", "-rfc", "-file", str(certificate)],
    ):
        subprocess.run([keytool, *command, *flags], check=True, capture_output=True)
    return keystore, certificate


def migrate_soon(address: ScyllaAddress) -> None:
    """A new node makes its first login in the background."""
    deadline = monotonic() + LOGIN_WITHIN
    while True:
        try:
            migrate(address)
        except NoHostAvailable:
            if monotonic() > deadline:
                raise
        else:
            return


async def state_of(address: ScyllaAddress, limits: Limits = SOON) -> str:
    connection = Connection(address=address, limits=limits)
    async with asyncio.timeout(120), connection.running():
        return connection.state


async def test_turns_are_kept_over_an_encrypted_connection(secure: ScyllaAddress) -> None:
    async with connected(secure) as connection:
        conversation_id, turns = conversation(2, start=YESTERDAY)
        await scylla_threads(connection).append(turns)
        assert await scylla_threads(connection).history(conversation_id, limit=9) == turns


async def test_a_wrong_password_is_told_from_a_server_that_is_away(secure: ScyllaAddress) -> None:
    assert (
        await state_of(replace(secure, password="wrong"), PATIENT) == "down: the login is refused"
    )


async def test_doctor_says_so_as_well(secure: ScyllaAddress) -> None:
    [finding] = [one async for one in look_at_scylla(replace(secure, password="wrong"))]
    assert finding.found == f"refuses the login at {secure.place}"
    assert "SCYLLA_PASSWORD" in finding.cure


async def test_no_login_is_told_too(secure: ScyllaAddress) -> None:
    assert (await state_of(replace(secure, user=None))).startswith("down: ")


async def test_a_certificate_that_nobody_knows_is_refused(secure: ScyllaAddress) -> None:
    assert (await state_of(replace(secure, authority=None))).startswith("down: ")


async def test_an_unencrypted_connection_ends_soon(secure: ScyllaAddress) -> None:
    assert (await state_of(replace(secure, tls=False))).startswith("down: ")
