"""`trialogue files`: admins see, fetch and delete what people handed over."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from bots.clock import new_id
from bots.embedded import Addresses
from bots.settings import Settings, read_settings
from bots.stores import open_files
from core.errors import ConfigurationError
from core.files import KeepFiles
from core.ports.files import NewFile, StoredFile
from tests.bots.commands import trialogue
from tests.stores.people import add_person, open_owner


@pytest.fixture
def settings(addresses: Addresses, tmp_path: Path) -> Settings:
    return read_settings(
        postgres_dsn=addresses.postgres_dsn, files_url=(tmp_path / "files").as_uri()
    )


@asynccontextmanager
async def opened(addresses: Addresses, settings: Settings) -> AsyncIterator[KeepFiles]:
    async with (
        open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as pool,
        open_files(settings, Database(pool=pool)) as files,
    ):
        yield files


async def put(addresses: Addresses, settings: Settings, name: str, content: bytes) -> StoredFile:
    async def parts() -> AsyncIterator[bytes]:
        yield content

    async with open_owner(addresses) as owner, opened(addresses, settings) as files:
        ada = await add_person(owner)
        lifetime = timedelta(days=30)
        new = NewFile(id=new_id(), holder=ada, name=name, limit=1000, lifetime=lifetime)
        return await files.put(new, parts())


def run(addresses: Addresses, settings: Settings, *arguments: str, cwd: Path) -> tuple[int, str]:
    environment = {"POSTGRES_DSN": addresses.postgres_dsn, "FILES_URL": settings.files_url or ""}
    done = trialogue(cwd, "files", *arguments, **environment)
    return done.returncode, done.stdout + done.stderr


async def test_files_are_listed_fetched_and_deleted(
    addresses: Addresses, settings: Settings, tmp_path: Path
) -> None:
    assert run(addresses, settings, "list", cwd=tmp_path) == (0, "There are no files.\n")
    file = await put(addresses, settings, "../figures.csv", b"a,b\n1,2\n")

    code, listed = run(addresses, settings, "list", cwd=tmp_path)
    assert code == 0
    assert "figures.csv" in listed
    [shown] = json.loads(run(addresses, settings, "list", "--json", cwd=tmp_path)[1])
    assert shown["id"] == str(file.id)
    assert (shown["size"], shown["content_type"]) == (8, "text/csv")

    fetched = run(addresses, settings, "fetch", str(file.id), cwd=tmp_path)
    assert fetched == (0, "Written to figures.csv.\n")
    assert (tmp_path / "figures.csv").read_bytes() == b"a,b\n1,2\n"
    code, said = run(addresses, settings, "fetch", str(file.id), cwd=tmp_path)
    assert (code, "--to another name" in said) == (1, True)
    output = run(addresses, settings, "fetch", str(file.id), "--to", "-", cwd=tmp_path)
    assert output == (0, "a,b\n1,2\n")

    deleted = run(addresses, settings, "delete", str(file.id), cwd=tmp_path)
    assert deleted == (0, f"{file.id} is deleted.\n")
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    code, said = run(addresses, settings, "delete", str(file.id), cwd=tmp_path)
    assert (code, "There is no file" in said) == (1, True)


async def test_a_lost_content_is_told_and_leaves_no_file(
    addresses: Addresses, settings: Settings, tmp_path: Path
) -> None:
    file = await put(addresses, settings, "a.txt", b"words")
    [content] = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    content.unlink()
    code, said = run(addresses, settings, "fetch", str(file.id), cwd=tmp_path)
    assert (code, "is lost" in said) == (1, True)
    assert not (tmp_path / "a.txt").exists()
    assert run(addresses, settings, "delete", str(file.id), cwd=tmp_path)[0] == 0


def test_what_is_no_id_is_misuse(tmp_path: Path) -> None:
    done = trialogue(tmp_path, "files", "fetch", "../../etc/passwd")
    assert done.returncode == 2


async def test_without_a_setting_files_are_in_the_data_directory(
    addresses: Addresses, tmp_path: Path
) -> None:
    settings = read_settings(postgres_dsn=addresses.postgres_dsn, data_dir=tmp_path / "data")
    async with opened(addresses, settings) as files:
        assert await files.find(uuid4(), uuid4()) is None
    assert not (tmp_path / "data").exists()
    await put(addresses, settings, "a.txt", b"words")
    assert len([path for path in (tmp_path / "data/files").rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("url", ["relative/path", "s3://user:hunter2@bucket"])
def test_an_address_that_cannot_be_right_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ConfigurationError, match="FILES_URL") as caught:
        read_settings(files_url=url)
    assert "hunter2" not in str(caught.value)


async def test_a_bucket_that_does_not_answer_is_waited_for_and_named(
    addresses: Addresses, tmp_path: Path
) -> None:
    done = trialogue(
        tmp_path,
        "files",
        "list",
        POSTGRES_DSN=addresses.postgres_dsn,
        FILES_URL="s3://trialogue-files?endpoint=http://127.0.0.1:9",
        AWS_ACCESS_KEY_ID="AKIATEST",
        AWS_SECRET_ACCESS_KEY="hunter2-hunter2",
        DATABASE_WAIT="1",
    )
    assert done.returncode == 1
    assert "FILES_URL" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
