"""`trialogue simulate` as people run it: a process of its own, and bots that are not ours."""

import asyncio
import json
import re
import shlex
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

from bots.simulate import NAMES
from simulator.control import PLATFORMS
from tests.bots.commands import environment, trialogue
from tests.ports import free_port, free_ports
from tests.process import HEARS_CTRL_C
from tests.simulator.control import WITHIN, Client, echo_bot, until_listening
from tests.simulator.echo_bot import HEARD

SETTING = re.compile(r"^([A-Z_]+)=(.+)$", re.MULTILINE)


@asynccontextmanager
async def simulating(directory: Path, *arguments: str) -> AsyncIterator[Process]:
    """The command; whoever leaves the context without having ended it kills it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HEARS_CTRL_C, "-m", "bots", "simulate", *arguments),
        cwd=directory,
        env=environment({}),
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def read_line(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN):
        line = (await process.stdout.readline()).decode()
    assert line, "the command ended"
    return line


async def end(process: Process, number: signal.Signals) -> tuple[int | None, str, str]:
    """Send a signal; the exit code and the rest of the output."""
    process.send_signal(number)
    async with asyncio.timeout(WITHIN):
        output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_bot_of_the_bare_library_answers_and_ctrl_c_ends_it_all(
    tmp_path: Path, platform: str
) -> None:
    async with simulating(tmp_path, "--json") as process, aiohttp.ClientSession() as session:
        shown = json.loads(await read_line(process))
        assert set(shown["platforms"]) == set(PLATFORMS)
        control = Client(session=session, url=f"{shown['control']}/{platform}")
        settings: Mapping[str, str] = shown["platforms"][platform]
        async with echo_bot(platform, settings, tmp_path / "bot.log"):
            await until_listening(platform, control)
            await control.post("/messages", text="good morning", person="ada")
            [posting] = await control.postings(1)
            assert posting["text"] == f"{HEARD}good morning"

            children = psutil.Process(process.pid).children(recursive=True)
            code, output, errors = await end(process, signal.SIGINT)
        assert (code, output, errors) == (0, "", "Stopped.\n")
        assert children == []
    port = int(shown["control"].split(":")[2].split("/")[0])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


async def test_it_prints_what_belongs_into_an_env_file(tmp_path: Path) -> None:
    port = free_ports(4)
    async with simulating(tmp_path, "--port", str(port), "--platform", "telegram") as process:
        text = ""
        while "Ctrl-C" not in text:
            text += await read_line(process)
        settings = dict(SETTING.findall(text))
        assert settings.keys() == {"TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL"}
        assert settings["TELEGRAM_API_URL"] == f"http://127.0.0.1:{port + 3}"
        _, _, body, url = shlex.split(re.findall(r"^curl -d .*$", text, re.MULTILINE)[0])
        assert url == f"http://127.0.0.1:{port}/control/telegram/messages"
        as_curl_does = {"Content-Type": "application/x-www-form-urlencoded"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=as_curl_does) as answer,
        ):
            assert (await answer.json())["text"] == "hello"
        assert (await end(process, signal.SIGTERM))[0] == 128 + signal.SIGTERM


async def test_slack_calls_the_bot_whose_address_is_given(tmp_path: Path) -> None:
    port = free_port()
    arguments = ("--json", "--platform", "slack", "--bot-url", f"http://127.0.0.1:{port}")
    async with simulating(tmp_path, *arguments) as process, aiohttp.ClientSession() as session:
        shown = json.loads(await read_line(process))
        assert set(shown["platforms"]) == {"slack"}
        settings = shown["platforms"]["slack"]
        assert "SLACK_APP_TOKEN" not in settings
        control = Client(session=session, url=f"{shown['control']}/slack")
        async with echo_bot("slack", settings, tmp_path / "bot.log", HTTP_PORT=str(port)):
            await _listening(port)
            await control.post("/messages", text="good morning")
            await control.postings(1)
        assert (await end(process, signal.SIGINT))[0] == 0


async def _listening(port: int) -> None:
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = await asyncio.to_thread(trialogue, tmp_path, "simulate", "--port", str(port))
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert "--port" in line
    assert str(port) in line


@pytest.mark.parametrize(
    "arguments",
    [("--port", "0"), ("--port", "65535"), ("--platform", "matrix"), ("--bot-url", "example.org")],
)
def test_misuse_ends_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = trialogue(tmp_path, "simulate", *arguments)
    assert result.returncode == 2
    assert arguments[0] in result.stderr


def test_the_command_knows_the_platforms() -> None:
    assert NAMES == PLATFORMS
