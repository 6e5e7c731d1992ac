"""A server that outlasts the process."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from simulator.discord import DiscordStandIn
from simulator.discord.calls import Upload
from simulator.discord.objects import Channel, Person, Role
from simulator.discord.world import World
from simulator.playground.discord.memory import Context, Entry, Memory
from simulator.playground.values import Json

LARGEST_FILE = 1024 * 1024
"""Bytes; the content of larger ones is not kept."""

Id = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid")


class KeptPerson(_Kept):
    """Somebody."""

    id: Id
    name: str
    display: str


class KeptChannel(_Kept):
    """A channel; `person` is whose direct one it is, `parent` is a thread's channel."""

    id: Id
    name: str
    topic: str
    person: str | None
    parent: Id | None
    owner: Id | None


class KeptRole(_Kept):
    """A role, and the ids of those who have it."""

    id: Id
    name: str
    permissions: int
    holders: list[Id]


class KeptMessage(_Kept):
    """A message as people see it."""

    message: dict[str, Any]
    used: str
    reply_to: str | None
    is_edited: bool
    reactions: list[tuple[str, list[str]]]


class KeptFile(_Kept):
    """A file, by its attachment's id."""

    id: Id
    name: str
    content_type: str
    content: Base64Bytes


class Snapshot(_Kept):
    """Everything."""

    platform: Literal["discord"] = "discord"
    version: Literal[1] = 1
    token: str
    signing_key: str
    last_id: int
    title: str
    guild: Id
    bot: Id
    bot_name: str
    people: list[KeptPerson]
    channels: list[KeptChannel]
    roles: list[KeptRole]
    messages: list[KeptMessage]
    files: list[KeptFile]
    commands: dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A stand-in that is not open yet, and what people see of it."""

    stand_in: DiscordStandIn
    memory: Memory
    uploads: Mapping[str, Upload]


def take(stand_in: DiscordStandIn, memory: Memory) -> Json:
    """Everything as JSON. What only one person sees is left out, as Discord forgets it too."""
    world = stand_in.world
    entries = [one for one in memory.entries.values() if not one.visible_to and not one.is_loading]
    snapshot = Snapshot(
        token=stand_in.token,
        signing_key=stand_in.signing_key.hex(),
        last_id=world.last_id,
        title=world.name,
        guild=world.guild,
        bot=world.bot.id,
        bot_name=world.bot.name,
        people=[
            KeptPerson(id=one.id, name=one.name, display=one.display)
            for one in world.people.values()
        ],
        channels=[_channel(one) for one in world.channels.values()],
        roles=[_role(world, one) for one in world.roles.values() if one != world.everyone],
        messages=[_message(one) for one in sorted(entries, key=lambda one: int(one.id))],
        files=list(_files(stand_in, entries)),
        commands=stand_in.guilds.commands,
    )
    return snapshot.model_dump(mode="json")


def revive(snapshot: Json, *, port: int) -> Restored:
    """The server that a snapshot was taken of. `ValueError`: it is of another shape."""
    kept = Snapshot.model_validate(snapshot)
    try:
        world = _world(kept)
        memory = Memory(map(_entry, kept.messages))
        for entry in memory.entries.values():
            world.keep(world.channels[entry.channel], entry.message)
        world.last_id = kept.last_id
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError("a message or a channel is of another shape") from error
    stand_in = DiscordStandIn(
        token=kept.token, port=port, world=world, signing_key=bytes.fromhex(kept.signing_key)
    )
    stand_in.guilds.commands = kept.commands
    return Restored(
        stand_in=stand_in, memory=memory, uploads={one.id: _upload(one) for one in kept.files}
    )


def _world(kept: Snapshot) -> World:
    world = World(kept.bot_name, name=kept.title, guild=kept.guild, bot=kept.bot)
    for person in kept.people:
        world.admit(Person(id=person.id, name=person.name, display=person.display))
    for role in kept.roles:
        known = Role(id=role.id, name=role.name, permissions=role.permissions)
        for holder in role.holders:
            found = world.known(holder)
            if found is not None:
                world.assign(known, found)
    for channel in kept.channels:
        world.open(
            Channel(
                id=channel.id,
                name=channel.name,
                guild=None if channel.person else world.guild,
                person=world.people[channel.person] if channel.person else None,
                parent=channel.parent,
                owner=channel.owner,
                topic=channel.topic,
            )
        )
    return world


def _channel(channel: Channel) -> KeptChannel:
    return KeptChannel(
        id=channel.id,
        name=channel.name,
        topic=channel.topic,
        person=channel.person.name if channel.person else None,
        parent=channel.parent,
        owner=channel.owner,
    )


def _role(world: World, role: Role) -> KeptRole:
    holders = [person for person, roles in world.roles_of.items() if role.id in roles]
    return KeptRole(id=role.id, name=role.name, permissions=role.permissions, holders=holders)


def _message(entry: Entry) -> KeptMessage:
    return KeptMessage(
        message=entry.message,
        used=entry.context.used,
        reply_to=entry.context.reply_to,
        is_edited=entry.is_edited,
        reactions=[(emoji, list(people)) for emoji, people in entry.reactions],
    )


def _entry(kept: KeptMessage) -> Entry:
    return Entry(
        message=kept.message,
        context=Context(used=kept.used, reply_to=kept.reply_to),
        is_edited=kept.is_edited,
        reactions=tuple((emoji, tuple(people)) for emoji, people in kept.reactions),
    )


def _files(stand_in: DiscordStandIn, entries: list[Entry]) -> Iterator[KeptFile]:
    for entry in entries:
        for attachment in entry.message["attachments"]:
            found = stand_in.files.found(attachment["id"])
            if found is not None and len(found.content) <= LARGEST_FILE:
                yield KeptFile.model_construct(
                    id=attachment["id"],
                    name=found.filename,
                    content_type=found.content_type,
                    content=found.content,
                )


def _upload(kept: KeptFile) -> Upload:
    return Upload(
        field="", filename=kept.name, content=kept.content, content_type=kept.content_type
    )
