"""`trialogue doctor` on a language model, and the settings that choose one."""

from pathlib import Path

import pytest

from bots.doctor.calls import Answer
from bots.doctor.completer import finding_of
from bots.doctor.report import Mark
from bots.settings import read_settings
from core.errors import ConfigurationError
from tests.bots.doctor import doctor, without_databases
from tests.completer import MODEL, model_server

SUBJECT = "Language model"


async def test_a_model_that_is_there_is_well_and_is_not_asked_anything(tmp_path: Path) -> None:
    async with model_server() as server:
        report = await doctor(tmp_path, without_databases(server.environment))
    assert report.line(SUBJECT).startswith(f"ok       {SUBJECT}: {MODEL} at 127.0.0.1:")
    assert server.asked == []
    assert report.code == 0


@pytest.mark.parametrize(
    ("setting", "value", "found", "cure"),
    [
        ("OPENAI_API_KEY", "sk-of-somebody-else", "refuses the key", "set OPENAI_API_KEY to"),
        ("COMPLETER_MODEL", "huge", f"has no model huge, but {MODEL}", "set COMPLETER_MODEL"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:1/v1", "cannot be reached", "check OPENAI_BASE_URL"),
    ],
)
async def test_what_is_wrong_with_it_has_its_cure(
    tmp_path: Path, setting: str, value: str, found: str, cure: str
) -> None:
    async with model_server() as server:
        wrong = {**server.environment, setting: value}
        report = await doctor(tmp_path, without_databases(wrong))
    assert report.line(SUBJECT).startswith("broken")
    assert found in report.line(SUBJECT)
    assert f"Cure: {cure}" in report.line(SUBJECT)


async def test_a_server_that_does_not_list_its_models_is_a_warning(tmp_path: Path) -> None:
    async with model_server() as server:
        elsewhere = {**server.environment, "OPENAI_BASE_URL": server.url.removesuffix("/v1")}
        report = await doctor(tmp_path, without_databases(elsewhere))
    assert not report.line(SUBJECT).startswith("ok")
    assert "Cure: " in report.line(SUBJECT)


@pytest.mark.parametrize(
    ("base", "well"),
    [
        ("https://models.example.org/v1", True),
        ("http://127.0.0.1:11434/v1", True),
        ("http://ollama:11434/v1", True),
        ("http://10.0.0.7/v1", True),
        ("http://models.example.org/v1", False),
    ],
)
def test_a_key_is_not_sent_in_the_open_without_a_word(base: str, well: bool) -> None:
    listed = Answer(status=200, headers={}, body={"data": [{"id": MODEL}]})
    finding = finding_of(listed, MODEL, base)
    assert (finding.mark is Mark.OK) is well
    assert well or "without TLS" in finding.found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"completer_model": "m"}, "OPENAI_API_KEY is not: set it"),
        ({"openai_base_url": "127.0.0.1:11434/v1"}, "OPENAI_BASE_URL must be an address"),
        ({"completer_timeout": 0}, "COMPLETER_TIMEOUT is not usable"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_settings(_env_file=None, **given)


def test_a_key_alone_chooses_no_model() -> None:
    settings = read_settings(_env_file=None, openai_api_key="sk-1")
    assert settings.completer_model is None
    assert "sk-1" in settings.secrets()
