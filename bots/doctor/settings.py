"""The settings: what cannot be used, what is misspelt, and what contradicts itself."""

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import SecretStr

from bots.doctor.report import Finding, broken, ok, warning
from bots.doctor.where import WHERE
from bots.setting_checks import PLACEHOLDER
from bots.settings import Settings, check_platforms, read_settings
from core.errors import ConfigurationError

SUBJECT = "Settings"
FILE = Path(".env")
ENCODING = "utf-8"
NAME = re.compile(r"\b[A-Z][A-Z0-9_]+\b")
LACKS_ANOTHER = " is set but "
UNFILLED = re.compile(r"(?:^|[-_:. ])your(?:[-_ ]|$)|\.{3}|…|x{6,}|<.*>", re.IGNORECASE)
SIMILAR_IN_FILE, SIMILAR_IN_ENVIRONMENT = 0.8, 0.85
PLATFORM_TOKENS = ("SLACK_BOT_TOKEN", "DISCORD_TOKEN", "TELEGRAM_BOT_TOKEN")
LONELY: Mapping[str, str] = {
    "SLACK_SIGNING_SECRET": "SLACK_BOT_TOKEN",
    "DISCORD_PUBLIC_KEY": "DISCORD_TOKEN",
    "DISCORD_APPLICATION_ID": "DISCORD_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET": "TELEGRAM_BOT_TOKEN",
    "COMPLETER_TIMEOUT": "COMPLETER_MODEL",
    "COMPLETER_USE": "COMPLETER_MODEL",
    "SCYLLA_USER": "SCYLLA_HOST",
    "SCYLLA_TLS": "SCYLLA_HOST",
    "SCYLLA_TLS_CA": "SCYLLA_TLS",
}
"""What has no effect without another."""

Problem = tuple[str, str]
"""What contradicts what, and the cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """What is set, by upper-case name, in the file and in the environment."""

    file: Mapping[str, str]
    environment: Mapping[str, str]

    def place_of(self, name: str) -> str:
        """Where a variable is set; the environment wins."""
        return "the environment" if self.environment.get(name) else str(FILE)

    def value(self, name: str) -> str:
        """What a variable is set to; an empty one is not set."""
        return self.environment.get(name) or self.file.get(name) or ""

    def is_set(self, name: str) -> bool:
        """Whether it has a value."""
        return bool(self.value(name))


def examine_settings(**given: Any) -> tuple[Settings, Sequence[Finding]]:
    """Read as much as can be used, and say what cannot be."""
    settings, unusable = _read(given)
    file_findings = list(_look_at_file())
    variables = read_variables()
    settings, unfilled = _without_placeholders(settings)
    findings = [
        *file_findings,
        *unusable,
        *unfilled,
        *_misspelt(variables),
        *(
            warning(SUBJECT, found, cure=cure)
            for found, cure in contradictions(settings, variables)
        ),
    ]
    if not findings:
        source = f"{FILE} and the environment" if FILE.exists() else "the environment"
        findings = [ok(SUBJECT, f"read from {source}")]
    return settings, findings


def read_variables() -> Variables:
    """All variables, ours or not."""
    try:
        file = dotenv_values(FILE, encoding=ENCODING) if FILE.is_file() else {}
    except (OSError, UnicodeDecodeError):
        file = {}
    return Variables(
        file={name.upper(): value or "" for name, value in file.items()},
        environment={name.upper(): value for name, value in os.environ.items()},
    )


def is_placeholder(value: str) -> bool:
    """Whether somebody has yet to put the real value in."""
    return bool(PLACEHOLDER.fullmatch(value) or UNFILLED.search(value))


def contradictions(settings: Settings, variables: Variables) -> Iterator[Problem]:
    """What is set and has no effect, or not the expected one."""
    for first, other in (("POSTGRES_DSN", "POSTGRES_HOST"), ("REDIS_URL", "REDIS_HOST")):
        if variables.is_set(first) and variables.is_set(other):
            yield f"{first} and {other} are both set, and only {first} counts", "leave one out"
    for name, token in LONELY.items():
        if variables.is_set(name) and not variables.is_set(token):
            yield f"{name} is set without {token}, and has no effect", f"set {token} too"
    if settings.telegram_webhook_secret and not settings.public_url:
        yield (
            "TELEGRAM_WEBHOOK_SECRET is set without PUBLIC_URL, so that Telegram is polled",
            "set PUBLIC_URL to this bot's address on the internet, or leave the secret out",
        )
    if not any(map(variables.is_set, PLATFORM_TOKENS)):
        first, second, third = PLATFORM_TOKENS
        cure = f"set {first}, {second} or {third}: `trialogue setup` asks for them"
        yield "no platform is connected", cure


def _read(given: Mapping[str, Any]) -> tuple[Settings, Sequence[Finding]]:
    """The settings without what makes them unusable, and that."""
    findings: list[Finding] = []
    dropped: dict[str, Any] = {}
    lonely: set[str] = set()
    while True:
        try:
            settings = read_settings(**{**given, **dropped})
            check_platforms(settings)
        except ConfigurationError as error:
            unusable = _named_in(str(error)) - dropped.keys()
            if not unusable and "_env_file" in dropped:
                raise
            findings.append(_unusable(str(error), unusable))
            lonely |= unusable if LACKS_ANOTHER in str(error) else set()
            dropped |= {name: Settings.model_fields[name].default for name in unusable} or {
                "_env_file": None
            }
        else:
            return _with(settings, lonely), findings


def _with(settings: Settings, names: Collection[str]) -> Settings:
    """Take secrets back that are good in themselves: each can be looked at alone."""
    variables = read_variables()
    values = {name: variables.value(name.upper()).strip() for name in names}
    found = {name: SecretStr(value) for name, value in values.items() if value}
    return settings.model_copy(update=found)


def _unusable(sentence: str, names: set[str]) -> Finding:
    """Most sentences hold their cure behind a colon; else it is to correct what they name."""
    variables = read_variables()
    found, _, cure = sentence.rstrip(".").partition(": ")
    if not cure or "is not usable" in found:
        found = sentence.rstrip(".")
        cure = f"correct {' and '.join(sorted(map(str.upper, names))) or FILE}"
    places = {variables.place_of(name.upper()) for name in names if variables.is_set(name.upper())}
    if places:
        cure += f" (set in {' and '.join(sorted(places))})"
    return broken(SUBJECT, found, cure=cure)


def _named_in(sentence: str) -> set[str]:
    return {name.lower() for name in NAME.findall(sentence)} & set(Settings.model_fields)


def _without_placeholders(settings: Settings) -> tuple[Settings, Sequence[Finding]]:
    """Leave out what was never filled in: no platform need be asked about it."""
    unfilled = [
        name
        for name in map(str.lower, WHERE)
        if isinstance(value := getattr(settings, name), SecretStr | str)
        and is_placeholder(value.get_secret_value() if isinstance(value, SecretStr) else value)
    ]
    findings = [
        broken(SUBJECT, f"{name.upper()} still holds a placeholder", cure=f"set it to {where}")
        for name, where in ((name, WHERE[name.upper()]) for name in unfilled)
    ]
    return settings.model_copy(update=dict.fromkeys(unfilled)), findings


def _look_at_file() -> Iterator[Finding]:
    """Lines that cannot be read, and a file that others can."""
    if not FILE.is_file():
        return
    try:
        with FILE.open(encoding=ENCODING) as stream:
            wrong = [one.original.line for one in parse_stream(stream) if one.error]
    except (OSError, UnicodeDecodeError):
        return  # reading the settings has said so
    for line in wrong:
        found = f"line {line} of {FILE} cannot be read"
        yield broken(SUBJECT, found, cure="write it as NAME=value, in quotes if it holds any")
    if FILE.stat().st_mode & 0o077:
        found = f"{FILE} can be read by other users of this machine"
        yield warning(SUBJECT, found, cure=f"`chmod 600 {FILE}`")


def _misspelt(variables: Variables) -> Iterator[Finding]:
    """Variables that nobody reads, and that look like ours."""
    ours = [name.upper() for name in Settings.model_fields]
    unset = [name for name in ours if not variables.is_set(name)]
    for names, similar, place in (
        (variables.file, SIMILAR_IN_FILE, str(FILE)),
        (variables.environment, SIMILAR_IN_ENVIRONMENT, "the environment"),
    ):
        for name in sorted(set(names) - set(ours)):
            for meant in get_close_matches(name, unset, n=1, cutoff=similar):
                found = f"{name} in {place} is none of our settings, and looks like {meant}"
                yield warning(SUBJECT, found, cure=f"rename it to {meant}, if that is meant")
