"""The reference of settings says what the code does, and shows no secret."""

import json
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from bots.meanings import GROUPS, Meaning
from bots.reference import HIDDEN, reference
from bots.settings import Settings, read_settings
from tests.bots.commands import trialogue

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
MEANINGS = {name: meaning for group in GROUPS for name, meaning in group.settings.items()}
VARIABLES = [name.upper() for name in Settings.model_fields]
SECRET = "hunter2x-is-nobody's-business"
NEEDED = {
    "COMPLETER_MODEL": {"OPENAI_API_KEY": "sk-1"},
    "SLACK_APP_TOKEN": {"SLACK_BOT_TOKEN": "xoxb-1"},
    "SLACK_BOT_TOKEN": {"SLACK_APP_TOKEN": "xapp-1"},
}
"""What a setting is refused without."""


def test_the_page_is_the_one_that_the_code_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "make it again: trialogue settings --markdown > docs/settings.md"
    )


def test_every_setting_is_explained_once_and_no_other() -> None:
    assert sorted(name for group in GROUPS for name in group.settings) == sorted(VARIABLES)


@pytest.mark.parametrize("name", VARIABLES)
def test_an_explanation_is_a_sentence_and_names_only_settings(name: str) -> None:
    meaning = MEANINGS[name]
    assert meaning.does.endswith(".")
    assert "|" not in meaning.does + meaning.example
    named = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", meaning.does))
    assert named <= set(VARIABLES)


@pytest.mark.parametrize(
    ("name", "meaning"), [(name, one) for name, one in MEANINGS.items() if one.example]
)
def test_an_example_is_taken(
    name: str, meaning: Meaning, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in {**NEEDED.get(name, {}), name: meaning.example}.items():
        monkeypatch.setenv(variable, value)
    value = getattr(read_settings(), name.lower())
    assert value is not None
    assert value != Settings.model_fields[name.lower()].default


def test_what_is_set_is_shown_without_secrets(tmp_path: Path) -> None:
    secret = {
        name.upper(): SECRET
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert {"SLACK_BOT_TOKEN", "POSTGRES_PASSWORD", "SECRET_KEY"} <= set(secret)
    addresses = {
        "POSTGRES_DSN": f"postgresql://bot:{SECRET}@db/bot",
        "POSTGRES_OWNER_DSN": f"postgresql://bot:{SECRET}@db/bot",
        "POSTGRES_READ_DSN": f"postgresql://bot:{SECRET}@copy/bot",
        "REDIS_URL": f"redis://:{SECRET}@cache/0",
        "REDIS_CACHE_URL": f"redis://:{SECRET}@answers/0",
    }
    (tmp_path / ".env").write_text("ACCESS=invite\n", encoding="utf-8")
    for arguments in ([], ["--json"], ["--markdown"]):
        result = trialogue(tmp_path, "settings", *arguments, **{**secret, **addresses})
        assert (result.returncode, result.stderr) == (0, "")
        assert "hunter2x" not in result.stdout
    shown = trialogue(tmp_path, "settings", **{**secret, **addresses}).stdout
    for name in secret:
        assert re.search(rf"^  {name} +{re.escape(HIDDEN)}$", shown, re.MULTILINE)
    assert re.search(r"^  ACCESS +invite$", shown, re.MULTILINE)
    assert re.search(r"^  DISCORD_PUBLIC_KEY +-$", shown, re.MULTILINE)


def test_json_has_everything_for_machines(tmp_path: Path) -> None:
    rows = json.loads(trialogue(tmp_path, "settings", "--json", HTTP_PORT="8082").stdout)
    assert [row["name"] for row in rows] == list(MEANINGS)
    port = next(row for row in rows if row["name"] == "HTTP_PORT")
    assert (port["type"], port["default"], port["value"]) == ("whole number", "8080", "8082")


def test_a_setting_that_cannot_be_right_is_one_sentence(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "settings", HTTP_PORT="no port")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: HTTP_PORT is not usable")


def test_a_secret_is_a_secret_in_the_reference() -> None:
    for name, field in Settings.model_fields.items():
        is_secret = SecretStr.__name__ in str(field.annotation)
        assert (f"| `{name.upper()}` | secret |" in reference()) == is_secret
