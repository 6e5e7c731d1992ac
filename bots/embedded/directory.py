"""The data directory: who owns what in it, and whether the databases' user can get there."""

import os
import pwd
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.errors import ConfigurationError

SYSTEM_DIRECTORY = Path("/var/lib/trialogue")
PRIVATE = 0o700
PRIVATE_FILE = 0o600
ENTERED_BY_GROUP = 0o710
UNPRIVILEGED = "nobody"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The unprivileged user that the databases run as; uid -1 is ourselves."""

    uid: int = -1
    gid: int = -1

    def may_enter(self, path: Path) -> bool:
        """Whether the mode bits of one directory let this user through."""
        if self.uid < 0:
            return os.access(path, os.X_OK)
        status = path.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        bit = stat.S_IXGRP if status.st_gid == self.gid else stat.S_IXOTH
        return bool(status.st_mode & bit)

    def reaches(self, path: Path) -> bool:
        """Whether every directory above a path that exists lets this user through."""
        return all(self.may_enter(above) for above in path.parents if above.exists())


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The data directory. What the databases write belongs to `user`, the rest to its owner."""

    path: Path
    user: User

    @property
    def postgres(self) -> Path:
        """PostgreSQL's cluster."""
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's append-only file."""
        return self.path / "valkey"

    @property
    def logs(self) -> Path:
        """One log file a server."""
        return self.path / "logs"

    @property
    def passwords(self) -> Path:
        """The passwords that the databases were made with."""
        return self.path / "passwords.json"

    @property
    def running(self) -> Path:
        """How to reach the databases; there while they run."""
        return self.path / "running.json"

    def give(self, path: Path) -> None:
        """Hand a file or directory to the databases' user."""
        if self.user.uid >= 0:
            os.chown(path, self.user.uid, self.user.gid, follow_symlinks=False)

    def make_private(self, path: Path) -> Path:
        """A directory that only the databases' user (and root) can enter."""
        path.mkdir(mode=PRIVATE, exist_ok=True)
        path.chmod(PRIVATE)
        self.give(path)
        return path

    def write(self, path: Path, text: str) -> None:
        """Replace a small file at once, readable by the directory's owner alone."""
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        self.claim(fresh)
        fresh.replace(path)

    def claim(self, path: Path) -> None:
        """Give what root made to the directory's owner, who may start the bot next time."""
        if os.geteuid() == 0:
            owner = self.path.stat()
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def usable_data_dir(wanted: Path, *, as_root: Path = SYSTEM_DIRECTORY) -> Path:
    """The directory as an absolute path; `as_root`, where the databases cannot go to it.

    PostgreSQL refuses to run as root, and its user is kept out of a home that is closed to others.
    """
    path = wanted.expanduser().resolve()
    if user_for(path).reaches(path):
        return path
    log.warning(
        "embedded_data_dir_moved",
        wanted=str(path),
        used=str(as_root),
        reason="PostgreSQL does not run as root, and its user cannot enter the directory wanted",
    )
    return as_root


def open_directory(wanted: Path) -> Directory:
    """Make the data directory ready for use; raises ConfigurationError when it cannot be."""
    path = wanted.expanduser().resolve()
    user = user_for(path)
    directory = Directory(path=path, user=user)
    try:
        path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        _let_in(path, user)
        directory.logs.mkdir(mode=PRIVATE, exist_ok=True)
        directory.claim(directory.logs)
    except OSError as error:
        raise ConfigurationError(
            f"The data directory {path} cannot be used ({error.strerror}): "
            "name one that you may write to with --data-dir or DATA_DIR."
        ) from error
    if not (user.reaches(path) and user.may_enter(path)):
        raise ConfigurationError(
            f"PostgreSQL does not run as root, and its user cannot enter {path}: name a directory "
            f"outside of closed homes with --data-dir or DATA_DIR, such as {SYSTEM_DIRECTORY}."
        )
    return directory


def user_for(path: Path) -> User:
    """Who the databases run as: ourselves, or for root the directory's owner or `nobody`."""
    if os.geteuid() != 0:
        return User()
    for known in (path / "postgres", path):
        if known.exists() and (status := known.stat()).st_uid != 0:
            return User(uid=status.st_uid, gid=status.st_gid)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise ConfigurationError(
            f"PostgreSQL does not run as root, and there is no user {UNPRIVILEGED}: "
            f"give {path} to an unprivileged user (chown), or start as one."
        ) from None
    return User(uid=entry.pw_uid, gid=entry.pw_gid)


def _let_in(path: Path, user: User) -> None:
    """Open root's own data directory to the databases' user, for passing through only."""
    if user.uid >= 0 and path.stat().st_uid == 0 and not user.may_enter(path):
        os.chown(path, -1, user.gid)
        path.chmod(ENTERED_BY_GROUP)
