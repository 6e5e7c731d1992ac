"""A Telegram that outlasts its process, as JSON."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.playground.telegram.show import MOST_MESSAGES
from simulator.playground.values import Person
from simulator.telegram import TelegramStandIn, Upload
from simulator.telegram.chats import Chat
from simulator.telegram.files import Stored
from simulator.telegram.methods.callbacks import ANSWER_WITHIN_SECONDS
from simulator.telegram.updates import Queued
from simulator.telegram.world import Query

LARGEST_FILE = 1024 * 1024


class Kept(BaseModel):
    """A part of a snapshot."""

    model_config = ConfigDict(extra="forbid")


class KeptChat(Kept):
    """A chat with its latest messages; they do not name it."""

    description: dict[str, Any]
    person: str | None
    statuses: dict[int, str]
    topics: list[int]
    moved_to: int | None
    closed: str
    messages: list[dict[str, Any]]


class KeptFile(Kept):
    """A file, without its content where that is large."""

    id: str
    path: str
    name: str
    content_type: str
    size: int
    content: str | None


class KeptUpdate(Kept):
    """An update that the bot has not confirmed."""

    number: int
    lane: str
    body: str
    expires_at: float
    copy_number: int
    copies: int


class KeptQuery(Kept):
    """A click that waits for its answer."""

    id: str
    person: str
    channel: str
    at: float


class Snapshot(Kept):
    """All of it."""

    version: Literal[1] = 1
    token: str = Field(pattern=r"^\d+:.+$")
    people: list[Person]
    users: list[dict[str, Any]]
    rooms: dict[int, str]
    chats: list[KeptChat]
    files: list[KeptFile]
    reactions: list[tuple[str, str, list[str]]]
    given: list[tuple[str, str, dict[str, str]]]
    commands: dict[str, list[dict[str, Any]]]
    queries: list[KeptQuery]
    updates: list[KeptUpdate]
    kinds: list[str]
    next_message: int
    next_number: int
    next_update: int


def take(
    stand_in: TelegramStandIn, people: Mapping[str, Person], rooms: Mapping[int, str]
) -> Snapshot:
    """Everything that is to be known again; `rooms` are the groups' topics by id."""
    world, now = stand_in.world, stand_in.clock.now()
    chats = [_keep_chat(chat) for chat in world.chats.by_id.values()]
    files = {
        file_id for chat in chats for message in chat.messages for file_id in _files_of(message)
    }
    places = {
        (str(chat.description["id"]), str(message["message_id"]))
        for chat in chats
        for message in chat.messages
    }
    return Snapshot(
        token=stand_in.token,
        people=list(people.values()),
        users=list(world.chats.people),
        rooms=dict(rooms),
        chats=chats,
        files=[_keep_file(file) for file in world.files.by_id.values() if file.id in files],
        reactions=[(*place, one) for place, one in world.reactions.items() if place in places],
        given=[(*place, one) for place, one in world.given.items() if place in places],
        commands=world.commands,
        queries=[
            KeptQuery(id=one.id, person=one.person, channel=one.channel, at=one.at)
            for one in world.queries.values()
            if now - one.at <= ANSWER_WITHIN_SECONDS
        ],
        updates=[_keep_update(queued) for queued in world.updates.queue],
        kinds=list(world.updates.kinds),
        next_message=world.chats.next_message,
        next_number=stand_in.next_number,
        next_update=world.updates.next_number,
    )


def bring(snapshot: Snapshot, stand_in: TelegramStandIn) -> None:
    """Go on with a snapshot in a new stand-in that has its token."""
    world = stand_in.world
    world.chats.bring(snapshot.users, [_bring_chat(kept) for kept in snapshot.chats])
    for kept in snapshot.files:
        file = _bring_file(kept)
        world.files.by_id[file.id] = world.files.by_path[file.path] = file
    world.reactions |= {(chat, message): one for chat, message, one in snapshot.reactions}
    world.given |= {(chat, message): one for chat, message, one in snapshot.given}
    world.commands |= snapshot.commands
    for query in snapshot.queries:
        world.queries[query.id] = Query(
            id=query.id, person=query.person, channel=query.channel, at=query.at
        )
    world.updates.queue += [_bring_update(kept) for kept in snapshot.updates]
    world.updates.kinds = snapshot.kinds
    world.updates.next_number = snapshot.next_update
    world.chats.next_message = snapshot.next_message
    stand_in.next_number = snapshot.next_number


def _keep_chat(chat: Chat) -> KeptChat:
    latest = list(chat.messages.values())[-MOST_MESSAGES:]
    return KeptChat(
        description=chat.description,
        person=chat.person,
        statuses=chat.statuses,
        topics=sorted(chat.topics),
        moved_to=chat.moved_to,
        closed=chat.closed,
        messages=[
            {key: value for key, value in message.items() if key != "chat"} for message in latest
        ],
    )


def _bring_chat(kept: KeptChat) -> Chat:
    chat = Chat(
        description=kept.description,
        person=kept.person,
        topics=set(kept.topics),
        statuses=kept.statuses,
        moved_to=kept.moved_to,
        closed=kept.closed,
    )
    for message in kept.messages:
        chat.messages[message["message_id"]] = {**message, "chat": chat.description}
    return chat


def _files_of(message: Mapping[str, Any]) -> Iterator[str]:
    for described in (message.get("document"), *message.get("photo", ())):
        if described is not None:
            yield described["file_id"]


def _keep_file(file: Stored) -> KeptFile:
    content = file.upload.content
    return KeptFile(
        id=file.id,
        path=file.path,
        name=file.upload.name,
        content_type=file.upload.content_type,
        size=file.size,
        content=base64.b64encode(content).decode() if len(content) <= LARGEST_FILE else None,
    )


def _bring_file(kept: KeptFile) -> Stored:
    content = base64.b64decode(kept.content or "", validate=True)
    upload = Upload(name=kept.name, content_type=kept.content_type, content=content)
    return Stored(id=kept.id, path=kept.path, upload=upload, size=kept.size)


def _keep_update(queued: Queued) -> KeptUpdate:
    return KeptUpdate(
        number=queued.number,
        lane=queued.lane,
        body=queued.body.decode(),
        expires_at=queued.expires_at,
        copy_number=queued.copy,
        copies=queued.copies,
    )


def _bring_update(kept: KeptUpdate) -> Queued:
    return Queued(
        kept.number, kept.lane, kept.body.encode(), kept.expires_at, kept.copy_number, kept.copies
    )
