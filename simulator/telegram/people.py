"""What people do in the stand-in's chats."""

import time
from collections.abc import Sequence

from core.text import utf16_length
from simulator.standin import Asked, Posted
from simulator.telegram.chats import Chat, Chats
from simulator.telegram.files import document_content, photo_content
from simulator.telegram.methods.members import member
from simulator.telegram.parameters import Upload
from simulator.telegram.refusals import Json
from simulator.telegram.world import Query, World

KICKED = "bot was kicked from the supergroup chat"
BLOCKED = "bot was blocked by the user"


class People:
    """Everybody but the bot. Groups, private chats and persons are made at their first mention."""

    world: World
    username: str
    asked: list[Asked]

    def __init__(self) -> None:
        self.next_number = 1
        """Of a click or an album."""

    @property
    def chats(self) -> Chats:
        """The people, chats and messages."""
        return self.world.chats

    async def ask(
        self,
        text: str,
        *,
        channel: str = "general",
        person: str = "ada",
        copies: int = 1,
        topic: int | None = None,
        reply_to: Asked | Posted | None = None,
    ) -> Asked:
        """Mention the bot in a supergroup, in one of its topics where one is given."""
        name = f"@{self.username}"
        content: Json = {
            "text": f"{name} {text}",
            "entities": [{"type": "mention", "offset": 0, "length": utf16_length(name)}],
        }
        chat = self.chats.group(channel)
        asked, message = self._write(text, chat, person, content=content, topic=topic)
        if reply_to is not None:
            message["reply_to_message"] = self._replied_to(reply_to, chat, message)
        self.world.updates.put("message", message, copies=copies)
        return asked

    async def tell(self, text: str, *, person: str = "ada", copies: int = 1) -> Asked:
        """Write to the bot directly. Whoever does is no stranger any more."""
        self.chats.strangers.discard(person)
        asked, message = self._write(text, self.chats.private(person), person, content=_said(text))
        self.world.updates.put("message", message, copies=copies)
        return asked

    async def command(
        self,
        text: str,
        *,
        channel: str = "general",
        person: str = "ada",
        copies: int = 1,
        topic: int | None = None,
    ) -> Asked:
        """Use a command in a supergroup; as from the menu, it carries the bot's name."""
        name, _, rest = text.partition(" ")
        addressed = f"{name}@{self.username} {rest}".rstrip()
        asked, message = self._write(
            text, self.chats.group(channel), person, content=_said(addressed), topic=topic
        )
        self.world.updates.put("message", message, copies=copies)
        return asked

    async def click(
        self, posted: Posted, button: str, *, person: str = "ada", copies: int = 1
    ) -> Asked:
        """Click a button that is below a posting now. `ValueError` when there is none."""
        message = self.chats.by_id[int(posted.channel)].messages.get(int(posted.id))
        data = None if message is None else _data_below(message, button)
        if message is None or data is None:
            raise ValueError(f"there is no button {button!r} below this posting")
        return self.press(message, data, channel=posted.channel, person=person, copies=copies)

    def press(
        self, message: Json, data: str, *, channel: str, person: str, copies: int = 1
    ) -> Asked:
        """Click the button with this data below a message."""
        query_id = f"{int(str(self.world.me['id'])) << 20 | self._number()}"
        self.world.queries[query_id] = Query(
            id=query_id, person=person, channel=channel, at=self.world.clock.now()
        )
        query: Json = {
            "id": query_id,
            "from": self.chats.person(person),
            "message": message,
            "chat_instance": channel.removeprefix("-"),
            "data": data,
        }
        asked = Asked(id=query_id, channel=channel, text=data, at=time.perf_counter())
        self.asked.append(asked)
        self.world.updates.put("callback_query", query, copies=copies)
        return asked

    def say(self, text: str, *, channel: str = "general", person: str = "ada") -> Asked:
        """Write in a supergroup to nobody in particular; a command at the start is marked."""
        asked, message = self._write(text, self.chats.group(channel), person, content=_said(text))
        self.world.updates.put("message", message)
        return asked

    def upload(
        self,
        files: Sequence[Upload],
        *,
        caption: str = "",
        person: str = "ada",
        channel: str | None = None,
        size: int | None = None,
    ) -> Asked:
        """Send files to the bot directly, or to a supergroup; several are an album of messages.

        A file whose type is an image goes as a photo. `size` is what the server claims of each.
        """
        chat = self.chats.private(person) if channel is None else self.chats.group(channel)
        album: Json = {"media_group_id": self.album_number()} if len(files) > 1 else {}
        sent: list[tuple[Asked, Json]] = []
        for file in files:
            content = self._file(file, size) | album
            if caption and not sent:
                content["caption"] = caption
            sent.append(self._write(caption, chat, person, content=content))
        for _, message in sent:
            self.world.updates.put("message", message)
        return sent[0][0]

    def edit(self, asked: Asked, text: str) -> None:
        """A person changes their message."""
        message = self.chats.by_id[int(asked.channel)].messages[int(asked.id)]
        message |= {"text": text, "edit_date": int(self.world.clock.now())}
        self.world.updates.put("edited_message", message)

    def react(self, posted: Posted, emoji: str, *, person: str = "ada") -> None:
        """A person reacts to a posting, in place of how they did before; the same takes it back.

        Told only to bots that have asked for reactions.
        """
        chat = self.chats.by_id[int(posted.channel)]
        given = self.world.given.setdefault((posted.channel, posted.id), {})
        old = given.pop(person, None)
        new = None if emoji == old else emoji
        if new is not None:
            given[person] = new
        change: Json = {
            "chat": chat.description,
            "message_id": int(posted.id),
            "user": self.chats.person(person),
            "date": int(self.world.clock.now()),
            "old_reaction": _reaction(old),
            "new_reaction": _reaction(new),
        }
        self.world.updates.put("message_reaction", change)

    def open_topic(self, channel: str = "general") -> int:
        """Make a supergroup a forum, and give it a topic."""
        return self.chats.open_topic(self.chats.group(channel))

    def delete(self, asked: Asked) -> None:
        """Delete a person's message: it can no longer be replied to."""
        self.chats.by_id[int(asked.channel)].messages.pop(int(asked.id), None)

    def promote(self, person: str, *, channel: str = "general", status: str = "creator") -> None:
        """Give a person a status in a supergroup: creator, administrator, member, left, kicked."""
        user_id = int(str(self.chats.person(person)["id"]))
        self.chats.group(channel).statuses[user_id] = status

    def stranger(self, person: str) -> None:
        """A person who never pressed Start: the bot may not write to them first."""
        self.chats.person(person)
        self.chats.strangers.add(person)

    def block(self, person: str = "ada") -> None:
        """A person blocks the bot."""
        self._change_of_bot(self.chats.private(person), person, "member", "kicked", BLOCKED)

    def unblock(self, person: str = "ada") -> None:
        """A person lets the bot write again."""
        self._change_of_bot(self.chats.private(person), person, "kicked", "member", "")

    def kick(
        self, channel: str = "general", *, person: str = "ada", status: str = "kicked"
    ) -> None:
        """The bot is put out of a supergroup."""
        self._change_of_bot(self.chats.group(channel), person, "member", status, KICKED)

    def invite(self, channel: str = "general", *, person: str = "ada") -> None:
        """The bot is added to a supergroup."""
        self._change_of_bot(self.chats.group(channel), person, "left", "member", "")

    def upgrade(self, channel: str = "general") -> str:
        """Give a group a new id, tell so in both, and return it."""
        old = self.chats.group(channel)
        new = self.chats.move(channel)
        news: Sequence[tuple[Chat, Json]] = (
            (old, {"migrate_to_chat_id": new.id}),
            (new, {"migrate_from_chat_id": old.id}),
        )
        for chat, content in news:
            _, message = self._write("", chat, "ada", content=content, asks=False)
            self.world.updates.put("message", message)
        return str(new.id)

    def write(
        self, content: Json, *, chat: Chat, person: str, reply_to: Json | None = None
    ) -> tuple[Asked, Json]:
        """Write anything, as a reply to another message or not. The bot does not hear of it."""
        text = str(content.get("text") or content.get("caption") or "")
        asked, message = self._write(text, chat, person, content=content)
        if reply_to is not None:
            message["reply_to_message"] = quoted(reply_to)
        return asked, message

    def album_number(self) -> str:
        """What the messages of a new album have in common."""
        return str(self._number())

    def _number(self) -> int:
        number, self.next_number = self.next_number, self.next_number + 1
        return number

    def _file(self, upload: Upload, size: int | None) -> Json:
        is_photo = upload.content_type.startswith("image/")
        stored = self.world.files.keep(
            upload, folder="photos" if is_photo else "documents", size=size
        )
        return photo_content(stored) if is_photo else document_content(stored)

    def _write(
        self,
        text: str,
        chat: Chat,
        person: str,
        *,
        content: Json,
        topic: int | None = None,
        asks: bool = True,
    ) -> tuple[Asked, Json]:
        author = self.chats.person(person)
        message = self.chats.any_message(chat, author, content, topic=topic)
        asked = Asked(
            id=str(message["message_id"]), channel=str(chat.id), text=text, at=time.perf_counter()
        )
        if asks:
            self.asked.append(asked)
        return asked, message

    def _replied_to(self, earlier: Asked | Posted, chat: Chat, message: Json) -> Json:
        known = chat.messages.get(int(earlier.id))
        if known is not None:
            return quoted(known)
        return {
            "message_id": int(earlier.id),
            "from": self.world.me if isinstance(earlier, Posted) else self.chats.person("ada"),
            "chat": message["chat"],
            "date": message["date"],
            "text": earlier.text,
        }

    def _change_of_bot(self, chat: Chat, person: str, old: str, new: str, closed: str) -> None:
        chat.closed = closed
        change: Json = {
            "chat": chat.description,
            "from": self.chats.person(person),
            "date": int(self.world.clock.now()),
            "old_chat_member": member(self.world.me, old),
            "new_chat_member": member(self.world.me, new),
        }
        self.world.updates.put("my_chat_member", change)


def quoted(message: Json) -> Json:
    """A message as one that replies to it holds it."""
    return {key: value for key, value in message.items() if key != "reply_to_message"}


def _reaction(emoji: str | None) -> list[Json]:
    return [] if emoji is None else [{"type": "emoji", "emoji": emoji}]


def _said(text: str) -> Json:
    if not text.startswith("/"):
        return {"text": text}
    length = utf16_length(text.split(maxsplit=1)[0])
    return {"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": length}]}


def _data_below(message: Json, label: str) -> str | None:
    keyboard = message.get("reply_markup")
    rows = keyboard["inline_keyboard"] if isinstance(keyboard, dict) else ()
    buttons = [button for row in rows for button in row if button["text"] == label]
    return str(buttons[0]["callback_data"]) if buttons else None
