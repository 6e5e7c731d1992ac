"""`trialogue doctor`: settings, the machine, and the form of the report."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from aiohttp import web

from adapters.platforms.http.health import Readiness, health_routes
from bots.doctor.checks import Check, examine
from bots.doctor.databases import Databases, find_databases
from bots.doctor.machine import look_at_data_dir
from bots.doctor.report import Finding, Mark, ok
from bots.embedded import Addresses
from bots.settings import Settings
from bots.web import http_server
from tests.bots.commands import trialogue
from tests.bots.doctor import doctor, run_doctor, variables_of
from tests.databases import SharedDatabases, data_directory
from tests.ports import free_port

GIGABYTE, MEGABYTE = 1000**3, 1000**2


async def test_nothing_is_broken(tmp_path: Path, addresses: Addresses) -> None:
    report = await doctor(tmp_path, variables_of(addresses))
    assert report.code == 0
    (warning,) = report.marked("warning")
    assert "no platform is connected" in warning
    assert "SLACK_BOT_TOKEN, DISCORD_TOKEN or TELEGRAM_BOT_TOKEN" in warning
    assert report.lines[-1] == "Nothing is broken, 1 warning."
    assert not report.marked("broken")


async def test_the_report_can_be_read_by_machines(tmp_path: Path, addresses: Addresses) -> None:
    down = {"REDIS_URL": "redis://127.0.0.1:1"}
    result = await run_doctor(tmp_path, variables_of(addresses, down), "--json")
    report = json.loads(result.stdout)
    (broken,) = [one for one in report["findings"] if one["mark"] == "broken"]
    assert (result.returncode, report["broken"]) == (1, True)
    assert broken["subject"] == "Redis"
    assert "REDIS_HOST" in broken["cure"]


def test_misuse_ends_with_2(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "doctor", "--nonsense")
    assert result.returncode == 2
    assert "Usage: trialogue doctor" in result.stderr


async def test_without_any_database_both_ways_out_are_named(tmp_path: Path) -> None:
    report = await doctor(tmp_path, {"HTTP_PORT": str(free_port())})
    assert report.code == 0
    for subject, variable in (("PostgreSQL", "POSTGRES_HOST"), ("Redis", "REDIS_HOST")):
        assert report.line(subject).startswith("warning ")
        assert "`trialogue up --embedded`" in report.line(subject)
        assert variable in report.line(subject)
    assert not list(tmp_path.iterdir())


async def test_a_misspelt_variable_is_named_with_the_one_that_is_meant(
    tmp_path: Path, addresses: Addresses
) -> None:
    (tmp_path / ".env").write_text(
        "SLACK_BOT_TOKE=xoxb-hunter2x\nOTHER=1\nPATHS=/a\n", encoding="utf-8"
    )
    (tmp_path / ".env").chmod(0o600)
    variables = variables_of(addresses, {"DISCORD_BOT_TOKEN": "hunter2x"})
    report = await doctor(tmp_path, variables)
    file, environment, _ = report.about("Settings")
    assert file.startswith("warning ")
    assert "SLACK_BOT_TOKE in .env" in file
    assert "rename it to SLACK_BOT_TOKEN" in file
    assert "DISCORD_BOT_TOKEN in the environment" in environment
    assert "rename it to DISCORD_TOKEN" in environment
    assert report.code == 0
    assert "hunter2x" not in "".join(report.lines)


async def test_every_wrong_setting_is_named_and_the_rest_is_looked_at(
    tmp_path: Path, addresses: Addresses
) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=hunter2x\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o600)
    variables = variables_of(
        addresses,
        {
            "ACCESS": "hunter2x",
            "SLACK_BOT_TOKEN": "xoxb-1-hunter2x",
            "TELEGRAM_BOT_TOKEN": "123:hunter2x",
            "TELEGRAM_API_URL": "ftp://somewhere",
        },
    )
    report = await doctor(tmp_path, variables)
    level, access, slack = (
        next(line for line in report.about("Settings") if name in line)
        for name in ("LOG_LEVEL", "ACCESS", "SLACK_SIGNING_SECRET")
    )
    assert level.startswith("broken ")
    assert "Cure: correct" in level
    assert ".env" in level
    assert "ACCESS" in access
    assert "copy the Signing Secret from your Slack app's page" in slack
    assert "SLACK_API_URL" in report.line("Slack token")
    assert "TELEGRAM_API_URL" in report.line("Telegram token")
    assert report.line("PostgreSQL").startswith("ok ")
    assert report.code == 1
    assert "hunter2x" not in "".join(report.lines)


async def test_what_was_never_filled_in_is_named_with_where_it_is_found(
    tmp_path: Path, addresses: Addresses
) -> None:
    variables = variables_of(
        addresses,
        {
            "TELEGRAM_BOT_TOKEN": "your-token-here",
            "DISCORD_TOKEN": "<token>",
            "SLACK_BOT_TOKEN": "xoxb-...",
            "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
        },
    )
    report = await doctor(tmp_path, variables)
    slack, discord, telegram = report.about("Settings")
    assert "SLACK_BOT_TOKEN still holds a placeholder" in slack
    assert "OAuth & Permissions" in slack
    assert "DISCORD_TOKEN still holds a placeholder" in discord
    assert "discord.com/developers" in discord
    assert "BotFather" in telegram
    assert report.code == 1
    assert not report.about("Slack token")


async def test_the_file_itself_is_looked_at(tmp_path: Path, addresses: Addresses) -> None:
    file = tmp_path / ".env"
    file.write_text('ACCESS=open\nLOG_LEVEL="INFO\nPOSTGRES_HOST=h\n', encoding="utf-8")
    file.chmod(0o644)
    report = await doctor(tmp_path, variables_of(addresses))
    text = "\n".join(report.about("Settings"))
    assert "line 2 of .env cannot be read" in text
    assert "`chmod 600 .env`" in text
    assert report.code == 1
    file.write_bytes(b"ACCESS=\xff\n")
    report = await doctor(tmp_path, variables_of(addresses))
    assert "save it as UTF-8" in report.about("Settings")[0]
    assert report.line("PostgreSQL").startswith("ok ")


@pytest.mark.parametrize(
    ("variables", "culprit", "cure"),
    [
        ({"POSTGRES_HOST": "h"}, "POSTGRES_DSN and POSTGRES_HOST are both set", "leave one out"),
        ({"DISCORD_PUBLIC_KEY": "ab" * 32}, "DISCORD_PUBLIC_KEY", "set DISCORD_TOKEN too"),
        (
            {"TELEGRAM_WEBHOOK_SECRET": "abc", "TELEGRAM_BOT_TOKEN": "<token>"},
            "TELEGRAM_WEBHOOK_SECRET is set without PUBLIC_URL",
            "set PUBLIC_URL",
        ),
    ],
)
async def test_what_has_no_effect_is_said(
    tmp_path: Path, addresses: Addresses, variables: dict[str, str], culprit: str, cure: str
) -> None:
    report = await doctor(tmp_path, variables_of(addresses, variables))
    line = next(line for line in report.about("Settings") if culprit in line)
    assert line.startswith("warning ")
    assert cure in line


async def test_a_port_that_another_program_has_is_named(
    tmp_path: Path, addresses: Addresses
) -> None:
    variables = variables_of(addresses)
    port = int(variables["HTTP_PORT"])

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="a page")

    async with http_server([web.get("/health", page)], host="127.0.0.1", port=port):
        report = await doctor(tmp_path, variables)
    line = report.line("HTTP port")
    assert line.startswith("broken ")
    assert f"127.0.0.1:{port} is taken by another program" in line
    assert "set HTTP_PORT to a free port" in line
    assert report.code == 1


async def test_a_port_that_a_bot_of_ours_has_is_no_trouble(
    tmp_path: Path, addresses: Addresses
) -> None:
    variables = variables_of(addresses)
    port = int(variables["HTTP_PORT"])
    readiness = Readiness()
    readiness.set("postgres", "up")
    async with http_server(health_routes(readiness), host="127.0.0.1", port=port):
        well = await doctor(tmp_path, variables)
        readiness.set("redis", "down: gone")
        ill = await doctor(tmp_path, variables)
    assert "a bot of ours runs" in well.line("HTTP port")
    assert well.line("HTTP port").startswith("ok ")
    assert "redis is down: gone" in ill.line("HTTP port")
    assert (well.code, ill.code) == (0, 0)


async def test_an_address_that_is_not_this_machines_is_named(
    tmp_path: Path, addresses: Addresses
) -> None:
    report = await doctor(tmp_path, variables_of(addresses, {"HTTP_HOST": "192.0.2.1"}))
    assert "set HTTP_HOST to an address of this machine" in report.line("HTTP port")
    assert report.code == 1


@pytest.mark.parametrize(
    ("url", "mark", "said"),
    [
        ("https://bot.example.org", "ok", "cannot be tested from here"),
        ("http://bot.example.org", "warning", "write https://"),
        ("https://localhost", "warning", "on no public network"),
        ("https://", "broken", "write it as https://bot.example.org"),
        ("https://me:hunter2x@bot.example.org", "broken", "write it as https://bot.example.org"),
    ],
)
async def test_the_public_address_is_looked_at_by_its_form(
    tmp_path: Path, addresses: Addresses, url: str, mark: str, said: str
) -> None:
    report = await doctor(tmp_path, variables_of(addresses, {"PUBLIC_URL": url}))
    assert report.line("PUBLIC_URL").startswith(mark)
    assert said in report.line("PUBLIC_URL")
    assert "hunter2x" not in report.line("PUBLIC_URL")


async def test_embedded_databases_that_do_not_run_are_not_started(tmp_path: Path) -> None:
    port = {"HTTP_PORT": str(free_port())}
    with data_directory() as directory:
        directory.chmod(0o755)
        report = await doctor(tmp_path, port, "--data-dir", str(directory / "data"))
        assert not list(directory.iterdir())
    assert report.code == 0
    for subject in ("PostgreSQL", "Redis"):
        assert f"not running in {directory / 'data'}" in report.line(subject)
        assert "`trialogue up --embedded`" in report.line(subject)
    assert "is not there yet" in report.line("Data directory")


@pytest.mark.parametrize("asked", [True, False])
async def test_embedded_databases_that_run_are_looked_at_asked_or_not(
    tmp_path: Path, databases: SharedDatabases, asked: bool
) -> None:
    variables = {"HTTP_PORT": str(free_port()), "DATA_DIR": str(databases.data_dir)}
    options = ["--embedded"] if asked else []
    report = await doctor(tmp_path, variables, *options)
    owner = (databases.data_dir / "owner.lock").read_text(encoding="utf-8")
    assert f"process {owner} runs its databases" in report.line("Data directory")
    assert report.line("PostgreSQL").startswith("ok ")
    assert report.line("Redis").startswith("ok ")


async def test_databases_whose_owner_was_killed_do_not_run(tmp_path: Path) -> None:
    with data_directory() as directory:
        directory.chmod(0o755)
        (directory / "owner.lock").write_text("999999999", encoding="utf-8")
        said = {"postgres_dsn": "postgresql://bot@/bot?host=/nowhere", "redis_url": ""}
        (directory / "running.json").write_text(json.dumps(said), encoding="utf-8")
        port = {"HTTP_PORT": str(free_port())}
        report = await doctor(tmp_path, port, "--data-dir", str(directory))
    assert "not running" in report.line("PostgreSQL")
    assert "nothing runs in it" in report.line("Data directory")
    assert report.code == 0


async def test_a_data_directory_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    with data_directory() as directory:
        directory.chmod(0o755)
        file = directory / "data"
        file.write_text("", encoding="utf-8")
        variables = {"HTTP_PORT": str(free_port()), "DATA_DIR": str(file)}
        report = await doctor(tmp_path, variables, "--embedded")
    assert f"{file} is not a directory" in report.line("Data directory")
    assert "name a directory that you may write to with --data-dir or DATA_DIR" in report.line(
        "Data directory"
    )
    assert report.code == 1


@pytest.mark.parametrize(
    ("free", "mark", "said"),
    [
        (5 * GIGABYTE, Mark.OK, "5.0 GB free"),
        (500 * MEGABYTE, Mark.WARNING, "500 MB free"),
        (50 * MEGABYTE, Mark.BROKEN, "50 MB free"),
    ],
)
async def test_a_disk_that_fills_is_said_in_time(
    tmp_path: Path, free: int, mark: Mark, said: str
) -> None:
    databases = find_databases(Settings(data_dir=tmp_path), embedded=True)
    *_, disk = await _found(databases, free)
    assert disk.mark is mark
    assert said in disk.found
    assert ("DATA_DIR" in disk.cure) == (mark is not Mark.OK)


async def _found(databases: Databases, free: int) -> list[Finding]:
    return [one async for one in look_at_data_dir(databases, space=lambda _: free)]


async def test_a_check_that_hangs_or_fails_stops_no_other() -> None:
    async def hang() -> AsyncGenerator[Finding, None]:
        yield ok("Slow", "the first half")
        await asyncio.sleep(60)

    async def fail() -> AsyncGenerator[Finding, None]:
        yield ok("Faulty", "the first half")
        raise ValueError("a bug")

    async def work() -> AsyncGenerator[Finding, None]:
        yield ok("Well", "fine")

    looks = {"Slow": hang, "Faulty": fail, "Well": work}
    checks = [Check(subject=name, look=look, cure="look") for name, look in looks.items()]
    findings = await examine(checks, limit=1)
    assert [(one.subject, one.mark.value) for one in findings] == [
        ("Slow", "ok"),
        ("Slow", "broken"),
        ("Faulty", "ok"),
        ("Faulty", "broken"),
        ("Well", "ok"),
    ]
    assert "no answer within 1 s" in findings[1].found
    assert "ValueError" in findings[3].found
