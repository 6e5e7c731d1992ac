"""A model is opened where one is configured, and nothing of it is loaded where none is."""

import subprocess
import sys

import pytest

from bots.completers import open_completer
from bots.settings import read_settings
from core.errors import ConfigurationError
from tests.completer import KEY, MODEL, model_server, says
from tests.completers.test_openai import said
from tests.process import REPOSITORY

LOADS_NOTHING = "import sys, bots.app; raise SystemExit('openai' in sys.modules)"


async def test_the_settings_choose_model_server_and_key() -> None:
    async with model_server(think=lambda _: says("Yes.")) as server:
        settings = read_settings(
            _env_file=None,
            completer_model=MODEL,
            openai_base_url=server.url,
            openai_api_key=KEY,
            completer_use="Always",
        )
        async with open_completer(settings) as opened:
            assert opened is not None
            assert opened.always
            assert opened.completer.model == MODEL
            assert (await said(opened.completer))[0] == "Yes."
        [asked] = server.asked
        assert asked.headers["Authorization"] == f"Bearer {KEY}"
        assert asked.body["model"] == MODEL


async def test_without_one_there_is_none() -> None:
    async with open_completer(read_settings(_env_file=None, openai_api_key=KEY)) as opened:
        assert opened is None


def test_without_one_its_package_is_not_loaded() -> None:
    command = [sys.executable, "-c", LOADS_NOTHING]
    assert subprocess.run(command, check=False, cwd=REPOSITORY, timeout=300).returncode == 0


async def test_without_the_package_the_cure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    monkeypatch.delitem(sys.modules, "adapters.completers.openai", raising=False)
    settings = read_settings(_env_file=None, completer_model=MODEL, openai_api_key=KEY)
    with pytest.raises(ConfigurationError, match=r"pip install 'trialogue\[openai\]'"):
        async with open_completer(settings):
            raise AssertionError("opened")
