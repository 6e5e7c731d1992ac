"""Slack's export: https://slack.com/help/articles/220556107. Public channels alone are read."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZipFile

import orjson

from core.errors import UserError
from core.knowledge.histories.fields import day_of, objects_in, text_in
from core.knowledge.histories.said import CHECKS, LIKES, Said, Talk

CHANNELS, USERS = "channels.json", "users.json"
LARGEST_PART = 64 * 1024 * 1024  # bytes of one day
LARGEST = 1024 * 1024 * 1024  # bytes unpacked, read one day at a time
MOST_PARTS = 200_000
SUBTYPES = frozenset(("", "thread_broadcast", "file_share"))
ENTITY = re.compile(r"<([^<>]+)>")
ESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def is_slack_export(packed: ZipFile) -> bool:
    """Whether a zip file holds what Slack puts into each export."""
    return {CHANNELS, USERS} <= set(packed.namelist())


def talks_of(packed: ZipFile) -> Iterator[Talk]:
    """The public channels of an export, one after the other."""
    parts = packed.infolist()
    if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > LARGEST:
        raise UserError("it unpacks to more than 1 GB. Export fewer days at once.")
    channels = {text_in(one, "name") for one in objects_in(_json(packed, CHANNELS))}
    names = _names(objects_in(_json(packed, USERS)))
    days: dict[str, list[str]] = {}
    for path in map(PurePosixPath, packed.namelist()):
        if len(path.parts) == 2 and path.suffix == ".json" and path.parts[0] in channels:
            days.setdefault(path.parts[0], []).append(str(path))
    for channel, paths in sorted(days.items()):
        said = [one for path in sorted(paths) for one in _day(packed, path)]
        yield Talk(place=f"Slack #{channel}", messages=said, names=names)


def _day(packed: ZipFile, path: str) -> Iterator[Said]:
    for message in objects_in(_json(packed, path)):
        said = _said(message)
        if said is not None:
            yield said


def _said(message: dict[str, Any]) -> Said | None:
    stamp, author = text_in(message, "ts"), text_in(message, "user")
    if not stamp or text_in(message, "subtype") not in SUBTYPES:
        return None
    reactions = list(objects_in(message.get("reactions")))
    likes = [one for one in reactions if _emoji(one) in LIKES]
    return Said(
        id=stamp,
        author=author,
        text=_readable(text_in(message, "text")),
        day=day_of(stamp),
        below=text_in(message, "thread_ts"),
        checked=any(_emoji(one) in CHECKS for one in reactions),
        liked_by=frozenset(user for one in likes for user in _users(one)),
        by_a_bot=not author or bool(message.get("bot_id")),
    )


def _emoji(reaction: dict[str, Any]) -> str:
    """Its name, without the skin tone that may follow it."""
    return text_in(reaction, "name").partition("::")[0]


def _users(reaction: dict[str, Any]) -> Iterator[str]:
    users = reaction.get("users")
    return (
        (user for user in users if isinstance(user, str)) if isinstance(users, list) else iter(())
    )


def _readable(text: str) -> str:
    text = ENTITY.sub(_entity, text)
    for escaped, letter in ESCAPED:
        text = text.replace(escaped, letter)
    return text


def _entity(found: re.Match[str]) -> str:
    """Who is mentioned becomes a name that is taken out with the others."""
    target, _, label = found[1].partition("|")
    match target[:1]:
        case "@" | "!":
            return "@someone"
        case "#":
            return f"#{label or target[1:]}"
        case _:
            return f"{label} ({target})" if label and label not in target else target


def _names(users: Iterator[dict[str, Any]]) -> frozenset[str]:
    found = set[str]()
    for user in users:
        profile = user.get("profile")
        for about in (user, profile if isinstance(profile, dict) else {}):
            found |= {text_in(about, key) for key in ("name", "real_name", "display_name", "email")}
    return frozenset(name for name in found if name)


def _json(packed: ZipFile, path: str) -> object:
    with packed.open(path) as part:
        content = part.read(LARGEST_PART + 1)
    if len(content) > LARGEST_PART:
        raise UserError(
            f"{path} in it has more than {LARGEST_PART // 1024**2} MB. Export fewer days at once."
        )
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UserError(f"{path} in it is no JSON: {error.msg}. Export it again.") from error
