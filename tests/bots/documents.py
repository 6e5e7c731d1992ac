"""The documents as people read them: their commands, links and names."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from bots.main import cli

REPOSITORY = Path(__file__).parents[2]
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^\$ (.+)$", re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SHOWN = re.compile(r'(?:src|srcset|href)="([^"]+)"')
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def documents() -> Sequence[str]:
    """The paths of all documents for people, within the repository."""
    found = [
        *REPOSITORY.glob("*.md"),
        *REPOSITORY.glob("docs/**/*.md"),
        REPOSITORY / "benchmarks/README.md",
        REPOSITORY / "manifests/README.md",
    ]
    return sorted(str(path.relative_to(REPOSITORY)) for path in found)


def text_of(document: str) -> str:
    return (REPOSITORY / document).read_text(encoding="utf-8")


def prose_of(document: str) -> str:
    """The text without its blocks of code."""
    return BLOCK.sub("", text_of(document))


def commands_of(document: str) -> Sequence[str]:
    """What stands behind a prompt, in order."""
    return [
        command
        for language, block in BLOCK.findall(text_of(document))
        if language == "console"
        for command in COMMAND.findall(block)
    ]


def blocks_of(document: str, language: str) -> Sequence[str]:
    return [block for named, block in BLOCK.findall(text_of(document)) if named == language]


def links_of(document: str) -> Sequence[str]:
    prose = prose_of(document)
    return [*LINK.findall(prose), *SHOWN.findall(prose)]


def anchors_of(document: str) -> set[str]:
    """The names that headings get on the web."""
    return {anchor(heading) for heading in HEADING.findall(prose_of(document))}


def anchor(heading: str) -> str:
    words = re.sub(r"[^\w\- ]", "", heading.lower())
    return words.replace(" ", "-")


def ours_in(document: str) -> Iterator[Sequence[str]]:
    """Every use of `trialogue` as a command, in its words: in prose, and behind prompts."""
    spans = [span for span in SPAN.findall(prose_of(document)) if span.startswith("trialogue ")]
    for line in (*spans, *commands_of(document)):
        before, found, words = line.partition("trialogue ")
        if found and not before.rstrip().endswith(("-m", "docker", "pip install")):
            yield re.sub(r"[\[\]]", "", words.partition(" > ")[0]).split()


def unknown_in(words: Sequence[str]) -> str:
    """What our command line has not, of a command's words; empty when it has all of it."""
    command: click.Command = cli
    context = click.Context(cli)
    for word in words:
        if word.startswith("-") and word != "-":
            if word.partition("=")[0] not in _options(command):
                return word
        elif isinstance(command, click.Group):
            found = command.get_command(context, word)
            if found is None:
                return word
            command = found
    return ""


def _options(command: click.Command) -> set[str]:
    options = [one for one in command.params if isinstance(one, click.Option)]
    return {name for one in options for name in (*one.opts, *one.secondary_opts)} | {"--help"}
