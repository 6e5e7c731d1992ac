"""Contents of files: what a directory and a bucket both promise."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from adapters.stores.files.address import check_address, open_contents
from adapters.stores.files.directory import UNFINISHED
from bots.clock import new_id
from core.errors import ConfigurationError, UnavailableError
from core.ports.files import FileContents, LostFileError
from tests.databases import REPOSITORY
from tests.stores.s3 import KEYS, PREFIX, S3, running_s3

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store of contents, and how to see what is really in it."""

    contents: FileContents
    names: Callable[[], Sequence[str]]


@asynccontextmanager
async def directory(root: Path) -> AsyncIterator[Place]:
    def names() -> Sequence[str]:
        return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]

    async with open_contents(root.as_uri()) as contents:
        yield Place(contents=contents, names=names)


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    yield from running_s3()


@pytest.fixture
def mortal() -> Iterator[S3]:
    """A server of the test's own, to kill."""
    yield from running_s3()


@pytest.fixture(params=["directory", "bucket"])
async def place(request: pytest.FixtureRequest, tmp_path: Path, s3: S3) -> AsyncIterator[Place]:
    if request.param == "directory":
        async with directory(tmp_path / "files") as place:
            yield place
    else:
        bucket = s3.bucket()
        async with open_contents(bucket.url, KEYS) as contents:
            yield Place(contents=contents, names=bucket.keys)


async def parts(*content: bytes) -> AsyncIterator[bytes]:
    for part in content:
        await asyncio.sleep(0)
        yield part


async def read(place: Place, content: UUID) -> bytes:
    return b"".join([part async for part in place.contents.read(content)])


async def test_what_was_written_is_read(place: Place) -> None:
    content, other = new_id(), new_id()
    await place.contents.write(content, parts(b"one ", b"", b"two"))
    await place.contents.write(other, parts(b"three"))
    assert await read(place, content) == b"one two"
    assert await read(place, other) == b"three"
    assert len(place.names()) == 2


@pytest.mark.parametrize("content", [(), (b"",)])
async def test_an_empty_content_is_one(place: Place, content: tuple[bytes, ...]) -> None:
    name = new_id()
    await place.contents.write(name, parts(*content))
    assert await read(place, name) == b""


@pytest.mark.parametrize("size", [8 * MEGABYTE, 8 * MEGABYTE + 1, 21 * MEGABYTE + 7])
async def test_a_large_content_is_whole(place: Place, size: int) -> None:
    name, block = new_id(), os.urandom(MEGABYTE)
    blocks = [block] * (size // MEGABYTE) + [block[: size % MEGABYTE]]
    await place.contents.write(name, parts(*blocks))
    assert await read(place, name) == b"".join(blocks)


@pytest.mark.parametrize("written", [1, 20])
async def test_a_content_that_breaks_off_leaves_nothing(place: Place, written: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        for _ in range(written):
            yield bytes(MEGABYTE)
        raise RuntimeError("the sender is gone")

    name = new_id()
    with pytest.raises(RuntimeError):
        await place.contents.write(name, broken())
    assert place.names() == []
    with pytest.raises(LostFileError):
        await read(place, name)


async def test_a_cancelled_write_leaves_nothing(place: Place) -> None:
    waiting = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(MEGABYTE)
        waiting.set()
        await asyncio.sleep(60)

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(place.contents.write(new_id(), slow()))
        await waiting.wait()
        writing.cancel()
    assert place.names() == []


async def test_what_is_missing_is_lost_and_deleting_it_is_no_error(place: Place) -> None:
    name = new_id()
    with pytest.raises(LostFileError):
        await read(place, name)
    await place.contents.delete(name)
    await place.contents.write(name, parts(b"here"))
    for _ in range(2):
        await place.contents.delete(name)
    with pytest.raises(LostFileError):
        await read(place, name)
    assert place.names() == []


async def test_many_are_written_at_once(place: Place) -> None:
    names = {new_id(): os.urandom(1000) for _ in range(40)}
    async with asyncio.TaskGroup() as tasks:
        for name, content in names.items():
            tasks.create_task(place.contents.write(name, parts(content[:300], content[300:])))
    assert {name: await read(place, name) for name in names} == names


# A directory


async def test_files_are_ours_alone_and_spread_over_folders(tmp_path: Path) -> None:
    root = tmp_path / "files"
    async with directory(root) as place:
        content = new_id()
        await place.contents.write(content, parts(b"x"))
        [name] = place.names()
    assert name == f"contents/{content.hex[-2:]}/{content.hex[-4:-2]}/{content.hex}"
    path = root / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(one.stat().st_mode) for one in (root, *path.parents[:3])} == {0o700}
    assert list((root / UNFINISHED).iterdir()) == []


FULL = """
import asyncio, resource, sys
from pathlib import Path
from adapters.stores.files.address import open_contents
from bots.clock import new_id
from core.errors import UnavailableError

async def main():
    async with open_contents(Path(sys.argv[1]).as_uri()) as contents:
        resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, resource.RLIM_INFINITY))
        async def parts():
            for _ in range(40):
                yield bytes(100_000)
        try:
            await contents.write(new_id(), parts())
        except UnavailableError as error:
            print("refused:", error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        await contents.write(content := new_id(), parts())
        print(sum([len(part) async for part in contents.read(content)]))

asyncio.run(main())
"""


async def test_a_full_disk_is_told_leaves_nothing_and_may_have_room_again(
    tmp_path: Path,
) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FULL, str(tmp_path), cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    output, _ = await child.communicate()
    assert child.returncode == 0
    assert output.decode().split("\n")[:2] == [
        "refused: the directory of files: EFBIG",
        "4000000",
    ]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


async def test_a_directory_that_cannot_be_used_is_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ConfigurationError, match="Set FILES_URL"):
        async with open_contents((tmp_path / "taken" / "files").as_uri()):
            pass


# A bucket


async def test_a_bucket_that_goes_away_is_unavailable_until_it_is_back(mortal: S3) -> None:
    bucket = mortal.bucket()
    async with open_contents(bucket.url, KEYS) as contents:
        place = Place(contents=contents, names=bucket.keys)
        await contents.write(name := new_id(), parts(b"before"))
        mortal.kill()
        for work in (
            read(place, name),
            contents.write(new_id(), parts(b"meanwhile")),
            contents.write(new_id(), parts(bytes(9 * MEGABYTE))),
            contents.delete(name),
        ):
            with pytest.raises(UnavailableError):
                await work
        mortal.start()
        mortal.bucket(bucket.name)
        await contents.write(name, parts(b"after"))
        assert await read(place, name) == b"after"


async def test_a_bucket_that_breaks_off_in_the_middle_is_unavailable(mortal: S3) -> None:
    async def until_it_dies() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield bytes(MEGABYTE)
        mortal.kill()
        for _ in range(9):
            yield bytes(MEGABYTE)

    async with open_contents(mortal.bucket().url, KEYS) as contents:
        with pytest.raises(UnavailableError):
            await contents.write(new_id(), until_it_dies())


async def test_what_a_killed_upload_left_is_deleted_by_name(s3: S3) -> None:
    content, bucket, client = new_id(), s3.bucket(), s3.client()
    where = {
        "Bucket": bucket.name,
        "Key": f"{PREFIX}/{content.hex[-2:]}/{content.hex[-4:-2]}/{content.hex}",
    }
    begun = client.create_multipart_upload(**where)
    client.upload_part(**where, UploadId=begun["UploadId"], PartNumber=1, Body=bytes(5 * MEGABYTE))
    assert bucket.keys() == [where["Key"]]
    async with open_contents(bucket.url, KEYS) as contents:
        await contents.delete(content)
    assert bucket.keys() == []


async def test_a_bucket_that_is_not_there_is_refused_with_the_cure(s3: S3) -> None:
    with pytest.raises(ConfigurationError, match="create it first"):
        async with open_contents(f"s3://another-one?endpoint={s3.endpoint}", KEYS):
            pass


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/var/files",
        "file://host/path",
        "file:///",
        "s3://",
        "s3://bucket?endpoint=ftp://x",
        "s3://bucket?nothing",
        "s3://bucket?key=secret",
        "gs://bucket",
        "s3://[bucket",
        "file:///x?endpoint=http://y",
    ],
)
def test_what_is_no_address_of_files_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="FILES_URL"):
        check_address(url)


@pytest.mark.parametrize(
    "url", ["s3://key:hidden@bucket/x", "s3://bucket?endpoint=https://key:hidden@s3.example.org"]
)
def test_a_login_in_the_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError, match="AWS_ACCESS_KEY_ID") as caught:
        check_address(url)
    assert "hidden" not in str(caught.value)
