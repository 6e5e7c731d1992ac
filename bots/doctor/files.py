"""Files: their directory can be written to, or their bucket answers."""

import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from bots.doctor.databases import Databases
from bots.doctor.report import Finding, broken, ok
from core.errors import ConfigurationError, UnavailableError

FILES = "Files"
CURE = "set FILES_URL to a directory of the bot's own (file:///path), or to a bucket (s3://name)"
BUCKET = "start what serves the bucket, or set FILES_URL to where it is"


async def look_at_files(databases: Databases) -> AsyncGenerator[Finding, None]:
    """Open what FILES_URL names. A directory that nobody asked for is made with its first file.

    Without one nobody can teach the bot from files.
    """
    url = databases.settings.files_url
    if url is None:
        yield _own(databases.settings.data_dir.absolute() / "files")
        return
    from adapters.stores.files.address import check_address, open_contents
    from bots.stores import credentials_of

    try:
        place = check_address(url)
        async with open_contents(url, credentials_of(databases.settings)):
            yield ok(FILES, f"kept in {place.scheme}://{place.netloc}{place.path}")
    except ConfigurationError as error:
        yield broken(FILES, str(error), cure=CURE)
    except UnavailableError as error:
        yield broken(FILES, str(error), cure=BUCKET)


def _own(directory: Path) -> Finding:
    """In the data directory. Nothing is left there by trying."""
    there = next(one for one in (directory, *directory.parents) if one.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            state = "kept" if there == directory else "will be kept"
            return ok(FILES, f"{state} in {directory}")
    except OSError as error:
        found = f"cannot be kept in {directory}: {there} cannot be written to ({error.strerror})"
        return broken(FILES, found, cure=CURE)
