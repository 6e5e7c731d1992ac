"""Every command of the README, run as it stands there."""

import asyncio
import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.telegram import TelegramStandIn
from tests.databases import data_directory
from tests.process import KEPT, free_port

REPOSITORY = Path(__file__).parents[2]
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^\$ (.+)$", re.MULTILINE)
SERVES = " up "
WITHIN = 60.0


def commands() -> Sequence[str]:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    return [command for block in BLOCK.findall(text) for command in COMMAND.findall(block)]


def test_every_make_target_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = [command.split()[1] for command in commands() if command.startswith("make ")]
    assert "setup" in targets
    assert "test" in targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


async def test_the_first_commands_lead_to_an_answer() -> None:
    """`make` has run already: here is what comes after it, in a directory of its own."""
    ours = [command for command in commands() if not command.startswith("make ")]
    assert len(ours) >= 3
    assert SERVES in ours[-1]
    with data_directory() as directory:
        directory.chmod(0o755)
        shutil.copytree(REPOSITORY / "docs", directory / "docs")
        (directory / ".venv" / "bin").mkdir(parents=True)
        script = directory / ".venv" / "bin" / "trialogue"
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m bots "$@"\n')
        script.chmod(0o755)
        for command in ours[:-1]:
            process, output = await _run(command, directory)
            assert process.returncode == 0, output
        assert "The bot answers with the first." in output
        await _serve(ours[-1], directory)


async def _serve(command: str, directory: Path) -> None:
    token = re.findall(r"TELEGRAM_BOT_TOKEN=(\S+)", command)[0]
    async with TelegramStandIn(token=token) as telegram:
        bot = await _start(
            f"exec env {command}",
            directory,
            TELEGRAM_API_URL=telegram.url,
            HTTP_PORT=str(free_port()),
        )
        try:
            asked = await telegram.tell("I forgot my password")
            await telegram.answered(1, timeout=WITHIN)
            [reply] = telegram.posted
            assert "Reset password" in reply.text
            assert "it-handbook.md#passwords" in reply.text
            assert reply.channel == asked.channel
            bot.terminate()
            output, _ = await bot.communicate()
            assert bot.returncode == 0, output.decode()
        finally:
            if bot.returncode is None:
                bot.kill()
                await bot.wait()


async def _run(command: str, directory: Path) -> tuple[asyncio.subprocess.Process, str]:
    process = await _start(command, directory)
    async with asyncio.timeout(WITHIN):
        output, _ = await process.communicate()
    return process, output.decode()


async def _start(command: str, directory: Path, **more: str) -> asyncio.subprocess.Process:
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment["PYTHONPATH"] = str(REPOSITORY)
    return await asyncio.create_subprocess_shell(
        command,
        cwd=directory,
        env={**environment, **more},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
