"""The command line as people meet it: help, exit codes, and one sentence for what goes wrong."""

import json
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import asyncpg
import click
import pytest
from click.testing import CliRunner

from bots.embedded import Addresses
from bots.main import Root
from core.errors import ConfigurationError, UnavailableError, UserError
from tests.bots.commands import trialogue

NOWHERE = "postgresql://bot:hunter2x@127.0.0.1:1/bot"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["up", "--help"], ["serve", "-h"], ["migrate", "-h"]]
)
def test_help_is_given_in_plain_words(tmp_path: Path, arguments: list[str]) -> None:
    result = trialogue(tmp_path, *arguments, HTTP_PORT="wrong on purpose")
    assert result.returncode == 0
    assert result.stdout.startswith("Usage: trialogue")
    assert not result.stderr


def test_help_lists_the_commands_quickly(tmp_path: Path) -> None:
    trialogue(tmp_path, "--help")
    before = getrusage(RUSAGE_CHILDREN)
    result = trialogue(tmp_path, "--help")
    after = getrusage(RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < 1  # second of a processor: 0.1 is usual
    for command in ("up", "serve", "migrate"):
        assert f"\n  {command} " in result.stdout


def test_the_version_is_known(tmp_path: Path) -> None:
    assert trialogue(tmp_path, "--version").stdout.startswith("trialogue 0.")


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["up", "--nonsense"]])
def test_misuse_ends_with_2(tmp_path: Path, arguments: list[str]) -> None:
    result = trialogue(tmp_path, *arguments)
    assert result.returncode == 2
    assert "Usage: trialogue" in result.stderr


@pytest.mark.parametrize("command", ["up", "serve", "migrate"])
def test_without_a_database_both_ways_out_are_named(tmp_path: Path, command: str) -> None:
    result = trialogue(tmp_path, command)
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert "--embedded" in line
    assert "POSTGRES_HOST" in line
    assert ("REDIS_HOST" in line) == (command != "migrate")


def test_only_what_is_missing_is_asked_for(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "up", POSTGRES_DSN=NOWHERE)
    assert result.returncode == 2
    assert "REDIS_HOST" in result.stderr
    assert "POSTGRES_HOST" not in result.stderr


def test_a_wrong_setting_is_one_sentence_without_its_value(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REDIS_URL=http://:hunter2x@cache\n", encoding="utf-8")
    result = trialogue(tmp_path, "serve", POSTGRES_DSN=NOWHERE)
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        "Error: REDIS_URL must begin with redis:// or rediss:// or unix://."
    ]
    assert "hunter2x" not in result.stdout + result.stderr


def test_the_statements_can_be_printed_without_a_database(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "migrate", "--sql")
    assert result.returncode == 0
    assert "CREATE TABLE inbox" in result.stdout
    assert not result.stderr


async def test_migrate_runs_twice_and_says_so(tmp_path: Path, addresses: Addresses) -> None:
    owner = await asyncpg.connect(addresses.postgres_owner_dsn)
    await owner.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    for name in ("POSTGRES_DSN", "POSTGRES_OWNER_DSN"):
        result = trialogue(tmp_path, "migrate", **{name: addresses.postgres_owner_dsn})
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == "The database is up to date.\n"
    assert await owner.fetchval("SELECT count(*) FROM organizations") == 1
    await owner.close()


async def test_migrating_as_somebody_else_is_one_sentence(
    tmp_path: Path, addresses: Addresses
) -> None:
    owner = await asyncpg.connect(addresses.postgres_owner_dsn)
    await owner.execute(
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
        "GRANT USAGE ON SCHEMA public TO trialogue_app"
    )
    await owner.close()
    result = trialogue(tmp_path, "migrate", POSTGRES_DSN=addresses.postgres_dsn)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert "permission denied" in line
    assert "POSTGRES_OWNER_DSN" in line


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("kb", "list"), 0, "Nothing is known yet"),
        (("privacy", "export", "telegram", "77"), 1, "Nobody with the id 77 is known"),
        (("serve",), 2, "SLACK_SIGNING_SECRET is not"),
    ],
)
def test_only_a_service_needs_settings_that_connect_the_platforms(
    tmp_path: Path, addresses: Addresses, arguments: tuple[str, ...], code: int, said: str
) -> None:
    result = trialogue(
        tmp_path,
        *arguments,
        POSTGRES_DSN=addresses.postgres_dsn,
        REDIS_URL=addresses.redis_url,
        SLACK_BOT_TOKEN="xapp-123",
    )
    assert result.returncode == code
    assert said in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ConfigurationError("Set X."), 2, "Error: Set X.\n"),
        (UserError("Mend Y."), 1, "Error: Mend Y.\n"),
        (UnavailableError("Redis is not there"), 1, "Error: Redis is not there\n"),
        (ExceptionGroup("", [ExceptionGroup("", [UserError("Mend Z.")])]), 1, "Error: Mend Z.\n"),
    ],
)
def test_an_expected_error_is_one_line_and_an_exit_code(
    error: Exception, code: int, said: str
) -> None:
    result = CliRunner().invoke(_failing(error), ["fail"])
    assert (result.exit_code, result.stderr, result.stdout) == (code, said, "")


@pytest.mark.parametrize(
    "error", [ValueError("bug"), ExceptionGroup("", [UserError("Mend."), ValueError("bug")])]
)
def test_an_error_that_nobody_expected_is_not_called_the_users(error: Exception) -> None:
    assert CliRunner().invoke(_failing(error), ["fail"]).exception is error


def _failing(error: Exception) -> click.Group:
    root = Root("trialogue")

    @root.command()
    def fail() -> None:
        raise error

    return root


def test_an_unexpected_error_is_logged_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import bots.settings\n"
        "def fail(*_, **__): raise RuntimeError('xoxb-12345-hunter2x')\n"
        "bots.settings.read_settings = fail\n",
        encoding="utf-8",
    )
    result = trialogue(tmp_path, "serve", PYTHONPATH=f"{tmp_path}:{Path.cwd()}")
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert json.loads(line)["action"] == "command_failed"
    assert "RuntimeError" in json.loads(line)["exception"]
    assert "hunter2x" not in line
