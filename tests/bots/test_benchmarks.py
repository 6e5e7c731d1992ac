"""The benchmark starts, and says what it takes; its figures are no test's business."""

import subprocess
import sys
from pathlib import Path

from benchmarks.__main__ import Measurement, table
from benchmarks.load import Latencies

REPOSITORY = Path(__file__).parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_an_unknown_platform_is_misuse() -> None:
    refused = bench("irc")
    assert refused.returncode == 2
    assert "not a platform: irc" in refused.stderr


def test_a_short_run_measures_the_product_beside_the_library() -> None:
    run = bench("telegram", "--count", "200")
    assert run.returncode == 0, run.stderr
    assert "Trialogue, the full way" in run.stdout
    assert "library echo, tuned" in run.stdout


def test_the_ratio_is_to_the_librarys_readme() -> None:
    def measured(subject: str, per_second: float) -> Measurement:
        return Measurement(
            platform="slack",
            subject=subject,
            per_second=per_second,
            cpu_microseconds=300,
            memory=80,
            latencies=Latencies(p50=2, p99=9),
        )

    lines = table([measured("ours", 300), measured("echo, as its README shows", 200)])
    assert "| slack | ours | 300 | 1.50 |" in lines
