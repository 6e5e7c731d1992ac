"""A Discord server as a pane."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from simulator.discord.limits import BUTTON, label
from simulator.discord.objects import JSON, Channel, Person
from simulator.discord.world import World
from simulator.playground.discord.inline import Names
from simulator.playground.discord.markup import to_nodes, to_plain
from simulator.playground.discord.memory import Entry
from simulator.playground.values import (
    ButtonShown,
    ChannelShown,
    CommandShown,
    FileShown,
    MessageShown,
    Node,
    NodeKind,
    ReactionShown,
    TypingShown,
)

MOST = 300
"""Messages of all channels together."""

THINKING_SECONDS = 900.0
"""Discord gives an interaction up after so long."""

SUBCOMMAND = 1


def to_names(world: World) -> Names:
    """What the ids in messages stand for."""
    people = {one.id: one.shown_as for one in (world.bot, *world.people.values())}
    channels = {one.id: one.name for one in world.text_channels}
    roles = {one.id: one.name for one in world.roles.values()}
    return Names(people=people, channels=channels, roles=roles)


def to_channels(world: World) -> tuple[ChannelShown, ...]:
    """All places to speak in: each channel with its threads behind it, then the direct ones."""
    shown: list[ChannelShown] = []
    for channel in world.text_channels:
        if channel.parent is None:
            shown.append(_channel(channel))
            shown.extend(map(_channel, _threads(world, channel)))
    direct = (one for one in world.channels.values() if one.person is not None)
    return (*shown, *(_direct(one, one.person, world.bot) for one in direct if one.person))


def to_message(entry: Entry, names: Names, name_of: Callable[[str], str]) -> MessageShown:
    """A message. `name_of` tells whose user id it is, "" for the bot's."""
    message, context = entry.message, entry.context
    content = (*_context(context.used), *_content(message, names))
    reference = message.get("message_reference") or {}
    return MessageShown(
        id=entry.id,
        channel=entry.channel,
        author=name_of(message["author"]["id"]),
        at=datetime.fromisoformat(message["timestamp"]).timestamp(),
        text=to_plain(content),
        content=content,
        reply_to=reference.get("message_id") or context.reply_to,
        edited=entry.is_edited,
        buttons=_buttons(message["components"]),
        files=tuple(map(_file, message["attachments"])),
        reactions=tuple(ReactionShown(emoji=one, people=by) for one, by in entry.reactions),
        visible_to=entry.visible_to,
    )


def latest(entries: Iterable[Entry]) -> Sequence[Entry]:
    """The newest messages, oldest first."""
    written = (one for one in entries if not one.is_loading)
    return sorted(written, key=lambda one: int(one.id))[-MOST:]


def to_typing(
    entries: Iterable[Entry], channels: Iterable[str], bot: Person, *, now: float
) -> tuple[TypingShown, ...]:
    """Where the bot thinks about an interaction, and the `channels` where it is typing."""
    thinking = [
        one.channel
        for one in entries
        if one.is_loading
        and now - datetime.fromisoformat(one.message["timestamp"]).timestamp() < THINKING_SECONDS
    ]
    typing = (one for one in channels if one not in thinking)
    return (
        *(_typing(one, f"{bot.name} is thinking…") for one in dict.fromkeys(thinking)),
        *(_typing(one, f"{bot.name} is typing…") for one in typing),
    )


def to_commands(registered: Mapping[str, Sequence[JSON]]) -> tuple[CommandShown, ...]:
    """The slash commands, as the bot announced them."""
    known = {one["name"]: one for place in registered.values() for one in place}
    return tuple(_command(one) for one in known.values() if one["type"] == SUBCOMMAND)


def clickable(components: Sequence[JSON]) -> list[JSON]:
    """A message's buttons by their ids: first to last, all rows together."""
    return [button for row in _rows(components) for button in row]


def _threads(world: World, parent: Channel) -> Iterable[Channel]:
    return (one for one in world.text_channels if one.parent == parent.id)


def _channel(channel: Channel) -> ChannelShown:
    kind = "thread" if channel.parent else "channel"
    if kind == "thread":
        return ChannelShown(id=channel.id, name=channel.name, kind="thread", parent=channel.parent)
    return ChannelShown(id=channel.id, name=channel.name, kind="channel", topic=channel.topic)


def _direct(channel: Channel, person: Person, bot: Person) -> ChannelShown:
    return ChannelShown(id=channel.id, name=bot.name, kind="direct", person=person.name)


def _context(used: str) -> tuple[Node, ...]:
    return (_paragraph(_small(used)),) if used else ()


def _content(message: JSON, names: Names) -> tuple[Node, ...]:
    embeds = (_embed(one, names) for one in message["embeds"])
    return (*to_nodes(message["content"], names), *embeds)


def _embed(embed: JSON, names: Names) -> Node:
    children: list[Node] = []
    author, title = (embed.get("author") or {}).get("name"), embed.get("title")
    if author:
        children.append(_paragraph(_small(author)))
    if title:
        children.append(_paragraph(_linked(_bold(title), embed.get("url") or "")))
    children.extend(to_nodes(embed.get("description") or "", names))
    for field in embed.get("fields") or ():
        children.append(_paragraph(_bold(field.get("name") or "")))
        children.extend(to_nodes(field.get("value") or "", names))
    footer = (embed.get("footer") or {}).get("text")
    if footer:
        children.append(_paragraph(_small(footer)))
    return Node(kind=NodeKind.QUOTE, children=tuple(children))


def _paragraph(child: Node) -> Node:
    return Node(kind=NodeKind.PARAGRAPH, children=(child,))


def _bold(text: str) -> Node:
    return Node(kind=NodeKind.BOLD, children=(Node(kind=NodeKind.TEXT, text=text),))


def _small(text: str) -> Node:
    return Node(kind=NodeKind.SMALL, children=(Node(kind=NodeKind.TEXT, text=text),))


def _linked(child: Node, url: str) -> Node:
    if not url.startswith(("https://", "http://")):
        return child
    return Node(kind=NodeKind.LINK, url=url, children=(child,))


def _rows(components: Sequence[JSON]) -> list[list[JSON]]:
    rows = ([one for one in row.get("components") or () if _is_button(one)] for row in components)
    return [row for row in rows if row]


def _is_button(component: JSON) -> bool:
    return bool(component.get("type") == BUTTON)


def _buttons(components: Sequence[JSON]) -> tuple[tuple[ButtonShown, ...], ...]:
    shown, place = [], 0
    for row in _rows(components):
        labels = enumerate(map(_label, row), start=place)
        shown.append(tuple(ButtonShown(id=str(at), label=said) for at, said in labels))
        place += len(row)
    return tuple(shown)


def _label(button: JSON) -> str:
    emoji = (button.get("emoji") or {}).get("name") or ""
    return f"{emoji} {label(button)}" if emoji and button.get("label") else label(button)


def _file(attachment: JSON) -> FileShown:
    return FileShown(
        id=attachment["id"],
        name=attachment["filename"],
        size=attachment["size"],
        content_type=attachment["content_type"],
    )


def _typing(channel: str, text: str) -> TypingShown:
    return TypingShown(channel=channel, text=text)


def _command(known: JSON) -> CommandShown:
    options = known.get("options") or ()
    inner = [one["name"] for one in options if one["type"] == SUBCOMMAND]
    choices = [one["name"] for option in options[:1] for one in option.get("choices") or ()]
    argument = "|".join(inner or choices) or (options[0]["name"] if options else "")
    return CommandShown(name=known["name"], description=known["description"], argument=argument)
