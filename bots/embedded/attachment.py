"""One owner for a data directory; everyone else attaches to what it runs."""

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg
import structlog

from bots.embedded.addresses import Addresses
from bots.embedded.directory import PRIVATE_FILE, Directory
from bots.embedded.valkey import answers
from core.errors import ConfigurationError

POLL_SECONDS = 0.05
ATTACH_SECONDS = 150  # as long as the owner may take to start
DRAIN_SECONDS = 30
ANSWER_SECONDS = 5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerLock:
    """The right to run the databases of a directory. A crash lets go of it."""

    descriptor: int

    def take(self) -> bool:
        """Be the owner from now on; false when another process is."""
        if not _try_lock(self.descriptor):
            return False
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(os.getpid()).encode(), 0)
        return True


@contextmanager
def owner_lock(directory: Directory) -> Iterator[OwnerLock]:
    """The lock of a directory, not taken yet; let go of at the end."""
    with _lock_file(directory, "owner.lock") as descriptor:
        yield OwnerLock(descriptor=descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guests:
    """Those who are attached, counted by a lock that they share."""

    descriptor: int

    def join(self) -> bool:
        """Be one of them; false while the owner is leaving."""
        return _try_lock(self.descriptor, fcntl.LOCK_SH)

    async def gone(self) -> None:
        """Wait until nobody is attached; from then on nobody can join."""
        if _try_lock(self.descriptor):
            return
        log.info("embedded_in_use", reason="another command is attached; waiting until it is done")
        while not _try_lock(self.descriptor):  # noqa: ASYNC110 - held by other processes
            await asyncio.sleep(POLL_SECONDS)


@contextmanager
def guests_lock(directory: Directory) -> Iterator[Guests]:
    """The lock that the attached share."""
    with _lock_file(directory, "guests.lock") as descriptor:
        yield Guests(descriptor=descriptor)


@asynccontextmanager
async def servers_lock(directory: Directory) -> AsyncIterator[int]:
    """A descriptor for the servers to inherit: it is locked until the last of them has ended.

    Waits for those of an owner that was killed a moment ago.
    """
    with _lock_file(directory, "servers.lock") as descriptor:
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while not _try_lock(descriptor):  # noqa: ASYNC110 - held by other processes
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise ConfigurationError(
                f"Databases of an earlier run in {directory.path} have not ended after "
                f"{DRAIN_SECONDS} s: end their processes (postgres, valkey-server), then try again."
            ) from None
        yield descriptor


def refusal(directory: Directory) -> ConfigurationError:
    """What a second owner is told."""
    owner = (directory.path / "owner.lock").read_text(encoding="utf-8").strip()
    return ConfigurationError(
        f"Trialogue is already running on {directory.path} (process {owner or 'unknown'}): "
        "stop it first, or name another directory with --data-dir."
    )


@contextmanager
def published(directory: Directory, addresses: Addresses) -> Iterator[None]:
    """Say how to reach what runs, while it runs."""
    directory.write(directory.running, json.dumps(asdict(addresses)))
    try:
        yield
    finally:
        directory.running.unlink(missing_ok=True)


def read_addresses(directory: Path) -> Addresses | None:
    """What the owner has published, None when nothing is."""
    try:
        text = (directory / "running.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return Addresses(**json.loads(text))


async def owner_addresses(
    directory: Directory, lock: OwnerLock, guests: Guests
) -> Addresses | None:
    """How to reach the owner's databases, once they answer; None when we are the owner now."""
    try:
        async with asyncio.timeout(ATTACH_SECONDS):
            while not lock.take():
                addresses = read_addresses(directory.path) if guests.join() else None
                if addresses is not None and await _answer(addresses):
                    return addresses
                await asyncio.sleep(POLL_SECONDS)
            return None
    except TimeoutError:
        raise ConfigurationError(
            f"Trialogue runs on {directory.path}, but its databases do not answer: "
            f"see {directory.logs}."
        ) from None


def chosen(
    addresses: Addresses, directory: Directory, *, postgres: bool, valkey: bool
) -> Addresses:
    """Of what the owner runs only what is wanted; all of that must be there."""
    for wanted, there, setting in (
        (postgres, addresses.postgres_dsn, "POSTGRES_DSN"),
        (valkey, addresses.redis_url, "REDIS_URL"),
    ):
        if wanted and not there:
            raise ConfigurationError(
                f"The bot that runs on {directory.path} uses a server of its own: "
                f"set {setting} here as it is set there."
            )
    return Addresses(
        postgres_owner_dsn=addresses.postgres_owner_dsn if postgres else "",
        postgres_dsn=addresses.postgres_dsn if postgres else "",
        redis_url=addresses.redis_url if valkey else "",
    )


async def _answer(addresses: Addresses) -> bool:
    """Whether what is published answers: the file of a killed owner may still lie there."""
    if addresses.redis_url and not await answers(addresses.redis_url):
        return False
    if addresses.postgres_dsn:
        try:
            connection = await asyncpg.connect(addresses.postgres_dsn, timeout=ANSWER_SECONDS)
            await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
    return True


@contextmanager
def _lock_file(directory: Directory, name: str) -> Iterator[int]:
    path = directory.path / name
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        directory.claim(path)
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
