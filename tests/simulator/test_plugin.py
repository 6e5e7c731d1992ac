"""The pytest plugin as people use it who have installed us and whose bots are not ours."""

from pathlib import Path

import pytest

from tests.simulator.outside import run_pytest

THREE = """
async def test_all_three_are_there_and_new(slack, discord, telegram):
    for platform in (slack, discord, telegram):
        assert platform.posted == []
        await platform.ask("hello")
        assert len(platform.asked) == 1
        assert platform.environment


async def test_each_test_has_its_own(telegram):
    assert telegram.asked == []
"""
ANYIO = f"import pytest\n\npytestmark = pytest.mark.anyio\n\n{THREE}"
ANYIO_BACKEND = """
import pytest

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""
SYNC = """
def test_it_is_there(telegram):
    assert telegram.environment
"""
OWN = """
import pytest

@pytest.fixture
def slack():
    return "our own"

def test_a_fixture_of_the_same_name_wins(slack):
    assert slack == "our own"
"""

STRICTLY = ("-W", "error", "-W", "ignore::pytest.PytestDeprecationWarning")
"""Warnings are errors, but for the one with which pytest-asyncio asks for a setting."""


def test_the_fixtures_work_in_both_modes_of_pytest_asyncio(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(THREE, encoding="utf-8")
    ran = run_pytest(tmp_path, *STRICTLY, "-o", "asyncio_mode=auto")
    assert ran.code == 0, ran.output

    marked = f"import pytest\n\npytestmark = pytest.mark.asyncio\n\n{THREE}"
    (tmp_path / "test_bot.py").write_text(marked, encoding="utf-8")
    ran = run_pytest(tmp_path, *STRICTLY)
    assert ran.code == 0, ran.output
    assert "2 passed" in ran.output


@pytest.mark.parametrize("without", [(), ("-p", "no:asyncio")])
def test_the_fixtures_work_on_anyio(tmp_path: Path, without: tuple[str, ...]) -> None:
    (tmp_path / "test_bot.py").write_text(ANYIO, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(ANYIO_BACKEND, encoding="utf-8")
    ran = run_pytest(tmp_path, *STRICTLY, *without)
    assert ran.code == 0, ran.output
    assert "2 passed" in ran.output


def test_without_an_event_loop_the_error_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(SYNC, encoding="utf-8")
    ran = run_pytest(tmp_path, "-p", "no:asyncio", "-p", "no:anyio")
    assert ran.code != 0
    assert "install pytest-asyncio" in ran.output
    assert "INTERNALERROR" not in ran.output


def test_a_test_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(OWN, encoding="utf-8")
    for arguments in ((), ("-p", "no:asyncio"), ("-p", "no:trialogue-simulator")):
        ran = run_pytest(tmp_path, *STRICTLY, *arguments)
        assert ran.code == 0, ran.output


def test_the_plugin_can_be_switched_off(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(SYNC, encoding="utf-8")
    ran = run_pytest(tmp_path, "-p", "no:trialogue-simulator")
    assert ran.code == 1
    assert "fixture 'telegram' not found" in ran.output


def test_loading_the_plugin_loads_no_platform(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(
        "import sys\n\ndef test_nothing():\n"
        "    assert 'simulator.pytest_plugin' in sys.modules\n"
        "    assert not {'aiohttp', 'simulator.slack', 'pydantic'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    ran = run_pytest(tmp_path)
    assert ran.code == 0, ran.output
