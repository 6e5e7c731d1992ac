"""`python -m benchmarks.answers`: the public sets, any set of one's own, or the speed."""

import argparse
import asyncio
import csv
import json
import random
import sys
import time
from collections.abc import Container, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import structlog

from benchmarks.answers.knowledge import ORGANIZATION, KnowledgeInMemory, service_on
from benchmarks.answers.measures import Measures, Score, ask, measure
from benchmarks.answers.semantic import model
from benchmarks.answers.sets import (
    WHERE,
    Labelled,
    banking77,
    clinc150,
    clinc150_train,
    misspell,
    sample,
    table,
)
from benchmarks.answers.speed import measure_speed
from core.entries import NewEntry
from core.errors import UserError
from core.knowledge.fits import Fitter
from core.knowledge.service import KnowledgeService
from core.ports.encoder import Encoder

SEEDS = (1, 2, 3)
PHRASINGS = 10
SIZES = (10_000, 100_000)
NAMED = 3  # questions that are named of those that nothing answers


async def served(
    entries: Sequence[NewEntry], encoder: Encoder | None
) -> tuple[KnowledgeService, float]:
    """The product's service with these entries, fitted; and the seconds that it took."""
    service = service_on(KnowledgeInMemory())
    fitter = Fitter(store=service.store, indexes=service.indexes, encoder=encoder)
    service = replace(service, fitter=fitter, encoder=encoder)
    await service.import_entries(ORGANIZATION, entries)
    begun = time.perf_counter()
    await service.search(ORGANIZATION, "ready?")
    await fitter.refresh(ORGANIZATION)
    return service, time.perf_counter() - begun


async def public(
    known: Sequence[Labelled], asked: Sequence[Labelled], encoder: Encoder | None, *, seed: int
) -> tuple[Measures, Measures]:
    """A labelled set as it is, and misspelt. An answer tells nothing but which one it is."""
    labels = list(dict.fromkeys(label for _, label in known))
    answers = {label: chr(0x4E00 + number) for number, label in enumerate(labels)} | {"": ""}
    service, _ = await served(
        [NewEntry(phrasings=(text,), answer=answers[label]) for text, label in known], encoder
    )
    chance = random.Random(seed)
    plain = [(text, answers[label]) for text, label in asked]
    misspelt = [(misspell(text, chance), answer) for text, answer in plain]
    return tuple(  # type: ignore[return-value]
        [measure(await ask(service, ORGANIZATION, questions)) for questions in (plain, misspelt)]
    )


async def run_public(
    directory: Path, seeds: Sequence[int], phrasings: int, encoder: Encoder | None
) -> None:
    """Print a table, a row for each set and seed."""
    print(
        f"{phrasings} phrasings an entry; p >= 0.8 answers; misspelt: a slip in 30 % of the words"
    )
    print("of more than four letters. OOS: out of scope.\n")
    print(
        "| set | seed | hit@1 | misspelt | hit@5 | MRR | AUROC | cov95"
        " | p>=.8: precision | coverage | OOS answered | offered: right in it | OOS offered |"
    )
    print("|" + "---|" * 13)
    for load in (clinc150, banking77):
        try:
            found = load(directory)
        except FileNotFoundError as error:
            name = load.__name__
            print(f"{name}: skipped, {error.filename} is not there. {WHERE[name]}", file=sys.stderr)
            continue
        train = clinc150_train(directory) if load is clinc150 else found.train
        for seed in seeds:
            known = sample(train, phrasings, seed=seed)
            plain, misspelt = await public(known, found.test, encoder, seed=seed)
            print(_row(found.name, seed, plain, misspelt), flush=True)


def _row(name: str, seed: int, plain: Measures, misspelt: Measures) -> str:
    numbers = (
        plain.hit1, misspelt.hit1, plain.hit5, plain.mrr, plain.auroc, plain.cov95,
        plain.answered_precision, plain.answered_coverage, plain.answered_out_of_scope,
        plain.offered_hit3, plain.offered_out_of_scope,
    )  # fmt: skip
    shown = " | ".join("-" if number is None else f"{number:.3f}" for number in numbers)
    return f"| {name} | {seed} | {shown} |"


async def run_own(arguments: argparse.Namespace, encoder: Encoder | None) -> None:
    """Measure a set of one's own."""
    columns = table(arguments.knowledge, "question", "answer")
    sources = _sources(arguments.knowledge)
    entries = [
        NewEntry(phrasings=(question,), answer=answer, source=source)
        for (question, answer), source in zip(columns, sources, strict=True)
        if question and answer
    ]
    asked = [(q, a) for q, a in table(arguments.queries, "question", "answer") if q]
    _name_unanswerable(asked, {entry.answer for entry in entries})
    service, seconds = await served(entries, encoder)
    begun = time.perf_counter()
    scores = await ask(service, ORGANIZATION, asked)
    each = (time.perf_counter() - begun) / max(len(asked), 1) * 1e3
    measures = measure(scores)
    if arguments.scores:
        _write(arguments.scores, scores)
    if arguments.json:
        timing = {"ready_seconds": round(seconds, 2), "question_ms": round(each, 2)}
        print(json.dumps({**asdict(measures), **timing}, indent=2))
    else:
        print(f"{measures}\nready in {seconds:.1f} s, {each:.2f} ms a question")


def _name_unanswerable(asked: Sequence[tuple[str, str]], known: Container[str]) -> None:
    """Say which questions cannot be answered rightly, whatever is found."""
    wrong = [question for question, answer in asked if answer and answer not in known]
    if not wrong:
        return
    more = f" and {len(wrong) - NAMED:,} more" if len(wrong) > NAMED else ""
    named = ", ".join(f"“{question}”" for question in wrong[:NAMED])
    print(
        f"{len(wrong):,} of {len(asked):,} questions expect an answer that no entry has, letter for"
        f" letter, and count as misses: {named}{more}.",
        file=sys.stderr,
    )


def _sources(path: Path) -> Sequence[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row.get("source") or "").strip() for row in csv.DictReader(file)]


def _write(path: Path, scores: Sequence[Score]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("question", "expected", "found", "place", "confidence"))
        for score in scores:
            writer.writerow(
                (score.question, score.expected, score.found, score.place, score.confidence)
            )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder of the public sets")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--phrasings", type=int, default=PHRASINGS)
    parser.add_argument("--knowledge", type=Path, help="CSV: question,answer[,source]")
    parser.add_argument("--queries", type=Path, help="CSV: question,answer; empty: out of scope")
    parser.add_argument("--scores", type=Path, help="write each question's score to this CSV")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--semantic", action="store_true", help="with an embedding model")
    parser.add_argument("--speed", action="store_true", help="at 10,000 and 100,000 entries")
    arguments = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    own = arguments.knowledge is not None and arguments.queries is not None
    if (arguments.knowledge is None) != (arguments.queries is None):
        parser.error("--knowledge and --queries belong together")
    if not (own or arguments.data or arguments.speed):
        parser.error("give --data DIR, or --knowledge KB.csv --queries Q.csv, or --speed")
    try:
        encoder = model() if arguments.semantic else None
        if own:
            asyncio.run(run_own(arguments, encoder))
        elif arguments.data:
            phrasings = arguments.phrasings
            asyncio.run(run_public(arguments.data, arguments.seeds, phrasings, encoder))
    except (OSError, ValueError, UserError) as error:
        parser.error(str(error))
    if arguments.speed:
        for size in SIZES:
            print(measure_speed(size, encoder), flush=True)


if __name__ == "__main__":
    main()
