"""Run `trialogue` as people do: in a process of its own, with an environment of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bots.settings import Settings
from tests.process import HEARS_CTRL_C

REPOSITORY = Path(__file__).parent.parent.parent


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """This process' environment without any setting of ours but the given ones."""
    ours = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1", **variables}


def trialogue(
    directory: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in a directory."""
    return subprocess.run(
        [sys.executable, "-m", "bots", *arguments],
        cwd=directory,
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def start(
    directory: Path, arguments: Sequence[str], variables: Mapping[str, str]
) -> subprocess.Popen[str]:
    """Start a command in a directory."""
    return subprocess.Popen(
        [sys.executable, "-c", HEARS_CTRL_C, "-m", "bots", *arguments],
        cwd=directory,
        env=environment(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
