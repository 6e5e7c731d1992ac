"""Files: their content, what is known of them and what they are charged never part for long."""

import asyncio
import hashlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.stores.files.address import open_contents
from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.files import PostgresFileRecords
from adapters.stores.postgres.recovery import PostgresRecovery
from bots.clock import new_id
from bots.embedded import Addresses
from core.accounts import Account, Resource
from core.errors import UnavailableError
from core.files import KeepFiles
from core.ports.files import LostFileError, NewFile, NoRoomError, StoredFile, TooLargeError
from core.ports.ledger import NOBODY, Organization
from tests.databases import REPOSITORY
from tests.stores.crashing_files import SIZE
from tests.stores.people import Owner, add_person, open_owner, set_pool
from tests.stores.s3 import KEYS, S3, running_s3
from tests.stores.test_ledger import agree

ROOM = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Files as one replica has them, and what is behind them."""

    files: KeepFiles
    owner: Owner
    dsn: str
    url: str
    contents: Callable[[], Sequence[str]]
    ada: Account

    def new(self, **changes: object) -> NewFile:
        """A file of Ada's."""
        file = NewFile(id=new_id(), holder=self.ada, name="a.txt", limit=1000, lifetime=None)
        return replace(file, **changes)  # type: ignore[arg-type] # fields by name

    async def used(self, user: UUID | None = None) -> object:
        """Bytes that somebody is charged with, Ada if it is not said."""
        return await self.owner.one(
            "SELECT coalesce(sum(used), 0)::bigint FROM quotas"
            " WHERE user_id = $1 AND resource_type = 'storage'",
            user or self.ada.user_id,
        )

    async def rows(self) -> object:
        return await self.owner.one("SELECT count(*) FROM files")

    async def read(self, file: StoredFile) -> bytes:
        return b"".join([part async for part in self.files.read(file)])

    async def later(self, hours: int) -> None:
        """Let time pass for files and reservations."""
        for table, column in (
            ("files", "due_at"),
            ("files", "expires_at"),
            ("files", "started_at"),
            ("usage_records", "expires_at"),
        ):
            await self.owner.run(
                f"UPDATE {table} SET {column} = {column} - make_interval(hours => $1)", hours
            )


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    yield from running_s3()


@pytest.fixture
def mortal() -> Iterator[S3]:
    yield from running_s3()


@pytest.fixture(params=["directory", "bucket"])
def where(
    request: pytest.FixtureRequest, tmp_path: Path
) -> tuple[str, Callable[[], Sequence[str]]]:
    """The address of an empty store of contents, and what is in it."""
    if request.param == "bucket":
        bucket = request.getfixturevalue("s3").bucket()
        return bucket.url, bucket.keys
    root = tmp_path / "files"
    return root.as_uri(), lambda: [str(path) for path in root.rglob("*") if path.is_file()]


@pytest.fixture
async def world(
    addresses: Addresses, where: tuple[str, Callable[[], Sequence[str]]]
) -> AsyncIterator[World]:
    url, contents = where
    async with (
        open_owner(addresses) as owner,
        open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as pool,
        open_contents(url, KEYS) as store,
    ):
        records = PostgresFileRecords(database=Database(pool=pool))
        yield World(
            files=KeepFiles(records=records, contents=store, new_id=new_id),
            owner=owner,
            dsn=addresses.postgres_dsn,
            url=url,
            contents=contents,
            ada=await add_person(owner, plan="enterprise", limits={"storage": ROOM}),
        )
        await agree(owner)


async def parts(*content: bytes) -> AsyncIterator[bytes]:
    for part in content:
        await asyncio.sleep(0)
        yield part


async def test_a_file_is_kept_and_charged_with_its_size(world: World) -> None:
    new = world.new(name="../../etc/Müller\x00 \u202egnp.csv", lifetime=timedelta(days=30))
    stored = await world.files.put(new, parts(b"a,b\n", b"1,2\n"))

    assert await world.files.find(world.ada.organization_id, new.id) == stored
    assert await world.read(stored) == b"a,b\n1,2\n"
    assert (stored.name, stored.content_type, stored.size) == ("Müller gnp.csv", "text/csv", 8)
    assert stored.sha256 == hashlib.sha256(b"a,b\n1,2\n").digest()
    assert stored.user_id == world.ada.user_id
    assert stored.expires_at is not None
    assert stored.expires_at - stored.kept_at == timedelta(days=30)
    assert await world.used() == 8
    assert len(world.contents()) == 1


async def test_the_limit_is_reserved_while_the_file_comes(world: World) -> None:
    seen: list[object] = []

    async def watched() -> AsyncIterator[bytes]:
        seen.append(await world.used())
        yield b"four"

    await world.files.put(world.new(limit=5000), watched())
    assert (seen, await world.used()) == ([5000], 4)


async def test_an_empty_file_is_kept_and_costs_nothing(world: World) -> None:
    stored = await world.files.put(world.new(), parts())
    assert (stored.size, await world.read(stored), await world.used()) == (0, b"", 0)


async def test_deleting_gives_back_and_leaves_nothing(world: World) -> None:
    await set_pool(world.owner, Resource.STORAGE, ROOM)
    stored = await world.files.put(world.new(), parts(b"12345678"))
    assert (await world.used(), await world.used(NOBODY)) == (8, 8)
    organization = world.ada.organization_id

    assert await world.files.delete(organization, stored.id)
    assert not await world.files.delete(organization, stored.id)
    assert await world.files.find(organization, stored.id) is None
    with pytest.raises(LostFileError):
        await world.read(stored)
    assert (await world.used(), await world.used(NOBODY), await world.rows()) == (0, 0, 0)
    assert world.contents() == []


async def test_what_is_larger_than_its_limit_is_refused_at_once(world: World) -> None:
    read: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            read.append(600)
            yield bytes(600)

    with pytest.raises(TooLargeError, match=r"The file a\.txt is larger than 900 bytes: send"):
        await world.files.put(world.new(limit=900), endless())
    assert len(read) == 2
    assert (await world.used(), await world.rows(), world.contents()) == (0, 0, [])


async def test_a_file_of_exactly_its_limit_is_kept(world: World) -> None:
    stored = await world.files.put(world.new(limit=4), parts(b"12", b"34"))
    assert stored.size == 4


async def test_a_sender_that_breaks_off_leaves_nothing(world: World) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"some"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await world.files.put(world.new(), broken())
    assert (await world.used(), await world.rows(), world.contents()) == (0, 0, [])


async def test_who_is_cancelled_leaves_nothing(world: World) -> None:
    waiting = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"some"
        waiting.set()
        await asyncio.sleep(60)

    async with asyncio.TaskGroup() as tasks:
        putting = tasks.create_task(world.files.put(world.new(), slow()))
        await waiting.wait()
        putting.cancel()
    assert (await world.used(), await world.rows(), world.contents()) == (0, 0, [])


async def test_no_room_is_told_with_what_is_left(world: World) -> None:
    await world.files.put(world.new(limit=ROOM), parts(bytes(1024)))
    with pytest.raises(NoRoomError, match=r"no room for a\.txt: it takes 19\.1 MB, and 19"):
        await world.files.put(world.new(limit=ROOM), parts(b"x"))
    assert (await world.used(), await world.rows()) == (1024, 1)


async def test_many_at_once_never_take_more_than_there_is(world: World) -> None:
    async def put() -> bool:
        try:
            await world.files.put(world.new(limit=ROOM // 5), parts(bytes(ROOM // 5)))
        except NoRoomError:
            return False
        return True

    async with asyncio.TaskGroup() as tasks:
        puts = [tasks.create_task(put()) for _ in range(12)]
    assert sum(one.result() for one in puts) == 5
    assert (await world.used(), await world.rows(), len(world.contents())) == (ROOM, 5, 5)


async def test_the_same_id_again_is_the_same_file(world: World) -> None:
    new = world.new()
    first = await world.files.put(new, parts(b"first"))

    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("nobody asked for it")
        yield b""

    assert await world.files.put(new, unread()) == first
    assert (await world.used(), len(world.contents())) == (5, 1)


async def test_the_same_id_at_once_keeps_one_of_them_whole(world: World) -> None:
    new = world.new()
    async with asyncio.TaskGroup() as tasks:
        puts = [
            tasks.create_task(world.files.put(new, parts(letter * 50, letter * 50)))
            for letter in (b"a", b"b", b"c", b"d")
        ]
    [kept] = {one.result() for one in puts}
    assert await world.read(kept) in {letter * 100 for letter in (b"a", b"b", b"c", b"d")}
    assert (await world.used(), await world.rows(), len(world.contents())) == (100, 1, 1)


async def test_the_same_id_in_two_organizations_are_two_files(world: World) -> None:
    theirs = await world.owner.one(
        "INSERT INTO organizations (name) VALUES ('theirs') RETURNING id"
    )
    assert isinstance(theirs, UUID)
    await world.owner.run("INSERT INTO organization_pools VALUES ($1, 'storage', 1000)", theirs)
    ours = world.new()
    other = replace(ours, holder=Organization(organization_id=theirs))
    first = await world.files.put(ours, parts(b"ours"))
    second = await world.files.put(other, parts(b"theirs"))

    assert await world.files.find(world.ada.organization_id, ours.id) == first
    assert await world.files.find(theirs, ours.id) == second
    assert await world.files.list(theirs, 10) == [second]
    async with open_pool(world.dsn, role=APPLICATION_ROLE, size=1) as pool:
        database = Database(pool=pool)
        assert await database.fetch("SELECT 1 FROM files") == []
        [seen] = await database.fetch_in(theirs, "SELECT organization_id FROM files")
        assert seen["organization_id"] == theirs
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.fetch_in(theirs, "DELETE FROM files")
    assert await world.read(second) == b"theirs"
    assert not await world.files.delete(uuid4(), ours.id)
    assert await world.files.delete(theirs, ours.id)
    assert await world.read(first) == b"ours"


async def test_files_are_listed_by_page(world: World) -> None:
    stored = [await world.files.put(world.new(), parts(b"x")) for _ in range(5)]
    organization = world.ada.organization_id
    first = await world.files.list(organization, 3)
    assert first == stored[:3]
    assert await world.files.list(organization, 3, after=first[-1].id) == stored[3:]
    assert await world.files.list(uuid4(), 3) == []


async def test_what_is_past_its_time_is_gone_and_given_back_by_the_sweep(world: World) -> None:
    new = world.new(lifetime=timedelta(days=1))
    stored = await world.files.put(new, parts(b"short-lived"))
    lasting = await world.files.put(world.new(), parts(b"long"))
    assert await world.files.sweep() == 0
    await world.later(hours=25)

    organization = world.ada.organization_id
    assert await world.files.find(organization, stored.id) is None
    assert await world.files.list(organization, 10) != []
    assert not await world.files.delete(organization, stored.id)
    assert await world.files.sweep() == 1
    assert await world.files.sweep() == 0
    assert (await world.used(), await world.rows(), len(world.contents())) == (4, 1, 1)
    assert await world.read(lasting) == b"long"


async def test_an_id_whose_time_is_over_can_be_used_again(world: World) -> None:
    new = world.new(lifetime=timedelta(hours=1))
    await world.files.put(new, parts(b"before"))
    await world.later(hours=2)
    again = await world.files.put(new, parts(b"after!!"))
    assert await world.read(again) == b"after!!"
    assert await world.used() == 7
    await world.files.sweep()
    assert (await world.rows(), len(world.contents())) == (1, 1)


async def test_many_expired_files_are_swept_in_batches_by_two_at_once(world: World) -> None:
    await world.owner.run(
        "INSERT INTO files (content, id, organization_id, user_id, name, state, kept_at, size,"
        " sha256, content_type, charged_period, due_at, expires_at)"
        " SELECT gen_random_uuid(), gen_random_uuid(), $1, $2, 'a', 'kept', now(), 0,"
        " sha256(''), 'text/plain', now(), now(), now() FROM generate_series(1, 450)",
        world.ada.organization_id,
        world.ada.user_id,
    )
    async with asyncio.TaskGroup() as tasks:
        sweeps = [tasks.create_task(world.files.sweep()) for _ in range(2)]
    assert sum(one.result() for one in sweeps) == 450
    assert await world.rows() == 0


async def crash(world: World, point: str, file_id: UUID) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.stores.crashing_files", point, world.dsn, world.url),
        *(str(one) for one in (world.ada.organization_id, world.ada.user_id, file_id)),
        cwd=REPOSITORY,
    )
    assert await child.wait() == -signal.SIGKILL


@pytest.mark.parametrize("point", ["begun", "writing", "written"])
async def test_a_crash_before_the_file_is_kept_leaves_nothing_within_hours(
    world: World, point: str
) -> None:
    file_id = new_id()
    await crash(world, point, file_id)
    assert await world.files.find(world.ada.organization_id, file_id) is None
    assert await world.used() == SIZE
    assert await world.files.sweep() == 0  # it may be under way yet

    await world.later(hours=3)
    assert await world.files.sweep() == 1
    assert (await world.used(), world.contents()) == (0, [])
    await world.later(hours=13)
    assert await world.files.sweep() == 1  # once more, for one that was only stopped
    assert await world.rows() == 0


@pytest.mark.parametrize("point", ["begun", "written"])
async def test_after_a_crash_the_same_file_is_put_at_once(world: World, point: str) -> None:
    file_id = new_id()
    await crash(world, point, file_id)
    stored = await world.files.put(world.new(id=file_id), parts(b"again"))
    assert await world.read(stored) == b"again"
    for hours in (3, 13):
        await world.later(hours)
        await world.files.sweep()
    assert (await world.used(), await world.rows(), len(world.contents())) == (5, 1, 1)


async def test_a_crash_after_the_file_is_kept_loses_nothing(world: World) -> None:
    file_id = new_id()
    await crash(world, "kept", file_id)
    stored = await world.files.find(world.ada.organization_id, file_id)
    assert stored is not None
    assert len(await world.read(stored)) == stored.size == await world.used() == SIZE
    await world.later(hours=100)
    assert await world.files.sweep() == 0


@pytest.mark.parametrize("point", ["removed", "deleted"])
async def test_a_crash_while_deleting_is_finished_by_the_sweep(world: World, point: str) -> None:
    stored = await world.files.put(world.new(), parts(b"to go"))
    await crash(world, point, stored.id)
    assert await world.files.find(world.ada.organization_id, stored.id) is None
    assert await world.used() == 0
    await world.later(hours=1)
    assert await world.files.sweep() == 1
    assert (await world.rows(), world.contents()) == (0, [])


async def test_a_crash_while_sweeping_is_finished_by_the_next_sweep(world: World) -> None:
    stored = await world.files.put(world.new(lifetime=timedelta(hours=1)), parts(b"to go"))
    await world.later(hours=2)
    await crash(world, "due", stored.id)
    assert (await world.used(), len(world.contents())) == (0, 1)
    assert await world.files.sweep() == 0  # taken by the one that died, for ten minutes
    await world.later(hours=1)
    assert await world.files.sweep() == 1
    assert (await world.rows(), world.contents()) == (0, [])


async def test_an_upload_that_was_taken_back_meanwhile_is_not_kept(world: World) -> None:
    """The process was stopped for hours, and goes on as if nothing had been."""

    async def stopped() -> AsyncIterator[bytes]:
        yield b"before, "
        await world.later(hours=3)
        assert await world.files.sweep() == 1
        yield b"and after"

    new = world.new()
    with pytest.raises(UnavailableError):
        await world.files.put(new, stopped())
    assert await world.files.find(world.ada.organization_id, new.id) is None
    assert await world.used() == 0
    assert world.contents() == []
    await world.later(hours=13)
    await world.files.sweep()
    assert await world.rows() == 0


async def test_the_ledgers_own_sweep_and_ours_give_back_once(world: World) -> None:
    await crash(world, "written", new_id())
    await world.later(hours=30)
    recovery = PostgresRecovery(
        database=world.files.records.database,  # type: ignore[attr-defined] # it is PostgreSQL's
        replica=new_id(),
        timeout=timedelta(seconds=1),
    )
    assert await recovery.refund_expired(10) == 1
    assert await world.files.sweep() == 1
    assert (await world.used(), world.contents()) == (0, [])


async def test_a_bucket_that_is_away_costs_nothing_and_is_swept_when_it_is_back(
    addresses: Addresses, mortal: S3
) -> None:
    bucket = mortal.bucket()
    async with (
        open_owner(addresses) as owner,
        open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as pool,
        open_contents(bucket.url, KEYS) as store,
    ):
        records = PostgresFileRecords(database=Database(pool=pool))
        files = KeepFiles(records=records, contents=store, new_id=new_id)
        ada = await add_person(owner, plan="enterprise", limits={"storage": ROOM})
        world = World(
            files=files, owner=owner, dsn="", url=bucket.url, contents=bucket.keys, ada=ada
        )
        stored = await files.put(world.new(), parts(b"before"))
        mortal.kill()

        with pytest.raises(UnavailableError):
            await files.put(world.new(), parts(b"meanwhile"))
        assert await world.used() == 6
        with pytest.raises(UnavailableError):
            await world.read(stored)
        assert await files.delete(ada.organization_id, stored.id)
        assert await world.used() == 0
        await world.later(hours=1)
        assert await files.sweep() == 0
        assert await world.rows() == 2

        mortal.start()
        mortal.bucket(bucket.name)
        await world.later(hours=1)
        assert await files.sweep() == 2
        again = await files.put(world.new(), parts(b"back"))
        assert await world.read(again) == b"back"
        assert (await world.rows(), len(bucket.keys())) == (1, 1)
        await agree(owner)
