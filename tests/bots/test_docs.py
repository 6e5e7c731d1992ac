"""What the documents say is true: links lead somewhere, and names are those of the code."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from adapters.platforms.discord.permissions import REQUIRED_PERMISSIONS
from adapters.platforms.slack.scopes import OPTIONAL_SCOPES, REQUIRED_SCOPES, SOCKET_SCOPE
from bots.settings import Settings
from core.refusing import NO_MEMBER, NOT_INVITED
from tests.bots.documents import (
    REPOSITORY,
    SPAN,
    anchors_of,
    blocks_of,
    documents,
    links_of,
    ours_in,
    prose_of,
    text_of,
    unknown_in,
)

CONNECT = ("slack", "discord", "telegram")
VARIABLES = {name.upper() for name in Settings.model_fields}
OTHERS = {
    *("COURIER_API_URL", "COURIER_TOKEN", "DEFAULT_GATEWAY", "INTERACTION_CREATE", "TEXT_LIMIT"),
    "PUBLISHED_PORTS",  # of docker-compose.yml alone
}
"""Names in capitals that are no settings of the bot."""

NAME = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
PLACE = re.compile(
    r"(?<![\w/])(?:core|adapters|bots|simulator|tests|docs|manifests|benchmarks)/[\w./-]*[\w/]"
)
IN_A_DOCUMENT = pytest.mark.parametrize("document", documents())


def test_the_documents_are_found() -> None:
    assert {"README.md", "docs/README.md", "docs/settings.md", "docs/connect/slack.md"} <= set(
        documents()
    )


@IN_A_DOCUMENT
def test_every_link_leads_somewhere(document: str) -> None:
    for link in links_of(document):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, name = link.partition("#")
        target = (REPOSITORY / document).parent / path if path else REPOSITORY / document
        assert target.exists(), link
        if name:
            assert name in anchors_of(str(target.resolve().relative_to(REPOSITORY))), link


@IN_A_DOCUMENT
def test_every_command_and_option_is_there(document: str) -> None:
    for words in ours_in(document):
        assert not unknown_in(words), " ".join(words)


@IN_A_DOCUMENT
def test_every_setting_is_there(document: str) -> None:
    spans = " ".join(SPAN.findall(prose_of(document)))
    lines = "\n".join(blocks_of(document, "ini"))
    named = set(NAME.findall(spans)) | set(re.findall(r"^([A-Z]+_[A-Z_]+)=", lines, re.MULTILINE))
    unknown = named - VARIABLES - OTHERS
    assert not {name for name in unknown if not is_in_the_simulators_settings(document, name)}


def is_in_the_simulators_settings(document: str, name: str) -> bool:
    return document == "docs/simulator.md" and name.startswith(("SLACK_", "DISCORD_", "TELEGRAM_"))


@IN_A_DOCUMENT
def test_every_path_is_there(document: str) -> None:
    for span in SPAN.findall(prose_of(document)):
        for place in PLACE.findall(span):
            assert (REPOSITORY / place).exists(), place


def test_every_document_can_be_found_from_the_first() -> None:
    seen, waiting = set(), ["README.md"]
    while waiting:
        document = waiting.pop()
        if document in seen:
            continue
        seen.add(document)
        for link in links_of(document):
            path = ((REPOSITORY / document).parent / link.partition("#")[0]).resolve()
            path = path / "README.md" if path.is_dir() else path
            if path.suffix == ".md" and path.is_relative_to(REPOSITORY) and path.exists():
                waiting.append(str(path.relative_to(REPOSITORY)))
    assert not {one for one in documents() if one.startswith("docs/")} - seen


@pytest.mark.parametrize("platform", CONNECT)
def test_what_doctor_says_is_said_so(platform: str) -> None:
    """A phrase stands in one text of the code, or begins or ends at a gap that is filled in."""
    table = text_of(f"docs/connect/{platform}.md").partition("| what `doctor` says |")[2]
    phrases = re.findall(r"^\| `([^|]+)` \|", table.partition("\n\n")[0], re.MULTILINE)
    assert len(phrases) >= 5
    texts = said_by("bots/doctor") + said_by(f"adapters/platforms/{platform}")
    for phrase in phrases:
        assert any(phrase in text for text in texts), phrase


def said_by(folder: str) -> list[str]:
    """Every text in the code of a folder; f-strings are taken with their gaps filled by names."""
    texts = []
    for file in (REPOSITORY / folder).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                texts.append("".join(filled(part) for part in node.values))
    return texts


def filled(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "…"


def test_every_scope_and_permission_is_explained() -> None:
    slack, discord = text_of("docs/connect/slack.md"), text_of("docs/connect/discord.md")
    table = slack.partition("| scope |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    explained = {scope for row in rows for scope in SPAN.findall(row)}
    assert explained == {*REQUIRED_SCOPES, *OPTIONAL_SCOPES, SOCKET_SCOPE}
    table = discord.partition("| permission |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([A-Z].+?) \|", table, re.MULTILINE)
    assert {name for row in rows for name in row.split(", ")} == set(REQUIRED_PERMISSIONS)


@pytest.mark.parametrize("platform", ["slack", "telegram"])
def test_the_refusal_is_quoted_as_it_is_said(platform: str) -> None:
    quoted = re.findall(r'\*\*"(I only .+?)"', text_of(f"docs/connect/{platform}.md"))
    assert len(quoted) == 2
    assert all(one in NO_MEMBER or one in NOT_INVITED for one in quoted)


def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    units = {
        Path(name).name: unit
        for unit in blocks_of("docs/deploy.md", "ini")
        for name in re.findall(r"^# (/etc/systemd/system/\S+)$", unit, re.MULTILINE)
    }
    bot, migration = units["trialogue.service"], units["trialogue-migrate.service"]
    assert re.search(r"^ExecStart=\S+/trialogue serve$", bot, re.MULTILINE)
    assert re.search(r"^ExecStart=\S+/trialogue migrate$", migration, re.MULTILINE)
    assert "EnvironmentFile" not in bot, "the owner's login is the migration's alone"
    assert int(re.findall(r"^TimeoutStopSec=(\d+)$", bot, re.MULTILINE)[0]) >= 30
    if not shutil.which("systemd-analyze"):
        return
    for name, unit in units.items():
        file = tmp_path / name
        file.write_text(re.sub(r"=\S+/trialogue \w+", "=/bin/true", unit), encoding="utf-8")
    result = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in units)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
