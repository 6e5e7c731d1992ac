"""What was said before the playground was opened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.discord.objects import ADMINISTRATOR, EPOCH_MS, JSON, Channel, Person
from simulator.discord.world import World
from simulator.playground.discord.writing import compose
from simulator.playground.values import Line, Room
from simulator.playground.values import Person as Visitor

ADMINISTRATORS = "Administrators"
MILLISECOND = timedelta(milliseconds=1)
UNIX_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A line in its channel; `root` is the place in the sequence of the line that it replies to."""

    channel: Channel
    line: Line
    at: datetime
    place: int
    root: int | None = None


def populate(world: World, people: Sequence[Visitor], rooms: Sequence[Room]) -> None:
    """Bring people, rooms and what was said in them into a world, without an event."""
    for person in people:
        admit(world, person)
    lines = [spoken for room in rooms for spoken in _spoken(world, room)]
    identifiers: dict[tuple[str, int], str] = {}
    last = 0
    for spoken in sorted(lines, key=lambda one: one.at):
        last = max(last + 1, (spoken.at - UNIX_EPOCH) // MILLISECOND - EPOCH_MS << 22)
        identifiers[spoken.channel.id, spoken.place] = str(last)
    for spoken in sorted(lines, key=lambda one: one.at):
        root = None
        if spoken.root is not None:
            root = identifiers[spoken.channel.id, spoken.root]
        message = _message(world, spoken, root)
        message["id"] = identifiers[spoken.channel.id, spoken.place]
        world.keep(spoken.channel, message)


def admit(world: World, visitor: Visitor) -> None:
    """Bring somebody in, with a direct conversation with the bot."""
    person = Person(id=world.next_id(), name=visitor.name, display=visitor.display)
    world.admit(person)
    world.direct_channel(person)
    if visitor.admin:
        world.give_role(person, ADMINISTRATORS, ADMINISTRATOR)


def _spoken(world: World, room: Room) -> Iterator[Spoken]:
    channel, _ = world.text_channel(room.name.removeprefix("#"))
    channel.topic = room.topic
    place = 0
    for line in room.lines:
        root = place
        for one in (line, *line.replies):
            at = world.now() - one.ago
            above = None if one is line else root
            yield Spoken(channel=channel, line=one, at=at, place=place, root=above)
            place += 1


def _message(world: World, spoken: Spoken, root: str | None) -> JSON:
    author = world.people[spoken.line.person] if spoken.line.person else world.bot
    replied = world.message(spoken.channel, root) if root else None
    message = compose(world, spoken.channel, author, spoken.line.text, reply_to=replied)
    return {**message, "timestamp": spoken.at.isoformat()}
