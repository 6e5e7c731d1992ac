"""The people, chats and messages of the stand-in."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

Json = dict[str, object]

FIRST_PERSON = 1_001
FIRST_GROUP = -1_001_000_000_001
FIRST_MESSAGE = 2  # thread 1 is the general topic of every forum


@dataclass(slots=True, kw_only=True)
class Chat:
    """A private chat or a supergroup, with the ids of its messages."""

    description: Json
    messages: set[int] = field(default_factory=set)
    topics: set[int] = field(default_factory=set)
    moved_to: int | None = None
    is_closed: bool = False

    @property
    def id(self) -> int:
        return int(str(self.description["id"]))


@dataclass(slots=True)
class Chats:
    """Everything by the name that a test gives it, and by Telegram's id."""

    by_id: dict[int, Chat] = field(default_factory=dict)
    _people: dict[str, Json] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)
    _next_group: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_GROUP, -1))
    _next_message: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_MESSAGE))

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

    def group(self, name: str) -> Chat:
        """A supergroup, made at first sight."""
        if name not in self._names:
            self._names[name] = next(self._next_group)
            self._add({"id": self._names[name], "title": name, "type": "supergroup"})
        return self.by_id[self._names[name]]

    def private(self, name: str) -> Chat:
        """The chat of a person and the bot."""
        person = self.person(name)
        number = int(str(person["id"]))
        if number not in self.by_id:
            names = {key: person[key] for key in ("first_name", "username")}
            self._add({"id": number, "type": "private", **names})
        return self.by_id[number]

    def move(self, name: str) -> Chat:
        """Give a group a new id; postings to the old one are told so."""
        old = self.group(name)
        del self._names[name]
        new = self.group(name)
        old.moved_to = new.id
        return new

    def message(self, chat: Chat, author: Json, text: str, *, topic: int | None = None) -> Json:
        """Telegram's `Message`, in its chat."""
        number = next(self._next_message)
        chat.messages.add(number)
        message: Json = {
            "message_id": number,
            "from": author,
            "chat": chat.description,
            "date": int(time.time()),
            "text": text,
        }
        if topic is not None:
            message |= {"message_thread_id": topic, "is_topic_message": True}
        return message

    def open_topic(self, chat: Chat) -> int:
        """A new topic; its id is that of the message that announces it."""
        number = next(self._next_message)
        chat.description["is_forum"] = True
        chat.messages.add(number)
        chat.topics.add(number)
        return number

    def _add(self, description: Json) -> None:
        chat = Chat(description=description)
        self.by_id[chat.id] = chat
