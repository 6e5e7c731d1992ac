"""The databases' passwords: made once, kept in the data directory."""

import json
import secrets
from dataclasses import asdict, dataclass, field

from bots.embedded.directory import Directory

PASSWORD_BYTES = 24


def _password() -> str:
    return secrets.token_hex(PASSWORD_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """One password for each login. Hexadecimal: they need quotes nowhere."""

    owner: str = field(default_factory=_password, repr=False)
    app: str = field(default_factory=_password, repr=False)
    valkey: str = field(default_factory=_password, repr=False)


def passwords_of(directory: Directory) -> Passwords:
    """The directory's passwords, made and written down before anything uses them."""
    if directory.passwords.exists():
        return Passwords(**json.loads(directory.passwords.read_text(encoding="utf-8")))
    fresh = Passwords()
    directory.write(directory.passwords, json.dumps(asdict(fresh)))
    return fresh
