"""Questions with the answer that each should get."""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Labelled: TypeAlias = tuple[str, str]
"""A question and the label of its answer; "" where nothing answers it."""

NONE = ""
WHERE = {
    "clinc150": "https://github.com/clinc/oos-eval (data/data_full.json)",
    "banking77": "https://github.com/PolyAI-LDN/task-specific-datasets (banking_data)",
}


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A public set in its parts; questions that are out of scope stand beside the others."""

    name: str
    train: Sequence[Labelled]
    test: Sequence[Labelled]
    far: Sequence[str]

    def labels(self) -> list[str]:
        """All labels, sorted."""
        return sorted({label for _, label in self.train})


@dataclass(frozen=True, slots=True)
class Trial:
    """What is known, and what is asked."""

    known: Sequence[Labelled]
    asked: Sequence[Labelled]


def clinc150(directory: Path) -> PublicSet:
    """Load CLINC150; `FileNotFoundError` without it."""
    data = json.loads((directory / "clinc150" / "data_full.json").read_text(encoding="utf-8"))
    return PublicSet(
        "clinc150",
        train=[(text, label) for text, label in data["train"] + data["val"]],
        test=[(text, label) for text, label in data["test"]]
        + [(text, NONE) for text, _ in data["oos_test"]],
        far=[text for text, _ in data["oos_train"] + data["oos_val"]],
    )


def clinc150_train(directory: Path) -> Sequence[Labelled]:
    """The training part alone, as those who publish numbers use it."""
    data = json.loads((directory / "clinc150" / "data_full.json").read_text(encoding="utf-8"))
    return [(text, label) for text, label in data["train"]]


def banking77(directory: Path) -> PublicSet:
    """Load BANKING77; `FileNotFoundError` without it."""
    parts = [_rows(directory / "banking77" / f"{part}.csv") for part in ("train", "test")]
    train, test = ([(row["text"], row["category"]) for row in rows] for rows in parts)
    return PublicSet("banking77", train=train, test=test, far=())


def sample(questions: Iterable[Labelled], phrasings: int, *, seed: int) -> Sequence[Labelled]:
    """So many questions of each label, at random."""
    chance = random.Random(seed)
    by_label = defaultdict(list)
    for text, label in questions:
        by_label[label].append(text)
    return [
        (text, label)
        for label, texts in sorted(by_label.items())
        for text in chance.sample(texts, min(phrasings, len(texts)))
    ]


def misspell(text: str, chance: random.Random, *, share: float = 0.3, longest: int = 4) -> str:
    """Text with one slip in a share of its words of more than `longest` letters."""
    return " ".join(
        _slip(word, chance) if len(word) > longest and chance.random() < share else word
        for word in text.split(" ")
    )


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) - 1)
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    match chance.randrange(4):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + letter + word[at:]
        case 2:
            return word[:at] + letter + word[at + 1 :]
        case _:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def table(path: Path, *columns: str) -> Sequence[Sequence[str]]:
    """The columns of a CSV file; `ValueError` naming one that is missing."""
    rows = _rows(path)
    missing = [column for column in columns if rows and column not in rows[0]]
    if missing or not rows:
        raise ValueError(f"{path.name}: {'no rows' if not rows else f'no column {missing[0]}'}.")
    return [[(row[column] or "").strip() for column in columns] for row in rows]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
