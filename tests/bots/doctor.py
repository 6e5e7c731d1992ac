"""Run `trialogue doctor` as people do, while what it looks at is served by the test."""

import asyncio
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bots.embedded import Addresses
from tests.bots.commands import trialogue
from tests.ports import free_port


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was printed, and the exit code."""

    code: int
    lines: tuple[str, ...]

    def line(self, subject: str) -> str:
        """The one line about a subject."""
        (found,) = self.about(subject)
        return found

    def about(self, subject: str) -> list[str]:
        """The lines about a subject."""
        return [line for line in self.lines if line[9:].startswith(f"{subject}: ")]

    def marked(self, mark: str) -> list[str]:
        """The lines with a mark."""
        return [line for line in self.lines if line.startswith(f"{mark} ")]


def variables_of(addresses: Addresses, *more: Mapping[str, str]) -> dict[str, str]:
    """The settings of a test's own databases, on a port that is free; the later ones win."""
    databases = {
        "POSTGRES_DSN": addresses.postgres_dsn,
        "POSTGRES_OWNER_DSN": addresses.postgres_owner_dsn,
        "REDIS_URL": addresses.redis_url,
    }
    return without_databases(databases, *more)


def without_databases(*more: Mapping[str, str]) -> dict[str, str]:
    """Some settings, on a port that is free. That no database is set is no more than a warning."""
    variables = {"HTTP_PORT": str(free_port())}
    for one in more:
        variables |= one
    return variables


async def run_doctor(
    directory: Path, variables: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, and serve meanwhile."""
    result = await asyncio.to_thread(trialogue, directory, "doctor", *arguments, **variables)
    assert "Traceback" not in result.stderr, result.stderr
    return result


async def doctor(directory: Path, variables: Mapping[str, str], *arguments: str) -> Report:
    """Its report. No secret may be in it, whatever was found."""
    result = await run_doctor(directory, variables, *arguments)
    for name, value in variables.items():
        if name.endswith(("TOKEN", "SECRET", "KEY")) and len(value) > 8:
            assert value not in result.stdout + result.stderr
    return Report(code=result.returncode, lines=tuple(result.stdout.splitlines()))
