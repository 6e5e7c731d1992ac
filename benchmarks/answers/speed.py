"""How long a question takes, and what an index costs."""

import random
import resource
import sys
import time
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from core.entries import Entry
from core.knowledge.index import build, understood, update
from core.ports.encoder import Encoder
from core.ports.knowledge import Snapshot

TOPICS, ASKED = 20_000, 2_000
SHAPES = (
    "how do I {v} the {n} of a {m}", "where can I {v} my {n}", "what is the {n} for {m}",
    "can I {v} {n} and {m} at the same time", "{n} {m} does not {v} after the {o}",
    "who may {v} the {m} {n}", "why is my {n} {m} so {o}", "{v} {n}",
    "I would like to {v} a {n} with the {m} from {o}, how long does that take",
)  # fmt: skip
SYLLABLES = [
    "ba",
    "be",
    "bi",
    "co",
    "cu",
    "da",
    "de",
    "di",
    "fa",
    "fo",
    "ga",
    "gi",
    "ha",
    "he",
    "in",
    "ka",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "no",
    "nu",
    "or",
    "pa",
    "pe",
    "ra",
    "re",
    "ri",
    "sa",
    "se",
    "so",
    "ta",
    "te",
    "ti",
    "un",
    "va",
    "vo",
    "wa",
    "ze",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Of one size; times in milliseconds, but for the build."""

    entries: int
    build_seconds: float
    update_seconds: float
    encode_seconds: float
    megabytes: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return (
            f"{self.entries:>7} entries: build {self.build_seconds:.2f} s,"
            f" encode {self.encode_seconds:.0f} s, a change {self.update_seconds:.2f} s,"
            f" {self.megabytes:.0f} MB, a question p50 {self.p50:.2f} ms p99 {self.p99:.2f} ms"
        )


def measure_speed(entries: int, encoder: Encoder | None, *, seed: int = 1) -> Speed:
    """Build an index of texts with words as common as in a language, and ask it."""
    texts = Texts(random.Random(seed))
    known = [
        Entry(id=UUID(int=n + 1), phrasings=(texts.question(),), answer=texts.answer(), source="s")
        for n in range(entries)
    ]
    asked = [texts.question() for _ in range(ASKED)]
    before = memory()
    begun = time.perf_counter()
    index = build(Snapshot(revision=1, entries=known))
    built = time.perf_counter() - begun
    if encoder is not None:
        index = understood(index, encoder, most=None)
    encoded = time.perf_counter() - begun - built
    after = memory()
    changed = [replace(known[n], answer=texts.answer()) for n in range(0, entries, entries // 3)]
    begun = time.perf_counter()
    index = update(index, changed=changed, removed=(), at=2)
    updated = time.perf_counter() - begun
    times = []
    for question in asked:
        begun = time.perf_counter()
        index.search(question)
        times.append((time.perf_counter() - begun) * 1e3)
    return Speed(
        entries=entries,
        build_seconds=built,
        update_seconds=updated,
        encode_seconds=encoded,
        megabytes=after - before,
        p50=float(np.percentile(times, 50)),
        p99=float(np.percentile(times, 99)),
    )


class Texts:
    """Questions of words as common as Zipf's law has them."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        words = {
            "".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3, 3, 4))))
            for _ in range(TOPICS)
        }
        self.words = sorted(words)
        chance.shuffle(self.words)
        self.weights = [1 / (rank + 10) for rank in range(len(self.words))]
        self.drawn: list[str] = []

    def word(self) -> str:
        if not self.drawn:
            self.drawn = self.chance.choices(self.words, self.weights, k=10_000)
        return self.drawn.pop()

    def question(self) -> str:
        shape = self.chance.choice(SHAPES)
        return shape.format(v=self.word(), n=self.word(), m=self.word(), o=self.word())

    def answer(self) -> str:
        return " ".join(self.word() for _ in range(30))


def memory() -> float:
    """Megabytes that this process has now."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1e6 if sys.platform == "darwin" else 1e3)
