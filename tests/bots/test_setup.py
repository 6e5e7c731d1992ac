"""`trialogue setup`, at a terminal and in scripts."""

import asyncio
import os
import pty
import re
import select
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest
from dotenv import dotenv_values

from bots.embedded import Addresses
from bots.env_file import EnvFile
from core.errors import ConfigurationError
from simulator.discord.standin import DiscordStandIn
from simulator.slack.standin import SlackStandIn
from simulator.telegram.standin import TelegramStandIn
from tests.bots.commands import environment, trialogue

WITHIN = 90.0
PASTED = "xoxb-000"
"""A token where something else was asked for."""


@dataclass(slots=True, kw_only=True)
class Terminal:
    """A command at a terminal: what it shows, and what is typed."""

    descriptor: int
    process: subprocess.Popen[bytes]
    shown: str = ""
    seen: int = field(default=0)

    def expect(self, text: str) -> None:
        """Read until it shows this, after what was expected before."""
        deadline = monotonic() + WITHIN
        while text not in self.shown[self.seen :]:
            ready, _, _ = select.select([self.descriptor], [], [], deadline - monotonic())
            assert ready, f"{text!r} was not shown:\n{self.shown}"
            assert self._read(), f"it ended without {text!r}:\n{self.shown}"
        self.seen = self.shown.index(text, self.seen) + len(text)

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self.descriptor, text.encode())

    def answer(self, question: str, text: str = "") -> None:
        """Type a line when something is asked."""
        self.expect(question)
        self.type(f"{text}\n")

    def interrupt(self) -> None:
        """Press Ctrl-C once it waits for us: Python forgets one that comes just before it waits."""
        deadline = monotonic() + WITHIN
        while psutil.Process(self.process.pid).status() != psutil.STATUS_SLEEPING:
            assert monotonic() < deadline, f"it does not wait:\n{self.shown}"
            sleep(0.01)
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        return self.process.wait(WITHIN)

    def _read(self) -> bool:
        try:
            piece = os.read(self.descriptor, 65536)
        except OSError:  # the other side is closed
            return False
        self.shown += piece.decode(errors="replace")
        return bool(piece)


@contextmanager
def at_terminal(directory: Path, variables: Mapping[str, str]) -> Iterator[Terminal]:
    """`trialogue setup` with a terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bots", "setup"],
        cwd=directory,
        env=environment(variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(descriptor=ours, process=process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_newcomer_is_led_from_nothing_to_three_platforms(tmp_path: Path) -> None:
    async with (
        SlackStandIn(socket_mode=True) as slack,
        DiscordStandIn() as discord,
        TelegramStandIn() as telegram,
    ):
        where = {
            "SLACK_API_URL": slack.environment["SLACK_API_URL"],
            "DISCORD_API_URL": discord.api_url,
            "TELEGRAM_API_URL": telegram.url,
        }
        tokens = {
            "SLACK_BOT_TOKEN": slack.api.token,
            "SLACK_APP_TOKEN": slack.api.app_token,
            "DISCORD_TOKEN": discord.token,
            "TELEGRAM_BOT_TOKEN": telegram.token,
        }
        shown = await asyncio.to_thread(_lead, tmp_path, where, tokens)
    for value in (*tokens.values(), "xoxb-wrong"):
        assert value not in shown
    file = dotenv_values(tmp_path / ".env")
    assert {name: file[name] for name in tokens} == tokens
    assert re.fullmatch(r"[0-9a-f]{64}", file["SECRET_KEY"] or "")
    assert file["ACCESS"] == "invite"
    assert mode_of(tmp_path / ".env") == 0o600
    assert set(file) == {*tokens, "SECRET_KEY", "ACCESS"}


def _lead(directory: Path, where: Mapping[str, str], tokens: Mapping[str, str]) -> str:
    with at_terminal(directory, where) as terminal:
        terminal.answer("Run PostgreSQL and Valkey here, embedded? [Y/n]")
        terminal.expect("A SECRET_KEY is made.")
        terminal.answer("Connect Slack? [y/N]", "y")
        terminal.expect("Bot User OAuth Token (xoxb-...) at https://api.slack.com/apps")
        terminal.answer("SLACK_BOT_TOKEN (hidden, Enter leaves it out)", "xoxb-wrong")
        terminal.expect("Slack refuses SLACK_BOT_TOKEN: invalid_auth")
        terminal.answer("Try again, keep it all the same, or drop it?", "again")
        terminal.answer("SLACK_BOT_TOKEN (hidden", tokens["SLACK_BOT_TOKEN"])
        terminal.expect("good for @trialogue in Trialogue")
        terminal.answer("Use Socket Mode, which needs no address? [Y/n]")
        terminal.answer("SLACK_APP_TOKEN (hidden", tokens["SLACK_APP_TOKEN"])
        terminal.expect("Socket Mode is open to it")
        terminal.answer("Connect Discord? [y/N]", "y")
        terminal.answer("DISCORD_TOKEN (hidden", tokens["DISCORD_TOKEN"])
        terminal.expect("Discord token: good for trialogue")
        terminal.answer("Connect Telegram? [y/N]", "y")
        terminal.expect("https://t.me/BotFather")
        terminal.answer("TELEGRAM_BOT_TOKEN (hidden", tokens["TELEGRAM_BOT_TOKEN"])
        terminal.expect("good for @trialogue_bot")
        terminal.answer("Who may ask?", "invite")
        terminal.expect("which only you can read")
        terminal.expect("`trialogue doctor --embedded`")
        terminal.expect("`trialogue up --embedded`")
        assert terminal.end() == 0
        return terminal.shown


async def test_what_is_there_is_kept_and_servers_are_tried(
    tmp_path: Path, addresses: Addresses
) -> None:
    async with SlackStandIn() as slack:
        before = (
            "# our settings\n"
            f"export SLACK_BOT_TOKEN={slack.api.token}  # of the help desk\n"
            "\n"
            f"SLACK_API_URL={slack.environment['SLACK_API_URL']}\n"
            "SOMEBODY_ELSES='a b'\n"
            "SECRET_KEY=0123456789abcdef\n"
        )
        (tmp_path / ".env").write_text(before, encoding="utf-8")
        secret = {"SLACK_SIGNING_SECRET": slack.signing_secret}
        shown = await asyncio.to_thread(_change, tmp_path, addresses, secret)
    assert addresses.postgres_dsn not in shown
    assert slack.api.token not in shown
    text = (tmp_path / ".env").read_text(encoding="utf-8")
    assert text.startswith(before)
    added = dotenv_values(tmp_path / ".env")
    assert added["POSTGRES_DSN"] == addresses.postgres_dsn
    assert added["POSTGRES_OWNER_DSN"] == addresses.postgres_owner_dsn
    assert added["REDIS_URL"] == addresses.redis_url
    assert added["SLACK_SIGNING_SECRET"] == slack.signing_secret


def _change(directory: Path, addresses: Addresses, secret: Mapping[str, str]) -> str:
    with at_terminal(directory, {}) as terminal:
        terminal.expect("SLACK_SIGNING_SECRET is not")
        terminal.answer("embedded? [Y/n]", "n")
        terminal.expect("the bot's login, which need own nothing")
        terminal.answer("POSTGRES_DSN (hidden", "postgresql://a:hunter2x@127.0.0.1:1/a")
        terminal.expect("cannot be reached at 127.0.0.1:1")
        terminal.answer("drop it?", "again")
        terminal.answer("POSTGRES_DSN (hidden, Enter keeps it)", addresses.postgres_dsn)
        terminal.expect("release 18.")
        terminal.expect("leave it out where POSTGRES_DSN is the owner's")
        terminal.answer("POSTGRES_OWNER_DSN (hidden", addresses.postgres_owner_dsn)
        terminal.expect("lets in as trialogue_owner")
        terminal.answer("REDIS_URL (hidden", addresses.redis_url)
        terminal.expect("Valkey 9.")
        terminal.answer("Slack is set up. Change it? [y/N]", "y")
        terminal.answer("SLACK_BOT_TOKEN (hidden, Enter keeps it)")
        terminal.expect("good for @trialogue")
        terminal.answer("Use Socket Mode", "n")
        terminal.answer("SLACK_SIGNING_SECRET (hidden", secret["SLACK_SIGNING_SECRET"])
        terminal.expect("has the right form")
        terminal.answer("Connect Discord?")
        terminal.answer("Connect Telegram?")
        terminal.answer("Who may ask?")
        terminal.expect("`trialogue up` runs")
        assert terminal.end() == 0
        assert "hunter2x" not in terminal.shown
        return terminal.shown


async def test_a_token_that_is_dropped_or_kept_all_the_same(tmp_path: Path) -> None:
    async with TelegramStandIn() as telegram, DiscordStandIn() as discord:
        where = {"TELEGRAM_API_URL": telegram.url, "DISCORD_API_URL": discord.api_url}
        await asyncio.to_thread(_drop_and_keep, tmp_path, where)
    file = dotenv_values(tmp_path / ".env")
    assert "DISCORD_TOKEN" not in file
    assert file["TELEGRAM_BOT_TOKEN"] == f"123456789:{'A' * 35}"


def _drop_and_keep(directory: Path, where: Mapping[str, str]) -> None:
    with at_terminal(directory, where) as terminal:
        terminal.answer("embedded?")
        terminal.answer("Connect Slack?")
        terminal.answer("Connect Discord?", "y")
        terminal.answer("DISCORD_TOKEN (hidden", "wrong-token-of-discord")
        terminal.expect("Discord refuses DISCORD_TOKEN")
        terminal.answer("drop it?", PASTED)
        terminal.expect("Answer with again, keep, drop.")
        terminal.answer("drop it?", "drop")
        terminal.answer("Connect Telegram?", "y")
        terminal.answer("TELEGRAM_BOT_TOKEN (hidden", f"123456789:{'A' * 35}")
        terminal.answer("drop it?", "keep")
        terminal.answer("Who may ask?", PASTED)
        terminal.expect("Answer with members, invite, open.")
        terminal.answer("Who may ask?")
        assert terminal.end() == 0
        # What is typed is shown by the terminal; we repeat none of it.
        assert terminal.shown.count(PASTED) == 2


def test_leaving_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("ACCESS=open\n", encoding="utf-8")
    with at_terminal(tmp_path, {}) as terminal:
        terminal.answer("embedded?")
        terminal.expect("Connect Slack?")
        terminal.interrupt()
        assert terminal.end() == 1
        assert ".env is as it was" in terminal.shown
    assert file.read_text(encoding="utf-8") == "ACCESS=open\n"
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_without_a_terminal_it_says_what_to_do_instead(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "setup")
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert "--set NAME=VALUE" in line
    assert not list(tmp_path.iterdir())


def test_scripts_set_variables_and_secrets_from_their_input(tmp_path: Path) -> None:
    assignments = ("--set", "access=open", "--set", "TELEGRAM_BOT_TOKEN=-", "--set", "REDIS_URL=-")
    result = subprocess.run(
        [sys.executable, "-m", "bots", "setup", *assignments],
        cwd=tmp_path,
        env=environment({}),
        input="123456789:hunter2x\nredis://:pass word'$@h\n",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "Wrote ACCESS, TELEGRAM_BOT_TOKEN, REDIS_URL to .env" in result.stdout
    assert "`trialogue doctor`" in result.stdout
    assert "hunter2x" not in result.stdout
    file = dotenv_values(tmp_path / ".env")
    assert file == {
        "ACCESS": "open",
        "TELEGRAM_BOT_TOKEN": "123456789:hunter2x",
        "REDIS_URL": "redis://:pass word'$@h",
    }
    assert mode_of(tmp_path / ".env") == 0o600
    again = trialogue(tmp_path, "setup", "--set", "ACCESS=open")
    assert "Nothing to write" in again.stdout


def test_tokens_of_the_right_form_are_written_and_taken_out(tmp_path: Path) -> None:
    tokens = {
        "SLACK_BOT_TOKEN": "xoxe.xoxb-1-a",
        "SLACK_APP_TOKEN": "xapp-1-A1-2-b",
        "SLACK_SIGNING_SECRET": f"{'0' * 32}, {'a' * 32}",
        "DISCORD_TOKEN": "aA1.b-2.c_3",
        "DISCORD_APPLICATION_ID": "80351110224678912",
        "DISCORD_PUBLIC_KEY": "0f" * 32,
    }
    assignments = [part for name, value in tokens.items() for part in ("--set", f"{name}={value}")]
    result = trialogue(tmp_path, "setup", *assignments)
    assert (result.returncode, result.stderr) == (0, "")
    assert dotenv_values(tmp_path / ".env") == tokens
    emptied = trialogue(tmp_path, "setup", "--set", "SLACK_BOT_TOKEN=")
    assert emptied.returncode == 0
    assert dotenv_values(tmp_path / ".env")["SLACK_BOT_TOKEN"] == ""


def test_what_the_environment_says_otherwise_is_said(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "setup", "--set", "ACCESS=open", ACCESS="invite")
    assert result.returncode == 0
    assert "ACCESS is set in the environment too, and that one wins" in result.stderr


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("HTTP_PROT=8081", "HTTP_PROT is none of our settings. Is HTTP_PORT meant?"),
        ("HTTP_PORT=hunter2x", "HTTP_PORT is not usable"),
        ("REDIS_URL=http://hunter2x", "REDIS_URL must begin with redis://"),
        ("SECRET_KEY=changeme", "SECRET_KEY still holds a placeholder"),
        ("ACCESS", "NAME=VALUE"),
        (
            "SLACK_BOT_TOKEN=xapp-1-hunter2x",
            "which belongs in SLACK_APP_TOKEN: set SLACK_BOT_TOKEN",
        ),
        ("SLACK_BOT_TOKEN=hunter2x", "does not begin with xoxb-"),
        (
            "SLACK_APP_TOKEN=xoxb-1-hunter2x",
            "which belongs in SLACK_BOT_TOKEN: set SLACK_APP_TOKEN",
        ),
        ("SLACK_APP_TOKEN=hunter2x", "does not begin with xapp-"),
        ("SLACK_SIGNING_SECRET=hunter2x", "32 of the characters"),
        ("DISCORD_TOKEN=Bot a.b.hunter2x", "letters and digits with dots between them"),
        ("DISCORD_APPLICATION_ID=hunter2x", "is not a number"),
        ("DISCORD_PUBLIC_KEY=hunter2x", "64 of the characters"),
        ("TELEGRAM_BOT_TOKEN=hunter2x", "does not look like 123456789:AA...: set"),
        ("POSTGRES_PASSWORD=a${B}", "Set it in the environment instead"),
    ],
)
def test_what_cannot_be_set_is_refused_in_a_sentence(
    tmp_path: Path, assignment: str, said: str
) -> None:
    result = trialogue(tmp_path, "setup", "--set", assignment)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert said in line
    assert "hunter2x" not in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "value",
    ["", "plain", "with space", "it's", 'say "it"', "a#b", "a #b", "back\\slash", "$x=1", "ü\\'"],
)
@pytest.mark.parametrize(
    "line",
    ["", "NAME=old\n", "export NAME='old' # why\n", "name=\n", 'NAME="two\nlines"\nLAST=1', "NAME"],
)
def test_every_value_is_read_as_it_was_written(tmp_path: Path, value: str, line: str) -> None:
    path = tmp_path / ".env"
    path.write_text(f"# first\n\nBEFORE=1\n{line}", encoding="utf-8")
    changed = EnvFile.read(path).with_values({"NAME": value, "NEW": value})
    changed.write()
    after = {name.upper(): found for name, found in dotenv_values(path).items()}
    assert (after["NAME"], after["NEW"], after["BEFORE"]) == (value, value, "1")
    assert changed.text.startswith("# first\n\nBEFORE=1\n")
    assert ("# why" in changed.text) == ("# why" in line)
    assert EnvFile.read(path).value("NAME") == value


def test_the_last_of_several_lines_is_the_one_that_counts(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\r\nB=2\r\nA=3 # c\r\n", encoding="utf-8", newline="")
    file = EnvFile.read(path).with_values({"A": "4"})
    assert file.text == "A=1\r\nB=2\r\nA=4 # c\r\n"


def test_a_link_stays_one_and_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    target = tmp_path / "kept" / "settings"
    target.write_text("A=1\n", encoding="utf-8")
    link = tmp_path / ".env"
    link.symlink_to(target)
    EnvFile.read(link).with_values({"A": "2"}).write()
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "A=2\n"
    with pytest.raises(ConfigurationError, match="cannot be written"):
        EnvFile(path=tmp_path / "nowhere" / ".env", text="").write()
