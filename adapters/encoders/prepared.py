"""A folder with a prepared model: written whole or not at all, and checked when it is read."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import orjson

from core.errors import UserError

GRAPH, TOKENIZER, MANIFEST = "model.onnx", "tokenizer.json", "manifest.json"
FORMAT = 1
TOKENS, VECTORS = "tokens", "vectors"  # what goes into the graph, and comes out
INSTALL = "`trialogue kb model install`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A model that is ready to run. `name` changes with it."""

    name: str
    graph: bytes
    tokenizer: bytes


class MissingModelError(UserError):
    """There is no model that could be used; the text says where, and what to do."""


def read_prepared(folder: Path) -> Prepared:
    """Read a folder. `MissingModelError` without a model, or with one that was changed."""
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
        files = {name: (folder / name).read_bytes() for name in (GRAPH, TOKENIZER)}
        known, name = manifest["files"], str(manifest["name"])
        if manifest["format"] != FORMAT:
            raise MissingModelError(f"{folder} is of another version: run {INSTALL} again.")
    except FileNotFoundError as error:
        raise MissingModelError(f"No model in {folder}: {INSTALL} puts one there.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingModelError(
            f"The model in {folder} cannot be read: run {INSTALL} again."
        ) from error
    for name_of_file, content in files.items():
        if sha256(content).hexdigest() != known.get(name_of_file):
            raise MissingModelError(
                f"{name_of_file} in {folder} was changed since it was installed:"
                f" run {INSTALL} again."
            )
    return Prepared(name=name, graph=files[GRAPH], tokenizer=files[TOKENIZER])


def write_prepared(folder: Path, model: str, graph: bytes, tokenizer: bytes) -> Prepared:
    """Write a folder, in place of an older one. `OSError` leaves that as it was."""
    name = f"{model}.{sha256(graph + tokenizer).hexdigest()[:12]}"
    files: Mapping[str, bytes] = {GRAPH: graph, TOKENIZER: tokenizer}
    manifest = {
        "format": FORMAT,
        "name": name,
        "files": {file: sha256(content).hexdigest() for file, content in files.items()},
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for file, content in files.items():
            (made / file).write_bytes(content)
        (made / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        made.chmod(0o755)
        if folder.exists():
            old = made.with_name(f"{made.name}-old")
            folder.rename(old)
            made.rename(folder)
            shutil.rmtree(old)
        else:
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Prepared(name=name, graph=graph, tokenizer=tokenizer)
