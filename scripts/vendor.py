"""Renew what the playground's page is made with: `python -m scripts.vendor`. Needs npm.

Takes the packages that are named here from the npm registry, keeps the few files that a browser
needs, and writes vendor/README.md with their versions, licences and checksums.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).parent.parent / "simulator" / "playground" / "static" / "vendor"
BARE_IMPORT = b'from"preact"'  # a browser finds nothing by a bare name without an import map
RELATIVE_IMPORT = b'from"./preact.js"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package of the registry; `files` tells which files are kept, and as what."""

    name: str
    version: str
    licence: str
    about: str
    files: dict[str, str]


PACKAGES = (
    Package(
        name="preact",
        version="11.2.0",
        licence="MIT",
        about="Turns the state into the page's elements, and only changes what has changed.",
        files={
            "dist/preact.mjs": "preact.js",
            "hooks/dist/hooks.mjs": "hooks.js",
            "LICENSE": "preact.LICENSE",
        },
    ),
    Package(
        name="htm",
        version="3.1.1",
        licence="Apache-2.0",
        about="Lets modules write elements as they look in HTML, without a build step.",
        files={"dist/htm.module.js": "htm.js", "LICENSE": "htm.LICENSE"},
    ),
    Package(
        name="@fontsource-variable/inter",
        version="5.3.0",
        licence="OFL-1.1",
        about="The typeface Inter; letters that it lacks come from the reader's system.",
        files={"files/inter-latin-wght-normal.woff2": "inter.woff2", "LICENSE": "inter.LICENSE"},
    ),
)

README = """\
# Vendored files

The page loads nothing from other sites, so these few files are kept here. Do not edit them:
`python -m scripts.vendor` renews them, and writes this page, from the npm registry (it needs npm;
versions are set in `scripts/vendor.py`).

Two things are changed: `hooks.js` imports `./preact.js` where the package says `preact`, because a
browser finds nothing by a bare name without an import map, and an import map would be an inline
script; and pointers to source maps, which are not here, are dropped.

| file | package | version | licence | sha256 |
|---|---|---|---|---|
{rows}

{about}
"""


def main() -> None:
    """Take every package."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is needed to renew the vendored files: https://nodejs.org")
    VENDOR.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        take(npm, package)
    (VENDOR / "README.md").write_text(described(), encoding="utf-8")


def take(npm: str, package: Package) -> None:
    """Keep the files of one package."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{package.name}@{package.version}"
        subprocess.run(  # noqa: S603 (names and versions are those above)
            [npm, "pack", "--silent", wanted], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as content:
            for source, target in package.files.items():
                member = content.extractfile(f"package/{source}")
                if member is None:
                    sys.exit(f"{wanted} has no file {source} any more.")
                (VENDOR / target).write_bytes(cleaned(member.read()))


def cleaned(content: bytes) -> bytes:
    """Make imports relative, and drop the pointer to a source map that is not here."""
    head, _, _ = content.partition(b"\n//# sourceMappingURL=")
    return (
        head.replace(BARE_IMPORT, RELATIVE_IMPORT).rstrip() + b"\n"
        if _is_text(content)
        else content
    )


def _is_text(content: bytes) -> bool:
    return b"\0" not in content


def described() -> str:
    """Say what is here."""
    rows = "\n".join(
        f"| {target} | {package.name} | {package.version} | {package.licence}"
        f" | `{hashlib.sha256((VENDOR / target).read_bytes()).hexdigest()}` |"
        for package in PACKAGES
        for target in package.files.values()
    )
    about = "\n".join(f"- **{package.name}**: {package.about}" for package in PACKAGES)
    return README.format(rows=rows, about=about)


if __name__ == "__main__":
    main()
