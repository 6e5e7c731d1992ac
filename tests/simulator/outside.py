"""Run pytest as somebody would who has installed us: with our entry point, away from our tree."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended and what it said."""

    code: int
    output: str


def run_pytest(directory: Path, *arguments: str, **variables: str) -> Outcome:
    """Run pytest in a directory that is not ours, with the plugin installed."""
    installed = install_entry_point(directory / "installed")
    path = os.pathsep.join([str(installed), str(REPOSITORY)])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:valkey", *arguments],
        cwd=directory,
        env={**_environment(), "PYTHONPATH": path, **variables},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Outcome(code=ran.returncode, output=ran.stdout + ran.stderr)


def install_entry_point(directory: Path) -> Path:
    """Metadata of a distribution with the entry points that our `pyproject.toml` declares."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = directory / "trialogue_as_installed-1.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "METADATA").write_text("Name: trialogue-as-installed\nVersion: 1\n", "utf-8")
    plugins = project["entry-points"]["pytest11"]
    lines = [f"{name} = {module}" for name, module in plugins.items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines]) + "\n", "utf-8")
    return directory


def _environment() -> dict[str, str]:
    kept: Sequence[str] = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}
