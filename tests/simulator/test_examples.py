"""The examples of docs/simulator.md: bots on the bare libraries, tested as their authors would."""

import shutil
from pathlib import Path

import pytest

from simulator.slack import SlackStandIn
from simulator.telegram import TelegramStandIn
from simulator.telegram.methods import methods_of
from tests.simulator.outside import REPOSITORY, run_pytest

EXAMPLES = REPOSITORY / "docs" / "examples" / "simulator"
LIBRARIES = ("bolt", "discord", "telegram")


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_example_passes_on_its_own(tmp_path: Path, library: str) -> None:
    name = f"test_{library}_bot.py"
    shutil.copy(EXAMPLES / name, tmp_path)
    ran = run_pytest(tmp_path, name)
    assert ran.code == 0, ran.output
    assert "3 passed" in ran.output


async def test_the_page_lists_what_is_served() -> None:
    page = (REPOSITORY / "docs" / "simulator.md").read_text(encoding="utf-8")
    served = {*SlackStandIn().api.methods, *methods_of(TelegramStandIn().world)}
    for name in served:
        assert f"`{name}`".lower() in page.lower()


def test_every_example_is_run_and_shown() -> None:
    names = {f"test_{library}_bot.py" for library in LIBRARIES}
    assert {file.name for file in EXAMPLES.glob("*.py")} == names
    page = (REPOSITORY / "docs" / "simulator.md").read_text(encoding="utf-8")
    for name in names:
        assert name in page
