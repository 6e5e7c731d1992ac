"""Log lines: JSON in production, readable on a terminal, and never a secret in them."""

import json
import logging
import sys
from collections.abc import Callable, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
import structlog

from bots.redaction import Redaction

SERVICE = "trialogue"
LEVELS = {"warn": "warning", "exception": "error", "fatal": "critical"}

Event = MutableMapping[str, Any]
Render = Callable[[Any, str, Event], bytes]


def configure_logs(
    level: str = "INFO",
    form: str = "auto",
    *,
    secrets: Sequence[str] = (),
    output: BinaryIO | None = None,
) -> None:
    """Set up logging for this process: our own from `level` on, libraries from WARNING on.

    `form` is json, text, or auto: text on a terminal. `secrets` are values to hide wherever they
    appear. `output` is standard output unless given.
    """
    output = output or sys.stdout.buffer
    redaction = Redaction(secrets)
    render = (
        TextLines(redaction, colors=output.isatty())
        if form == "text" or (form == "auto" and output.isatty())
        else JsonLines(redaction)
    )
    structlog.configure(
        processors=[structlog.processors.format_exc_info, stamp, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=lambda *_: Lines(output),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[LibraryLogs()], level=logging.WARNING, force=True)


def stamp(_logger: Any, method: str, event: Event) -> Event:
    """Put first what every line has: when, how bad, who, what."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {
        "timestamp": f"{now[:-6]}Z",
        "level": LEVELS.get(method, method),
        "service": SERVICE,
        "action": event.pop("event"),
        **event,
    }


class JsonLines:
    """One JSON object a line."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction

    def __call__(self, _logger: Any, _method: str, event: Event) -> bytes:
        """Render; the long look for secrets is taken where a cheap one finds a sign of any."""
        line = to_json(event)
        if self._redaction.suspects(line):
            line = to_json(self._redaction.value(json.loads(line)))
        return line


class TextLines:
    """One line for a person's eyes, and tracebacks below it."""

    def __init__(self, redaction: Redaction, *, colors: bool) -> None:
        self._redaction = redaction
        self._console = structlog.dev.ConsoleRenderer(
            colors=colors,
            event_key="action",
            exception_formatter=structlog.dev.plain_traceback,
            sort_keys=False,
        )

    def __call__(self, logger: Any, method: str, event: Event) -> bytes:
        """Render, with secrets hidden by their names before and by their looks after."""
        event.pop("service", None)
        text = self._console(logger, method, self._redaction.value(event))
        return self._redaction.text(text).encode("utf-8", "backslashreplace")


class Lines:
    """Writes lines. A reader that is gone or a full disk stops the log, not the bot."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output

    def msg(self, line: bytes) -> None:
        """Write one line at once."""
        try:
            self._output.write(line + b"\n")
            self._output.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = warn = error = exception = critical = fatal = log = msg


class LibraryLogs(logging.Handler):
    """Brings what libraries log through the standard library into the same lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record; its text is a field, because `action` is ours to name."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = str(record.msg)
        level = max(logging.DEBUG, min(logging.CRITICAL, record.levelno // 10 * 10))
        structlog.get_logger().log(
            level,
            "library_log",
            logger=record.name,
            message=message,
            exc_info=record.exc_info,
        )


def to_json(event: Event) -> bytes:
    """Render as JSON whatever the values are."""
    try:
        return orjson.dumps(event, default=str)
    except (TypeError, ValueError):
        # A lone surrogate, a key that is no text, a number beyond 64 bits.
        text = json.dumps(event, default=str, skipkeys=True, ensure_ascii=False)
        return text.encode("utf-8", "backslashreplace")
