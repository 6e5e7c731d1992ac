"""What people write, as their client sends it."""

import re
from collections.abc import Sequence

from simulator.discord import objects
from simulator.discord.calls import Upload
from simulator.discord.limits import LONGEST_CONTENT
from simulator.discord.objects import JSON, Channel, Person
from simulator.discord.world import World
from simulator.playground.values import File, PlaygroundError, Say

MOST_FILES = 10
LONGEST_FILE = 10 * 1024 * 1024
UNSAFE = re.compile(r"[^\w.-]+")


def compose(
    world: World, channel: Channel, author: Person, text: str, *, reply_to: JSON | None = None
) -> JSON:
    """A message with the bot's name as a mention. A reply notifies the author of the other."""
    called = re.compile(rf"(?<!\w)@{re.escape(world.bot.name)}\b", re.IGNORECASE)
    content = called.sub(f"<@{world.bot.id}>", text)
    replied = reply_to["id"] if reply_to else None
    message = world.compose(channel, author, content, reply_to=replied)
    if reply_to is not None:
        message["mentions"] = _with_author(world, message["mentions"], author, reply_to)
    return message


def check(say: Say) -> None:
    """Raise `PlaygroundError` where Discord would not take it."""
    if say.thread is not None:
        raise PlaygroundError("Discord has no threads below messages: reply to the message.")
    if not say.text.strip() and not say.files:
        raise PlaygroundError("Write something first.")
    if len(say.text) > LONGEST_CONTENT:
        raise PlaygroundError(f"Discord takes at most {LONGEST_CONTENT} characters: write less.")
    if len(say.files) > MOST_FILES:
        raise PlaygroundError(f"Discord takes at most {MOST_FILES} files at once: share fewer.")
    if any(len(file.content) > LONGEST_FILE for file in say.files):
        raise PlaygroundError("Discord takes files of at most 10 MB: share a smaller one.")


def to_uploads(files: Sequence[File]) -> list[Upload]:
    """Files as a form carries them, with names that Discord keeps."""
    return [
        Upload(
            field=f"files[{place}]",
            filename=UNSAFE.sub("_", file.name)[-100:] or "file",
            content=file.content,
            content_type=file.content_type,
        )
        for place, file in enumerate(files)
    ]


def _with_author(world: World, mentions: list[JSON], writer: Person, reply_to: JSON) -> list[JSON]:
    identifier = reply_to["author"]["id"]
    person = world.known(identifier)
    if person is None or person == writer or any(one["id"] == identifier for one in mentions):
        return mentions
    return [*mentions, {**person.to_json(), "member": objects.member()}]
