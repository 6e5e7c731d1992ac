"""Vectors that were made already: kept over restarts, and done without where they cannot be."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from adapters.encoders import vectors
from adapters.encoders.vectors import VectorFile


def vector(number: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.full(384, number / 64, np.float32)


def test_vectors_are_there_after_a_restart_and_texts_are_not(tmp_path: Path) -> None:
    path = tmp_path / "models" / "m.vectors"
    first = VectorFile.open(path)
    first.put({"how do I pay": vector(1), "where": vector(2)})
    first.close()
    again = VectorFile.open(path)
    found = again.get(["where", "how do I pay", "who"])
    assert sorted(found) == ["how do I pay", "where"]
    assert np.array_equal(found["how do I pay"], vector(1))
    again.close()
    assert b"how do I pay" not in path.read_bytes()


def test_more_texts_than_fit_into_one_query_are_found(tmp_path: Path) -> None:
    file = VectorFile.open(tmp_path / "v")
    texts = [f"text {number}" for number in range(2 * vectors.AT_ONCE + 1)]
    file.put(dict.fromkeys(texts, vector(1)))
    assert len(file.get(texts)) == len(texts)
    file.close()


def test_two_processes_may_share_the_file(tmp_path: Path) -> None:
    one, other = VectorFile.open(tmp_path / "v"), VectorFile.open(tmp_path / "v")
    one.put({"a": vector(1)})
    other.put({"a": vector(1), "b": vector(2)})
    assert len(one.get(["a", "b"])) == 2
    one.close()
    other.close()


def test_a_file_that_is_none_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(b"not a database, and longer than its header would be " * 100)
    file = VectorFile.open(path)
    file.put({"a": vector(1)})
    file.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (1,)
    connection.close()


def test_where_nothing_can_be_written_vectors_stay_in_memory(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the directory should be")
    file = VectorFile.open(tmp_path / "models" / "v")
    file.put({"a": vector(1)})
    assert list(file.get(["a"])) == ["a"]
    file.close()


def test_the_oldest_ones_go_when_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MOST", 3)
    file = VectorFile.open(tmp_path / "v")
    for number in range(6):
        file.put({str(number): vector(number)})
    left = file.get([str(number) for number in range(6)])
    assert "0" not in left
    assert {"4", "5"} <= left.keys()
    file.close()
