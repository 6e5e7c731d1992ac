"""The benchmark of answers: what it counts, and what it says of a set of one's own."""

import csv
import json
import random
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from benchmarks.answers.measures import Measures, Score, measure
from benchmarks.answers.sets import misspell, sample
from tests.bots.commands import REPOSITORY

SETS = REPOSITORY / "tests" / "core" / "sets"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.answers", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


WITHOUT_ONNX = """
import importlib.util, runpy, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("onnxruntime", "tokenizers", "onnx"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def find_spec(name, package=None, found=importlib.util.find_spec):
    try:
        return found(name, package)
    except ModuleNotFoundError:
        return None

sys.meta_path.insert(0, Absent())
importlib.util.find_spec = find_spec
runpy.run_module("benchmarks.answers", run_name="__main__", alter_sys=True)
"""


def run_without_onnx(*arguments: str) -> subprocess.CompletedProcess[str]:
    """As on an installation without the extra."""
    command = [sys.executable, "-c", WITHOUT_ONNX, *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def score(place: int, confidence: float, *, known: bool = True) -> Score:
    expected = "right" if known else ""
    return Score(
        question="?",
        expected=expected,
        found="right",
        place=place,
        confidence=confidence,
        offers=place > 0,
    )


def test_a_set_of_one_s_own_is_measured(tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    done = run(
        "--knowledge", str(SETS / "docs_knowledge.csv"),
        "--queries", str(SETS / "docs_questions.csv"),
        "--scores", str(scores), "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["questions"], found["out_of_scope"]) == (90, 50)
    assert found["hit1"] >= 0.85
    assert found["answered_precision"] == 1
    assert found["answered_out_of_scope"] == 0
    with scores.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 90
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)


def test_without_the_extra_words_are_measured_and_meanings_are_not(tmp_path: Path) -> None:
    known, asked = tmp_path / "kb.csv", tmp_path / "q.csv"
    known.write_text("question,answer\nWhere is the stapler?,In the drawer.\n", encoding="utf-8")
    rows = "Where is the stapler?,In the drawer.\nWhere is it?,In a drawer\nWho are you?,\n"
    asked.write_text(f"question,answer\n{rows}", encoding="utf-8")
    own = ("--knowledge", str(known), "--queries", str(asked))
    done = run_without_onnx(*own, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["questions"] == 3
    assert "1 of 3 questions expect an answer that no entry has" in done.stderr
    assert "“Where is it?”" in done.stderr
    meanings = run_without_onnx(*own, "--semantic")
    assert meanings.returncode == 2
    assert "--semantic needs onnxruntime and tokenizers" in meanings.stderr


def test_every_figure_is_explained() -> None:
    explained = (REPOSITORY / "benchmarks" / "README.md").read_text(encoding="utf-8")
    figures = {field.name for field in fields(Measures)} - {"questions", "out_of_scope"}
    assert {name for name in figures if f"`{name}`" not in explained} == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give --data DIR"),
        (("--knowledge", "kb.csv"), "belong together"),
        (("--knowledge", "none.csv", "--queries", "none.csv"), "none.csv"),
    ],
)
def test_misuse_is_told(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_sets_that_are_not_there_are_skipped_with_where_to_get_them(tmp_path: Path) -> None:
    done = run("--data", str(tmp_path))
    assert done.returncode == 0
    assert "skipped" in done.stderr
    assert "https://github.com/clinc/oos-eval" in done.stderr


def test_what_is_counted() -> None:
    known = [score(1, 0.95), score(1, 0.85), score(2, 0.6), score(0, 0.3)]
    found = measure([*known, score(0, 0.9, known=False), score(0, 0.1, known=False)])
    assert (found.hit1, found.hit5, found.mrr) == (0.5, 0.75, 0.625)
    assert found.auroc == 0.625
    assert found.cov95 == 0.25
    assert found.answered_coverage == 0.5
    assert found.answered_out_of_scope == 0.5
    assert (found.offered_known, found.offered_hit3) == (0.25, 1)


def test_what_is_level_is_taken_together() -> None:
    assert measure([score(1, 0.9), score(2, 0.9)]).cov95 == 0
    assert measure([score(1, 0.9), score(2, 0.8)]).cov95 == 0.5
    assert measure([score(1, 0.5), score(0, 0.5, known=False)]).auroc == 0.5


def test_only_long_words_are_misspelt_and_by_one_slip() -> None:
    chance = random.Random(1)
    assert misspell("how do I pay", chance, share=1) == "how do I pay"
    words = misspell("password " * 200, chance, share=0.3).split()
    assert 30 <= sum(word != "password" for word in words) <= 90
    assert all(abs(len(word) - 8) <= 1 for word in words)


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    pool = [(f"question {n}", f"label {n % 3}") for n in range(60)]
    assert sample(pool, 4, seed=1) == sample(pool, 4, seed=1) != sample(pool, 4, seed=2)
    assert len(sample(pool, 4, seed=1)) == 12


def test_a_missing_model_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMANTIC_MODEL", str(tmp_path))
    done = run(
        "--knowledge", str(SETS / "docs_knowledge.csv"),
        "--queries", str(SETS / "docs_questions.csv"), "--semantic",
    )  # fmt: skip
    assert done.returncode == 2
    assert "trialogue kb model install" in done.stderr
