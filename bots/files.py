"""`trialogue files`: what people handed over, for admins."""

import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar
from uuid import UUID

import click

from bots.options import database_options, settings_for
from bots.parts import Part
from bots.place import Place, organization_option, run_in
from core.accounts import Resource
from core.errors import UserError
from core.usage.reports import amount

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from asyncpg import Pool, Record

    from core.files import KeepFiles
    from core.ports.files import StoredFile

Result = TypeVar("Result")

PAGE = 500
OUTPUT = "-"

id_argument = click.argument("file_id", metavar="ID", type=click.UUID)


@click.group()
def files() -> None:
    """List, fetch or delete the files that people handed over."""


@files.command(name="list")
@organization_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@database_options
def list_files(*, as_json: bool, **where: Any) -> None:
    """List the files of an organization, the oldest first."""
    found = _with_files(Place(**where), _all)
    if as_json:
        click.echo(json.dumps([_object(file) for file in found], ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(map(_line, found)) or "There are no files.")


@files.command()
@id_argument
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Where to write it, - is the output; its own name in this directory if not given.",
)
@organization_option
@database_options
def fetch(*, file_id: UUID, target: Path | None, **where: Any) -> None:
    """Copy a file out. Nothing that is there is overwritten."""

    async def copy(files: "KeepFiles", organization_id: UUID) -> Path:
        file = await files.find(organization_id, file_id)
        if file is None:
            raise UserError(_unknown(file_id))
        path = target or Path(file.name)
        await _copy(files, file, path)
        return path

    path = _with_files(Place(**where), copy)
    if str(path) != OUTPUT:
        click.echo(f"Written to {path}.")


@files.command()
@id_argument
@organization_option
@database_options
def delete(*, file_id: UUID, **where: Any) -> None:
    """Delete a file, and give its sender back what it took."""

    async def remove(files: "KeepFiles", organization_id: UUID) -> bool:
        return await files.delete(organization_id, file_id)

    if not _with_files(Place(**where), remove):
        raise UserError(_unknown(file_id))
    click.echo(f"{file_id} is deleted.")


def _with_files(place: Place, work: Callable[["KeepFiles", UUID], Awaitable[Result]]) -> Result:
    """Run something on the files of an organization."""

    async def use(pool: "Pool[Record]", organization_id: UUID) -> Result:
        from adapters.stores.postgres.connection import Database
        from bots.stores import open_files

        settings = settings_for(place.data_dir, needed={Part.FILES})
        async with open_files(settings, Database(pool=pool)) as files:
            return await work(files, organization_id)

    return run_in(place, use)


async def _all(files: "KeepFiles", organization_id: UUID) -> "Sequence[StoredFile]":
    found = list(page := await files.list(organization_id, PAGE))
    while len(page) == PAGE:
        page = await files.list(organization_id, PAGE, after=page[-1].id)
        found += page
    return found


async def _copy(files: "KeepFiles", file: "StoredFile", path: Path) -> None:
    from core.ports.files import LostFileError

    if str(path) == OUTPUT:
        await _write(files, file, sys.stdout.buffer)
        return
    try:
        with _new_file(path) as output:
            await _write(files, file, output)
    except LostFileError as error:
        raise UserError(f"The content of {file.name} is lost: delete the file.") from error
    except FileExistsError as error:
        raise UserError(f"{path} is there already: say --to another name.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is there when all of it was written."""
    with path.open("xb") as output:
        try:
            yield output
        except BaseException:
            path.unlink()
            raise


async def _write(files: "KeepFiles", file: "StoredFile", output: BinaryIO) -> None:
    async for part in files.read(file):
        output.write(part)
    output.flush()


def _unknown(file_id: UUID) -> str:
    return f"There is no file {file_id}: `trialogue files list` shows those that there are."


def _line(file: "StoredFile") -> str:
    size = amount(Resource.STORAGE, file.size).removesuffix(" of storage")
    until = f"until {file.expires_at:%Y-%m-%d}" if file.expires_at else "for good"
    return f"{file.id}  {size:>10}  {until:16}  {file.name}"


def _object(file: "StoredFile") -> dict[str, object]:
    return {
        "id": str(file.id),
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256.hex(),
        "user_id": str(file.user_id),
        "kept_at": file.kept_at.isoformat(),
        "expires_at": file.expires_at.isoformat() if file.expires_at else None,
    }
