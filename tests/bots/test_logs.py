"""Log lines: their fields, their form, and the secrets that must not be in them."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bots.logs import configure_logs
from bots.redaction import HIDDEN, Redaction

SLACK = "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"
TELEGRAM = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
DISCORD = "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.GhIjKl.aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789ab"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
QUOTED = 'p"ss\\w\u00f6rd'

LEAKS = {
    SLACK: f"refused {SLACK}",
    "xapp-1-A0-123-abc": "socket xapp-1-A0-123-abc closed",
    TELEGRAM: f"POST https://api.telegram.org/bot{TELEGRAM}/sendMessage timed out",
    "1:A": "POST http://127.0.0.1:80/bot1:A/getMe",
    TELEGRAM.split(":")[1]: f"token {TELEGRAM} was refused",
    DISCORD: f"Authorization: Bot {DISCORD}",
    TOKEN: f"session {TOKEN}",
    "abc.def-ghi": "header Bearer abc.def-ghi was refused",
    "dXNlcjpodW50ZXIy": "{'Authorization': 'Basic dXNlcjpodW50ZXIy'}",
    "hunter2": "cannot reach postgresql://bot:hunter2@db:5432/trialogue",
    "hun/ter:3": "cannot reach postgresql://bot:hun/ter:3@db/trialogue password=hun/ter:3",
    "hunter4": "redis://:hunter4@cache:6379/0 password=hunter4",
    SIGNING: f"expected the signature of {SIGNING}",
    QUOTED: f"the password is {QUOTED}!",
}


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _written(log: Callable[[], object], form: str = "json", level: str = "INFO") -> bytes:
    output = BytesIO()
    configure_logs(level, form, secrets=[SIGNING, QUOTED, "hun/ter:3"], output=output)
    log()
    return output.getvalue()


def _lines(log: Callable[[], object], level: str = "INFO") -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in _written(log, level=level).splitlines()]


def _log() -> Any:
    return structlog.get_logger()


def test_a_line_is_one_object_with_the_promised_fields_first() -> None:
    def log() -> None:
        _log().info(
            "message_answered",
            user_id="u-1",
            duration_ms=3.2,
            databases_used=["postgres", "redis"],
            cache_hit=True,
            note="two\nlines \u2028 and \ud800",
        )

    (line,) = _lines(log)
    assert list(line)[:4] == ["timestamp", "level", "service", "action"]
    assert line["level"] == "info"
    assert line["service"] == "trialogue"
    assert line["action"] == "message_answered"
    assert line["duration_ms"] == 3.2
    assert line["cache_hit"] is True
    assert line["databases_used"] == ["postgres", "redis"]
    assert line["timestamp"].endswith("Z")


def test_a_part_of_the_bot_can_name_itself_as_the_service() -> None:
    (line,) = _lines(lambda: structlog.get_logger(service="chatbot_service").info("x"))
    assert list(line.items())[2] == ("service", "chatbot_service")


def test_levels_below_the_wanted_one_are_not_written() -> None:
    def log() -> None:
        _log().debug("a")
        _log().info("b")
        _log().warning("c")
        _log().error("d")

    assert [line["action"] for line in _lines(log, "WARNING")] == ["c", "d"]


def test_values_of_any_kind_are_written() -> None:
    def log() -> None:
        _log().info(
            "odd", big=2**70, path=Path("a"), raw=b"\xff", by={1: "one"}, error=ValueError("x")
        )

    (line,) = _lines(log)
    assert line["path"] == "a"
    assert line["error"] == "x"


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("secret", LEAKS)
def test_no_secret_is_written(secret: str, form: str) -> None:
    leak = LEAKS[secret]

    def log() -> None:
        _log().info("leak", note=leak, deep={"list": [leak, {"more": leak}]}, error=OSError(leak))
        logging.getLogger("telegram.request").warning("failed: %s", leak)
        try:
            raise OSError(leak)  # noqa: TRY301
        except OSError:
            _log().exception("failed")
            logging.getLogger("asyncio").exception("never retrieved")

    written = _written(log, form)
    forms = {secret, json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    for shown in forms:
        assert shown.encode() not in written
    assert written.count(HIDDEN.encode()) >= 6
    assert written.count(b"Traceback") == 2


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "name",
    ["token", "bot_token", "SLACK_SIGNING_SECRET", "password", "Authorization", "api_key", "dsn"],
)
def test_what_stands_under_a_telling_name_is_hidden(name: str, form: str) -> None:
    written = _written(lambda: _log().info("x", headers={name: "plain"}, **{name: "plain"}), form)
    assert b"plain" not in written
    assert written.count(HIDDEN.encode()) == 2


def test_ordinary_lines_are_left_as_they_are() -> None:
    fields = {
        "conversation": "slack:T012AB3CD:C061EG9T2:1700000000.000100",
        "ids": ["0198c5d2-9f3e-7d1a-8f66-6d5f0c1f4d2b", "telegram:7654321:-1001234567890:0"],
        "address": "http://127.0.0.1:8080/slack/events?x=1",
        "tokens": 12,
        "note": "The passwords page, see http://wiki:80/a@b and docs.python.org.",
    }
    (line,) = _lines(lambda: _log().info("x", **fields))
    assert {name: line[name] for name in fields} == fields


@given(before=st.text(max_size=30), after=st.text(max_size=30), secret=st.sampled_from([*LEAKS]))
def test_the_cheap_look_misses_nothing_that_the_long_one_hides(
    before: str, after: str, secret: str
) -> None:
    redaction = Redaction([SIGNING, QUOTED, "hun/ter:3"])
    text = f"{before} {LEAKS[secret]} {after}"
    line = json.dumps({"note": text}, ensure_ascii=False).encode("utf-8", "backslashreplace")
    assert redaction.text(text) != text
    assert redaction.suspects(line)


def test_libraries_are_heard_from_warning_on() -> None:
    def log() -> None:
        logging.getLogger("aiohttp.access").info("GET /")
        logging.getLogger("discord.gateway").info("connected")
        logging.getLogger("discord.gateway").warning("closed with %d", 4000)
        logging.getLogger("slack_sdk").error("broken %s %s", "text")  # noqa: PLE1206
        logging.getLogger("odd").log(35, "between")

    lines = _lines(log)
    assert [(line["logger"], line["level"]) for line in lines] == [
        ("discord.gateway", "warning"),
        ("slack_sdk", "error"),
        ("odd", "warning"),
    ]
    assert lines[0]["message"] == "closed with 4000"
    assert {line["action"] for line in lines} == {"library_log"}


def test_a_terminal_line_is_readable() -> None:
    text = _written(lambda: _log().warning("platform_down", platform="slack"), "text").decode()
    assert "platform_down" in text
    assert "platform=slack" in text
    assert not text.startswith("{")


def test_a_reader_that_is_gone_does_not_stop_the_bot() -> None:
    script = (
        "import sys, structlog; from bots.logs import configure_logs; configure_logs()\n"
        "for n in range(20000): structlog.get_logger().info('line', number=n)\n"
        "sys.stderr.write('went on')\n"
    )
    bot = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert bot.stdout is not None
    assert bot.stderr is not None
    with bot.stdout, bot.stderr:
        first = json.loads(bot.stdout.readline())
        bot.stdout.close()
        assert b"went on" in bot.stderr.read()
        bot.wait()
    assert first["number"] == 0  # no terminal there: JSON by itself


def test_a_line_costs_little() -> None:
    """The aim is 15 µs; the limit leaves room for a busy machine."""
    fields = {
        "user_id": "0198c5d2-9f3e-7d1a-8f66-6d5f0c1f4d2b",
        "duration_ms": 3.2,
        "cache_hit": True,
    }

    def log() -> None:
        logger = _log().bind()
        began = process_time()
        for _ in range(2000):
            logger.info("message_answered", **fields)
        assert (process_time() - began) / 2000 < 100e-6

    _written(log)
