"""The file `.env`: changed line by line, so that all else in it stays as it was."""

import io
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from dotenv.parser import Binding, parse_stream

from core.errors import ConfigurationError

ENCODING = "utf-8"
PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=?&~^*!-]*")
COMMENT = re.compile(r"[ \t]+#[^\r\n]*(?=\r?\n?$)")
HEADING = "# Settings of Trialogue. Keep this file to yourself: there are secrets in it.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvFile:
    """Its path and its text, empty where there is no such file."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it. `ConfigurationError` when that cannot be done."""
        try:
            return cls(path=path, text=path.read_bytes().decode(ENCODING))
        except FileNotFoundError:
            return cls(path=path, text="")
        except UnicodeDecodeError:
            raise ConfigurationError(f"{path} is not UTF-8 text: save it as UTF-8.") from None
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error

    def value(self, name: str) -> str:
        """What a variable is set to, empty when it is not."""
        found = [one.value for one in self._bindings() if _name(one) == name]
        return (found[-1] if found else None) or ""

    def with_values(self, values: Mapping[str, str]) -> Self:
        """The same with these variables, each in its old place or at the end."""
        changed = self
        for name, value in values.items():
            changed = changed._with_value(name, value)
        return changed

    def write(self) -> None:
        """Replace the file at once, readable by its owner alone."""
        target = self.path.resolve()
        try:
            descriptor, fresh = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(self.text.encode(ENCODING))
                    file.flush()
                    os.fsync(file.fileno())
                Path(fresh).replace(target)
            except BaseException:
                Path(fresh).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written: {error.strerror}.") from error

    def _with_value(self, name: str, value: str) -> Self:
        pieces = [(_name(one), one) for one in self._bindings()]
        places = [number for number, (found, _) in enumerate(pieces) if found == name]
        texts = [one.original.string for _, one in pieces]
        if places:  # the last one counts
            texts[places[-1]] = _rewritten(pieces[places[-1]][1], name, value)
            return replace(self, text="".join(texts))
        before = self.text or HEADING
        end = "" if before.endswith("\n") else "\n"
        return replace(self, text=f"{before}{end}{_assignment(name, value)}\n")

    def _bindings(self) -> list[Binding]:
        return list(parse_stream(io.StringIO(self.text, newline="")))


def _name(binding: Binding) -> str:
    return (binding.key or "").upper()


def _rewritten(binding: Binding, name: str, value: str) -> str:
    """A line with another value; its `export`, its comment and its line end stay."""
    old = binding.original.string
    start = old[: len(old) - len(old.lstrip())]
    export = "export " if old.lstrip().startswith("export ") else ""
    comment = None if "#" in (binding.value or "") else COMMENT.search(old)
    end = old[len(old.rstrip("\r\n")) :]
    return f"{start}{export}{_assignment(name, value)}{comment[0] if comment else ''}{end}"


def _assignment(name: str, value: str) -> str:
    """`NAME=value`, in quotes where need be. `ConfigurationError` for what has no way to be."""
    if "${" in value or not value.isprintable():
        raise ConfigurationError(
            f"The value of {name} cannot stand in {Path('.env')}: it has a line end, an unprintable"
            " character or ${ in it. Set it in the environment instead."
        )
    if PLAIN.fullmatch(value):
        return f"{name}={value}"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{name}='{escaped}'"
