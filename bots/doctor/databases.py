"""Which databases are looked at, and where they are."""

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bots.databases import POSTGRES, REDIS, VARIABLES
from bots.doctor.report import Finding, warning
from bots.settings import Settings
from core.errors import ConfigurationError

RUNNING = "running.json"
FIELDS: Mapping[str, Sequence[str]] = {
    POSTGRES: ("postgres_dsn", "postgres_owner_dsn"),
    REDIS: ("redis_url",),
}
"""The settings that an embedded database fills in."""

START = "`trialogue up --embedded` starts it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """The addresses, those of embedded databases that run now included.

    `own` are the databases that are embedded: not configured, with `--embedded` asked for.
    """

    settings: Settings
    data_dir: Path
    own: Collection[str]

    def missing(self, name: str) -> Finding:
        """What is said of a database that has no address."""
        if name in self.own:
            return warning(name, f"not running in {self.data_dir}, not looked at", cure=START)
        cure = f"`trialogue up --embedded` runs it here; else set {VARIABLES[name]}"
        return warning(name, "no address is set", cure=cure)

    def where(self, name: str) -> str:
        """What to look at when a database does not answer."""
        if name in self.own:
            return f"{START}; its log is in {self.data_dir / 'logs'}"
        return f"start it, or set {VARIABLES[name]} to where it is"


def find_databases(settings: Settings, *, embedded: bool) -> Databases:
    """Take the configured addresses, and those of what runs in the data directory.

    What runs there is looked at unasked.
    """
    data_dir = _data_dir(settings, embedded=embedded)
    is_running = owner_of(data_dir) is not None
    if not (embedded or is_running):
        return Databases(settings=settings, data_dir=data_dir, own=())
    addresses = {POSTGRES: settings.postgres_dsn, REDIS: settings.redis_url}
    own = [name for name, address in addresses.items() if address is None]
    published = _published(data_dir) if is_running else {}
    found = {
        field: SecretStr(published[field])
        for name in own
        for field in FIELDS[name]
        if published.get(field)
    }
    return Databases(settings=settings.model_copy(update=found), data_dir=data_dir, own=own)


def _data_dir(settings: Settings, *, embedded: bool) -> Path:
    from bots.embedded import usable_data_dir

    try:
        return usable_data_dir(settings.data_dir)
    except ConfigurationError:  # as root, and there is no user for the databases
        if embedded:
            raise
        return settings.data_dir.expanduser().resolve()


def owner_of(data_dir: Path) -> int | None:
    """The process that runs databases in a directory; None when none does, or it was killed."""
    try:
        if not (data_dir / RUNNING).exists():
            return None
        owner = int((data_dir / "owner.lock").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return owner if _is_alive(owner) else None


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except PermissionError:  # it is another user's
        return True
    except (OSError, OverflowError):
        return False
    return True


def _published(data_dir: Path) -> Mapping[str, str]:
    """What the owner of the directory says of its databases; nothing where that cannot be read."""
    try:
        said = json.loads((data_dir / RUNNING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
