"""From the stand-in's world to what people see of it."""

from collections.abc import Iterator, Mapping, Sequence

from simulator.playground.telegram.markup import to_nodes
from simulator.playground.values import (
    ButtonShown,
    ChannelShown,
    CommandShown,
    FileShown,
    MessageShown,
    ReactionShown,
)
from simulator.telegram.chats import Chat
from simulator.telegram.entities import completed
from simulator.telegram.files import Files
from simulator.telegram.refusals import Json
from simulator.telegram.world import World

MOST_MESSAGES = 300


def to_channels(world: World, topics: Mapping[int, str]) -> tuple[ChannelShown, ...]:
    """The groups, then everybody's private chat with the bot."""
    chats = [chat for chat in world.chats.by_id.values() if chat.moved_to is None]
    groups = [
        ChannelShown(
            id=str(chat.id),
            name=str(chat.description["title"]),
            kind="group",
            topic=topics.get(chat.id, ""),
        )
        for chat in chats
        if not chat.is_private
    ]
    bot = str(world.me["first_name"])
    private = [
        ChannelShown(id=str(chat.id), name=bot, kind="direct", person=chat.person)
        for chat in chats
        if chat.is_private
    ]
    return (*groups, *private)


def to_messages(world: World) -> tuple[MessageShown, ...]:
    """The latest of all chats together, the oldest first."""
    messages = [
        to_message(message, chat, world)
        for chat in world.chats.by_id.values()
        for message in list(chat.messages.values())[-MOST_MESSAGES:]
        if _has_content(message)
    ]
    return tuple(sorted(messages, key=lambda one: (one.at, int(one.id)))[-MOST_MESSAGES:])


def to_message(message: Json, chat: Chat, world: World) -> MessageShown:
    """One message of a chat."""
    text, entities = words_of(message)
    reply = message.get("reply_to_message")
    number = str(message["message_id"])
    return MessageShown(
        id=number,
        channel=str(chat.id),
        author=_author(message),
        at=float(str(message.get("date", 0))),
        text=text,
        content=to_nodes(text, completed(text, entities)),
        reply_to=str(reply["message_id"]) if isinstance(reply, dict) else None,
        edited="edit_date" in message,
        buttons=_buttons(message),
        files=tuple(_files(message, world.files)),
        reactions=_reactions(world, str(chat.id), number),
    )


def to_commands(menus: Mapping[str, Sequence[Json]]) -> tuple[CommandShown, ...]:
    """The commands that the bot has announced anywhere."""
    found = {
        str(one["command"]): str(one["description"]) for menu in menus.values() for one in menu
    }
    return tuple(CommandShown(name=name, description=about) for name, about in found.items())


def words_of(message: Json) -> tuple[str, Sequence[Json]]:
    """A message's text, or a file's caption, and its entities."""
    name, of = ("text", "") if "text" in message else ("caption", "caption_")
    entities = message.get(f"{of}entities")
    return str(message.get(name) or ""), entities if isinstance(entities, list) else ()


def buttons_below(message: Json) -> list[list[Json]]:
    """The rows of buttons below a message."""
    keyboard = message.get("reply_markup")
    rows = keyboard.get("inline_keyboard") if isinstance(keyboard, dict) else None
    return rows if isinstance(rows, list) else []


def _has_content(message: Json) -> bool:
    return any(kind in message for kind in ("text", "caption", "document", "photo"))


def _author(message: Json) -> str:
    author = message.get("from")
    if not isinstance(author, dict) or author.get("is_bot"):
        return ""
    return str(author.get("username") or "")


def _buttons(message: Json) -> tuple[tuple[ButtonShown, ...], ...]:
    rows: list[tuple[ButtonShown, ...]] = []
    before = 0
    for row in buttons_below(message):
        shown = [
            ButtonShown(id=str(before + index), label=str(button["text"]))
            for index, button in enumerate(row)
        ]
        rows.append(tuple(shown))
        before += len(row)
    return tuple(rows)


def _files(message: Json, files: Files) -> Iterator[FileShown]:
    sizes = message.get("photo")
    described = message.get("document") or (sizes[-1] if isinstance(sizes, list) else None)
    if not isinstance(described, dict):
        return
    stored = files.by_id.get(str(described["file_id"]))
    if stored is not None:
        upload = stored.upload
        yield FileShown(
            id=stored.id, name=upload.name, size=stored.size, content_type=upload.content_type
        )


def _reactions(world: World, channel: str, number: str) -> tuple[ReactionShown, ...]:
    by_emoji: dict[str, list[str]] = {}
    for emoji in world.reactions.get((channel, number), ()):
        by_emoji.setdefault(emoji, []).append("")
    for person, emoji in world.given.get((channel, number), {}).items():
        by_emoji.setdefault(emoji, []).append(person)
    return tuple(
        ReactionShown(emoji=emoji, people=tuple(people)) for emoji, people in by_emoji.items()
    )
