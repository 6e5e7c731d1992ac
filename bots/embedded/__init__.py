"""PostgreSQL and Valkey without installing either: real servers from wheels, run by us."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import structlog

from bots.embedded.addresses import Addresses
from bots.embedded.attachment import (
    chosen,
    guests_lock,
    owner_addresses,
    owner_lock,
    published,
    read_addresses,
    refusal,
    servers_lock,
)
from bots.embedded.binaries import postgres_programs, valkey_program
from bots.embedded.directory import Directory, open_directory, usable_data_dir
from bots.embedded.passwords import passwords_of
from bots.embedded.place import Place
from bots.embedded.postgres import Postgres
from bots.embedded.server import Server
from bots.embedded.sockets import socket_directory
from bots.embedded.supervisor import supervised
from bots.embedded.valkey import Valkey

__all__ = ["Addresses", "embedded", "read_addresses", "usable_data_dir"]

log = structlog.get_logger()


@asynccontextmanager
async def embedded(
    data_dir: Path, *, postgres: bool = True, valkey: bool = True, attach: bool = True
) -> AsyncIterator[Addresses]:
    """Start the databases in a directory, or attach when their owner already runs there.

    Without `attach` a running owner is refused. A database that is not wanted is not started, and
    its address is empty. Raises ConfigurationError, whose text says what to do. Call it on the main
    thread's loop: on Linux the servers end with the thread that started them.
    """
    if not (postgres or valkey):
        yield Addresses()
        return
    directory = open_directory(data_dir)
    with owner_lock(directory) as lock, guests_lock(directory) as guests:
        if not attach and not lock.take():
            raise refusal(directory)
        if addresses := await owner_addresses(directory, lock, guests):
            log.info("embedded_attached", data_dir=str(directory.path))
            yield chosen(addresses, directory, postgres=postgres, valkey=valkey)
            return
        async with _owned(directory, postgres=postgres, valkey=valkey) as addresses:
            yield addresses
            if attach:  # a command whose databases another command uses by now
                await guests.gone()


@asynccontextmanager
async def _owned(directory: Directory, *, postgres: bool, valkey: bool) -> AsyncIterator[Addresses]:
    """The databases, run by this process; the owner's lock is held."""
    started = time.monotonic()
    directory.running.unlink(missing_ok=True)
    async with servers_lock(directory) as lock:
        with socket_directory(directory) as sockets:
            passwords = passwords_of(directory)
            place = Place(directory=directory, passwords=passwords, sockets=sockets, lock=lock)
            addresses, servers = await _prepare(place, postgres=postgres, valkey=valkey)
            async with supervised(servers):
                with published(directory, addresses):
                    log.info(
                        "embedded_started",
                        data_dir=str(directory.path),
                        servers=[server.program.name for server in servers],
                        duration_ms=round((time.monotonic() - started) * 1000),
                    )
                    yield addresses


async def _prepare(
    place: Place, *, postgres: bool, valkey: bool
) -> tuple[Addresses, Sequence[Server]]:
    """What to start, and where it will answer; makes what is missing."""
    addresses, servers = Addresses(), list[Server]()
    if valkey:
        store = Valkey(place=place, program=await valkey_program(place.directory))
        servers.append(store.server())
        addresses = replace(addresses, redis_url=store.url)
    if postgres:
        cluster = Postgres(place=place, programs=await postgres_programs(place.directory))
        servers.append(await cluster.server())
        addresses = replace(
            addresses, postgres_owner_dsn=cluster.owner_dsn, postgres_dsn=cluster.app_dsn
        )
    return addresses, servers
