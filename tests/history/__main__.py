"""`python -m tests.history RECORDING...`: what was lost, repeated, out of order or left over."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.history.check import check
from tests.history.ledger import read_ledger
from tests.history.recording import read_recordings

CLEAN, PROBLEMS, MISUSE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare recordings with a database; the exit code is 1 when something is wrong."""
    given = _parser().parse_args(arguments)
    dsn = given.dsn or os.environ.get("POSTGRES_DSN")
    if not dsn:
        sys.stderr.write("Which database? Give --dsn, or set POSTGRES_DSN.\n")
        return MISUSE
    try:
        recording = read_recordings(given.recordings)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return MISUSE
    ledger = asyncio.run(read_ledger(dsn))
    report = check(recording, ledger)
    if given.json:
        whole = {**asdict(report), "numbers": asdict(ledger.numbers)}
        sys.stdout.write(json.dumps(whole) + "\n")
    else:
        for problem in report.problems:
            sys.stdout.write(f"{problem}\n")
        asked, posted = len(recording.questions), len(recording.postings)
        verdict = "as promised" if not report.problems else "not as promised"
        sys.stdout.write(f"{asked} asked, {posted} posted: {verdict}.\n")
    return PROBLEMS if report.problems else CLEAN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.history", description=__doc__)
    parser.add_argument(
        "recordings",
        nargs="+",
        type=Path,
        metavar="RECORDING",
        help="JSON lines, as GET /control/PLATFORM/history exports them",
    )
    parser.add_argument("--dsn", help="the bot's PostgreSQL; POSTGRES_DSN if not given")
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead")
    return parser


if __name__ == "__main__":
    sys.exit(main())
