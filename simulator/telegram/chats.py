"""The people, chats and messages of the stand-in."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from simulator.telegram.clock import SimulatedClock
from simulator.telegram.refusals import Json

FIRST_PERSON = 1_001
FIRST_GROUP = -1_001_000_000_001
FIRST_MESSAGE = 2  # thread 1 is the general topic of every forum


@dataclass(slots=True, kw_only=True)
class Chat:
    """A private chat or a supergroup, with its messages by their ids.

    `person` is whose private chat it is. `closed` is why the bot may not write, as Telegram says.
    """

    description: Json
    person: str | None = None
    messages: dict[int, Json] = field(default_factory=dict)
    topics: set[int] = field(default_factory=set)
    statuses: dict[int, str] = field(default_factory=dict)
    moved_to: int | None = None
    closed: str = ""

    @property
    def id(self) -> int:
        return int(str(self.description["id"]))

    @property
    def is_private(self) -> bool:
        return self.description["type"] == "private"


@dataclass(slots=True)
class Chats:
    """Everything by the name that a test gives it, and by Telegram's id."""

    clock: SimulatedClock = field(default_factory=SimulatedClock)
    by_id: dict[int, Chat] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    _people: dict[str, Json] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)
    next_message: int = FIRST_MESSAGE
    _next_group: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_GROUP, -1))

    @property
    def people(self) -> Sequence[Json]:
        """Telegram's `User` of everybody who was seen."""
        return list(self._people.values())

    def bring(self, people: Iterable[Json], chats: Iterable[Chat]) -> None:
        """Go on with the people and chats of another server; there are none here yet."""
        self._people = {str(person["username"]): person for person in people}
        for chat in chats:
            self._add(chat)
            if not chat.is_private and chat.moved_to is None:
                self._names[str(chat.description["title"])] = chat.id
        self._next_group = itertools.count(min([FIRST_GROUP + 1, *self.by_id]) - 1, -1)

    def person(self, name: str) -> Json:
        """Telegram's `User`, made at first sight."""
        if name not in self._people:
            self._people[name] = {
                "id": FIRST_PERSON + len(self._people),
                "is_bot": False,
                "first_name": name.capitalize(),
                "username": name,
                "language_code": "en",
            }
        return self._people[name]

    def rename(self, name: str, display: str) -> Json:
        """Let a person have another name than what is made of their user name."""
        person = self.person(name)
        person["first_name"] = display
        return person

    def person_by_id(self, number: int) -> Json | None:
        """Telegram's `User` of somebody who was seen before."""
        return next((one for one in self._people.values() if one["id"] == number), None)

    def group(self, name: str) -> Chat:
        """A supergroup, made at first sight."""
        if name not in self._names:
            self._names[name] = next(self._next_group)
            self._add(
                Chat(description={"id": self._names[name], "title": name, "type": "supergroup"})
            )
        return self.by_id[self._names[name]]

    def private(self, name: str) -> Chat:
        """The chat of a person and the bot, made at first sight."""
        person = self.person(name)
        number = int(str(person["id"]))
        if number not in self.by_id:
            names = {key: person[key] for key in ("first_name", "username")}
            chat = Chat(description={"id": number, "type": "private", **names}, person=name)
            self._add(chat)
        return self.by_id[number]

    def find(self, number: int) -> Chat | None:
        """A chat by its id; a person's private one too, unless they never started the bot."""
        chat = self.by_id.get(number)
        if chat is None and (person := self.person_by_id(number)) is not None:
            name = str(person["username"])
            return None if name in self.strangers else self.private(name)
        return chat

    def move(self, name: str) -> Chat:
        """Give a group a new id; postings to the old one are told so."""
        old = self.group(name)
        del self._names[name]
        new = self.group(name)
        new.statuses |= old.statuses
        old.moved_to = new.id
        return new

    def message(self, chat: Chat, author: Json, text: str, *, topic: int | None = None) -> Json:
        """Telegram's `Message`, in its chat."""
        return self.any_message(chat, author, {"text": text}, topic=topic)

    def any_message(
        self,
        chat: Chat,
        author: Json,
        content: Json,
        *,
        topic: int | None = None,
        at: float | None = None,
    ) -> Json:
        """The same with any content: a photo, news about members, ...; `at` a time that is past."""
        number = self._number()
        message: Json = {
            "message_id": number,
            "from": author,
            "chat": chat.description,
            "date": int(self.clock.now() if at is None else at),
            **content,
        }
        if topic is not None:
            message |= {"message_thread_id": topic, "is_topic_message": True}
        chat.messages[number] = message
        return message

    def open_topic(self, chat: Chat) -> int:
        """A new topic; its id is that of the message that announces it."""
        number = self._number()
        chat.description["is_forum"] = True
        chat.messages[number] = {"message_id": number, "chat": chat.description}
        chat.topics.add(number)
        return number

    def _number(self) -> int:
        number, self.next_message = self.next_message, self.next_message + 1
        return number

    def _add(self, chat: Chat) -> None:
        self.by_id[chat.id] = chat
