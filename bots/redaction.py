"""Leave secrets out of whatever is written down."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

HIDDEN = "[hidden]"
SHORTEST = 6
"""Characters from which on a configured secret is looked for by its value."""

KEYS = re.compile(
    r"(?:.*[_.-])?(?:token|secret|password|passwd|authorization|cookie|api_?key|secret_key|dsn)",
    re.IGNORECASE,
)
"""Names under which a secret stands, whatever it looks like."""

PATTERNS: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"\bx(?:ox[a-z]|app)-[A-Za-z0-9.-]+"), HIDDEN),  # Slack
    (re.compile(r"/bot\d+:[^/\s\"']+"), f"/bot{HIDDEN}"),  # Telegram, in an address
    (re.compile(r"\b\d+:[A-Za-z0-9_-]{30,}"), HIDDEN),  # Telegram
    (re.compile(r"\b[A-Za-z0-9_-]{18,}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"), HIDDEN),  # Discord
    (re.compile(r"\beyJ[A-Za-z0-9_-]{6,}[A-Za-z0-9_.-]*"), HIDDEN),  # JSON web tokens
    (re.compile(r"\b(bearer) +[A-Za-z0-9._~+/=:-]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(authorization[\"']?\s*[:=]\s*)[^\r\n,}]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"(://[^:/?#\s@]*):[^\s/]*@"), rf"\1:{HIDDEN}@"),  # a login in an address
    (re.compile(r"\b((?:password|passwd|token|secret)=)[^&\s,;]+", re.IGNORECASE), rf"\1{HIDDEN}"),
)
"""What secrets look like, and what stands in their place."""

MARKS = (
    *(b"xox", b"xapp-", b"/bot", b"eyj", b"bearer", b"://", b"token", b"secret"),
    *(b"passw", b"authorization", b"cookie", b"api", b"dsn"),
)
TOKEN_PARTS = (re.compile(rb":[\w-]{30}"), re.compile(rb"\.[\w-]{6}\.[\w-]{27}"))
"""Cheap signs, in lower case, of which a line has one if a key or pattern above is in it."""


class Redaction:
    """Knows a secret by the name it stands under, by its look, or by its value.

    `secrets` are the values that are configured here: no pattern knows a signing secret.
    """

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        known = sorted({s for s in secrets if len(s) >= SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None
        self._marks = (*MARKS, *(_as_in_json(secret).lower() for secret in known))

    def suspects(self, line: bytes) -> bool:
        """Whether a rendered line deserves the long look; wrong only in being too careful."""
        line = line.lower()
        for mark in self._marks:
            if mark in line:
                return True
        return any(part.search(line) for part in TOKEN_PARTS)

    def text(self, text: str) -> str:
        """The text with its secrets hidden."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern, instead in PATTERNS:
            text = pattern.sub(instead, text)
        return text

    def value(self, value: Any) -> Any:
        """The same for everything inside a value; what JSON does not know becomes text."""
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, Mapping):
            return {name: self._under(name, inner) for name, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(inner) for inner in value]
        return self.text(str(value))

    def _under(self, name: Any, value: Any) -> Any:
        if value and isinstance(name, str) and KEYS.fullmatch(name):
            return HIDDEN
        return self.value(value)


def _as_in_json(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False).encode("utf-8", "backslashreplace")[1:-1]
