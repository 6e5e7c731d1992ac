"""Reading the settings: where they come from, and what is said when one is wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from redis.asyncio.connection import parse_url

from bots.embedded import Addresses
from bots.parts import Part
from bots.settings import Settings, check_platforms, read_settings
from core.accounts import Access
from core.errors import ConfigurationError
from tests.bots.commands import trialogue
from tests.databases import run_sql

ODD = "bo:t@corp"
NAMES = [name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def _read(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def _dsn(settings: Settings) -> str:
    assert settings.postgres_dsn is not None
    return settings.postgres_dsn.get_secret_value()


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings()
    assert settings.postgres_dsn is None
    assert settings.redis_url is None
    assert settings.access is Access.MEMBERS
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert settings.data_dir == Path(".trialogue")
    assert (settings.database_wait, settings.replica_timeout) == (60, 6)
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.discord_gateway_url is None
    assert settings.secrets() == ()


def test_the_environment_wins_over_the_file_and_the_unknown_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text(
        "# comment\nACCESS=open\nHTTP_PORT=8081\nUNKNOWN=1\nexport REDIS_HOST='cache'\n"
        "TELEGRAM_BOT_TOKEN=\n",
        encoding="utf-8",
    )
    settings = _read(monkeypatch, {"HTTP_PORT": "8082"})
    assert settings.access is Access.OPEN
    assert settings.http_port == 8082
    assert settings.telegram_bot_token is None
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value() == "redis://cache:6379/0"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(monkeypatch, dict.fromkeys(NAMES, ""))
    assert settings == Settings()


def test_case_and_line_ends_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(
        monkeypatch,
        {"ACCESS": " Open\n", "LOG_LEVEL": "debug", "LOG_FORMAT": "JSON", "DISCORD_TOKEN": "abc\n"},
    )
    assert (settings.access, settings.log_level, settings.log_format) == ("open", "DEBUG", "json")
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "abc"


async def test_single_variables_make_an_address_that_logs_in(
    monkeypatch: pytest.MonkeyPatch, addresses: Addresses
) -> None:
    password = "p@ss/w:rd?#%20 \u00e9'"
    await run_sql(addresses.postgres_owner_dsn, f'DROP ROLE IF EXISTS "{ODD}"')
    await run_sql(
        addresses.postgres_owner_dsn,
        f"""CREATE ROLE "{ODD}" LOGIN PASSWORD '{password.replace("'", "''")}'""",
    )
    server = urlsplit(addresses.postgres_owner_dsn)
    host, port = (parse_qs(server.query).get(name, [""])[0] for name in ("host", "port"))
    parts = {
        "POSTGRES_HOST": host or str(server.hostname),
        "POSTGRES_PORT": port or str(server.port or 5432),
        "POSTGRES_DB": server.path.strip("/"),
        "POSTGRES_USER": ODD,
        "POSTGRES_PASSWORD": password,
        "POSTGRES_SSLMODE": "Disable",
    }
    connection = await asyncpg.connect(_dsn(_read(monkeypatch, parts)))
    assert await connection.fetchval("SELECT current_user") == ODD
    await connection.close()
    await run_sql(addresses.postgres_owner_dsn, f'DROP ROLE "{ODD}"')


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("db.example", "trialogue:a%40b@db.example:5432/trialogue"),
        ("2001:db8::1", "trialogue:a%40b@[2001:db8::1]:5432/trialogue"),
        ("/run/pg", "trialogue:a%40b@/trialogue?host=%2Frun%2Fpg&port=5432"),
    ],
)
def test_hosts_of_every_kind_have_their_form(
    monkeypatch: pytest.MonkeyPatch, host: str, place: str
) -> None:
    settings = _read(monkeypatch, {"POSTGRES_HOST": host, "POSTGRES_PASSWORD": "a@b"})
    assert _dsn(settings) == f"postgresql://{place}"


def test_an_address_wins_over_single_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(
        monkeypatch,
        {
            "POSTGRES_HOST": "one",
            "POSTGRES_DSN": "postgresql://two/bot",
            "REDIS_HOST": "one",
            "REDIS_URL": "rediss://two:6380/3",
        },
    )
    assert _dsn(settings) == "postgresql://two/bot"
    assert settings.redis_url is not None
    assert parse_url(settings.redis_url.get_secret_value())["host"] == "two"


WRONG = {
    "POSTGRES_PORT": ("hunter2x", "integer"),
    "HTTP_PORT": ("70000", "less than or equal to 65535"),
    "ACCESS": ("everybody", "'members', 'invite' or 'open'"),
    "LOG_LEVEL": ("loud", "'INFO'"),
    "DATABASE_WAIT": ("-1", "greater than or equal to 0"),
    "POSTGRES_DSN": ("mysql://bot:hunter2x@db/bot", "postgresql://"),
    "POSTGRES_OWNER_DSN": ("hunter2x", "postgresql://"),
    "REDIS_URL": ("http://:hunter2x@cache", "redis://"),
    "REDIS_CACHE_URL": ("http://:hunter2x@cache", "redis://"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_named_with_its_cure_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    value, cure = WRONG[name]
    with pytest.raises(ConfigurationError) as refused:
        _read(monkeypatch, {name: value})
    assert name in str(refused.value)
    assert cure in str(refused.value)
    assert value not in str(refused.value)
    assert "hunter2x" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_several_wrong_values_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"HTTP_PORT.*LOG_FORMAT|LOG_FORMAT.*HTTP_PORT"):
        _read(monkeypatch, {"HTTP_PORT": "x", "LOG_FORMAT": "y"})


def test_slack_without_its_signing_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(monkeypatch, {"SLACK_BOT_TOKEN": "xoxb-1-hunter2x"})
    with pytest.raises(ConfigurationError, match=r"SLACK_SIGNING_SECRET.*Basic Information"):
        check_platforms(settings)


@pytest.mark.parametrize(
    "placeholder",
    [
        "your_secret_key_here",
        "changeme",
        "change-me-please",
        "<secret>",
        "xxxxxx",
        "good-0f3a9,CHANGE_ME",
    ],
)
def test_a_placeholder_is_no_secret_key(monkeypatch: pytest.MonkeyPatch, placeholder: str) -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY still holds a placeholder"):
        _read(monkeypatch, {"SECRET_KEY": placeholder})


@pytest.mark.parametrize(
    "key", ["4f9c2b7e11aa", "one-0f3a9c,two-77b1d2", "Yourself is where the 7 hearts"]
)
def test_keys_of_ones_own_are_taken(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    assert _read(monkeypatch, {"SECRET_KEY": key}).secret_key is not None


def test_secrets_are_known_whole_and_in_parts_and_are_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = _read(
        monkeypatch,
        {
            "POSTGRES_DSN": "postgresql://bot:hun%40ter2x@db/bot",
            "REDIS_URL": "redis://:hunter3x@cache/0",
            "SECRET_KEY": "hunter4x, hunter5x",
            "SLACK_BOT_TOKEN": "xoxb-hunter6x",
            "SLACK_SIGNING_SECRET": "hunter7x",
        },
    )
    parts = {"hun%40ter2x", "hun@ter2x", "hunter3x", "hunter4x", "hunter5x", "xoxb-hunter6x"}
    assert parts | {"hunter7x"} <= set(settings.secrets())
    assert "hunter" not in repr(settings) + str(settings)
    assert "ter2x" not in repr(settings)


def test_a_file_that_is_no_text_is_said_so() -> None:
    Path(".env").write_bytes(b"ACCESS=\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"\.env is not UTF-8"):
        read_settings()


def test_people_are_slowed_on_the_platforms_themselves_unless_it_is_set() -> None:
    token = {"telegram_bot_token": "123456789:token-of-a-test"}
    stand_in = {**token, "telegram_api_url": "http://127.0.0.1:9"}
    assert read_settings(**token).questions_a_minute == 20
    assert read_settings(**stand_in).questions_a_minute == 0
    assert read_settings(**stand_in, person_rate=5).questions_a_minute == 5
    assert read_settings(**token, person_rate=0).questions_a_minute == 0


@pytest.mark.parametrize(
    ("variables", "part"),
    [
        ({"COMPLETER_MODEL": "small"}, Part.COMPLETER),
        ({"COMPLETER_TIMEOUT": "soon"}, Part.COMPLETER),
        ({"HTTP_PORT": "http"}, Part.SERVICE),
        ({"SECRET_KEY": "changeme"}, Part.SERVICE),
        ({"SCYLLA_HOST": "http://cassandra"}, Part.SCYLLA),
        ({"REDIS_HOST": "cache", "REDIS_PORT": "none"}, Part.REDIS),
        ({"FILES_URL": "ftp://files"}, Part.FILES),
        ({"POSTGRES_DSN": "mysql://database"}, Part.POSTGRES),
    ],
)
def test_what_is_wrong_with_one_part_stops_only_those_who_need_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], part: Part
) -> None:
    for name, value in {"AWS_DEFAULT_REGION": "here", **variables}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError):
        read_settings({part})
    others = read_settings(set(Part) - {part})
    for name in variables:
        assert getattr(others, name.lower()) == Settings.model_fields[name.lower()].default
    assert (others.aws_default_region == "here") is (part is not Part.FILES)


def test_every_setting_that_is_wrong_is_named_where_several_parts_are() -> None:
    with pytest.raises(
        ConfigurationError, match=r"HTTP_PORT .* REDIS_PORT|REDIS_PORT .* HTTP_PORT"
    ):
        read_settings({Part.REDIS}, http_port="http", redis_port="none")
    assert read_settings({Part.FILES}, http_port="http", redis_port="none").redis_port == 6379


@pytest.mark.parametrize("command", [("kb", "list"), ("users", "list"), ("manifest", "discord")])
def test_a_command_is_not_stopped_by_what_it_does_not_use(
    tmp_path: Path, command: Sequence[str]
) -> None:
    said = trialogue(tmp_path, *command, COMPLETER_MODEL="small", SCYLLA_PORT="none")
    assert "COMPLETER_MODEL" not in said.stderr
    assert "SCYLLA_PORT" not in said.stderr
    assert "Traceback" not in said.stderr
    assert (said.returncode, "No address of PostgreSQL is set" in said.stderr) in {
        (0, False),
        (2, True),
    }
