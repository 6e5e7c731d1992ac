"""Read the demo's sample: an invented company, Northwind, and the product's own questions."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from core.errors import UserError
from simulator.playground.values import Line, Person, Room

HERE = Path(__file__).parent
PEOPLE, ROOMS, SUGGESTIONS = "people.json", "rooms.json", "suggestions.json"

Value = TypeVar("Value")
Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A company to try the bot in.

    `knowledge` are files as `trialogue kb import` takes them, `suggestions` questions they answer.
    """

    people: tuple[Person, ...]
    rooms: tuple[Room, ...]
    knowledge: tuple[Path, ...]
    suggestions: tuple[str, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Person(_Strict):
    name: Name
    display: Words
    about: str = ""
    admin: bool = False


class _Line(_Strict):
    """`ago` is how long before the demo's start it was said, as in P2DT3H (ISO 8601)."""

    person: str
    text: Words
    ago: Annotated[timedelta, Field(gt=timedelta(0))]
    replies: tuple["_Line", ...] = ()


class _Room(_Strict):
    name: Name
    topic: str = ""
    lines: tuple[_Line, ...] = ()


def load_sample(directory: Path = HERE) -> Sample:
    """Read and check the sample. `UserError` names the file and what is wrong with it."""
    people = _read(directory / PEOPLE, TypeAdapter(tuple[_Person, ...]))
    rooms = _read(directory / ROOMS, TypeAdapter(tuple[_Room, ...]))
    suggestions = _read(directory / SUGGESTIONS, TypeAdapter(tuple[Words, ...]))
    knowledge = tuple(sorted((directory / "knowledge").glob("*.json")))
    if not knowledge:
        raise UserError(f"{directory / 'knowledge'}: there is no JSON file.")
    _check_names(PEOPLE, [person.name for person in people])
    _check_names(ROOMS, [room.name for room in rooms])
    for room in rooms:
        _check_lines(room.name, room.lines, {person.name for person in people})
    return Sample(
        people=tuple(Person(**person.model_dump()) for person in people),
        rooms=tuple(
            Room(name=room.name, topic=room.topic, lines=_lines(room.lines)) for room in rooms
        ),
        knowledge=knowledge,
        suggestions=suggestions,
    )


def _read(path: Path, shape: TypeAdapter[Value]) -> Value:
    try:
        return shape.validate_json(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: it cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the file"
        raise UserError(f"{path.name}: {place}: {problem['msg']}.") from error


def _check_names(file: str, names: list[str]) -> None:
    if not names:
        raise UserError(f"{file}: it is empty.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(f"{file}: the name {twice[0]!r} is there twice.")


def _check_lines(
    room: str, lines: tuple[_Line, ...], people: set[str], above: timedelta = timedelta.max
) -> None:
    """Refuse lines of strangers, and lines that are not oldest first, replies included."""
    before = above
    for line in lines:
        if line.person not in people:
            raise UserError(f"{ROOMS}: {room}: there is no person {line.person!r}.")
        if line.ago >= before:
            raise UserError(f"{ROOMS}: {room}: {line.text[:40]!r} is not in order.")
        before = line.ago
        _check_lines(room, line.replies, people, above=line.ago)


def _lines(lines: tuple[_Line, ...]) -> tuple[Line, ...]:
    return tuple(
        Line(person=line.person, text=line.text, ago=line.ago, replies=_lines(line.replies))
        for line in lines
    )
