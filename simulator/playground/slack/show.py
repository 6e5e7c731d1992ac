"""What people see of a Slack team."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulator.playground.slack import blocks, mrkdwn
from simulator.playground.slack.emoji import to_emoji, with_emoji
from simulator.playground.slack.mrkdwn import Names
from simulator.playground.slack.nodes import lines, plain
from simulator.playground.slack.used import Place
from simulator.playground.values import (
    ButtonShown,
    ChannelShown,
    CommandShown,
    FileShown,
    MessageShown,
    Node,
    NodeKind,
    Pane,
    ReactionShown,
    TypingShown,
)
from simulator.slack import postings
from simulator.slack.api import WebApi
from simulator.slack.workspace import BOT_USER, Json, Workspace, unescape

BOT = "Trialogue"
MENTION = f"@{BOT}"
MOST_MESSAGES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """One look at a team; `api` holds its files, reactions and statuses.

    `used` are the commands that public answers belong to.
    """

    api: WebApi
    names: Names
    used: Mapping[Place, str]

    @classmethod
    def of(cls, api: WebApi, used: Mapping[Place, str]) -> "Show":
        """A look at what is there now."""
        return cls(api=api, names=_names(api.workspace), used=used)

    def pane(self, commands: Sequence[CommandShown]) -> Pane:
        """All of it: the latest messages, and those in whose threads they are."""
        workspace = self.api.workspace
        return Pane(
            platform="slack",
            title=workspace.title,
            bot=BOT,
            mention=MENTION,
            channels=(*_channels(workspace), *_directs(workspace)),
            messages=tuple(self._messages()),
            commands=tuple(commands),
            typing=tuple(self._typing()),
        )

    def content(self, message: Json) -> tuple[Node, ...]:
        """What a message says: its blocks, or its text where they show nothing."""
        given = postings.read_blocks(message) or []
        shown = blocks.to_nodes(given, self.names)
        if shown:
            return shown
        words = str(message.get("text", ""))
        if message.get("mrkdwn") is False:
            return tuple(lines(unescape(words)))
        return mrkdwn.to_nodes(words, self.names)

    def _messages(self) -> Iterator[MessageShown]:
        workspace = self.api.workspace
        everything = {**workspace.messages, **workspace.ephemeral}
        latest = sorted(everything, key=_time)[-MOST_MESSAGES:]
        roots = {(channel, _root(everything[channel, ts])) for channel, ts in latest}
        for place in sorted({*latest, *(roots & everything.keys())}, key=_time):
            yield self._message(place, everything[place])

    def _message(self, place: Place, message: Json) -> MessageShown:
        channel, ts = place
        content = (*_context(self.used.get(place, "")), *self.content(message))
        audience = self.api.workspace.audience.get(place)
        root = _root(message)
        return MessageShown(
            id=ts,
            channel=channel,
            author=self._author(message.get("user")),
            at=float(ts),
            text=plain(content),
            content=content,
            thread=root if root and root != ts else None,
            edited="edited" in message,
            buttons=tuple(_rows(message)),
            files=tuple(_files(message)),
            reactions=tuple(self._reactions(place)),
            visible_to=self._author(audience) if audience else None,
        )

    def _reactions(self, place: Place) -> Iterator[ReactionShown]:
        for name, users in self.api.reactions.given.get(place, {}).items():
            people = tuple(self._author(user) for user in users)
            yield ReactionShown(emoji=to_emoji(name), people=people)

    def _typing(self) -> Iterator[TypingShown]:
        for (channel, thread), status in self.api.assistant.showing().items():
            yield TypingShown(channel=channel, thread=thread, text=f"{BOT} {status}")

    def _author(self, user: object) -> str:
        return self.api.workspace.name_of(user) or ""


def _context(used: str) -> Iterator[Node]:
    if used:
        words = Node(kind=NodeKind.SMALL, children=(Node(kind=NodeKind.TEXT, text=used),))
        yield Node(kind=NodeKind.PARAGRAPH, children=(words,))


def _names(workspace: Workspace) -> Names:
    people = {user: workspace.displays.get(name, name) for name, user in workspace.people.items()}
    channels = {channel: name for name, channel in workspace.channels.items()}
    return {BOT_USER: BOT, **people, **channels}


def _channels(workspace: Workspace) -> Iterator[ChannelShown]:
    for name, channel in workspace.channels.items():
        topic = workspace.topics.get(channel, "")
        yield ChannelShown(id=channel, name=name, kind="channel", topic=topic)


def _directs(workspace: Workspace) -> Iterator[ChannelShown]:
    for person, channel in workspace.directs.items():
        yield ChannelShown(id=channel, name=BOT, kind="direct", person=person)


def _rows(message: Json) -> Iterator[tuple[ButtonShown, ...]]:
    place = 0
    for block in postings.read_blocks(message) or []:
        labels = [postings.label(button) for button in postings.buttons([block])]
        if labels:
            yield tuple(
                ButtonShown(id=str(number), label=with_emoji(label))
                for number, label in enumerate(labels, place)
            )
        place += len(labels)


def _files(message: Json) -> Iterator[FileShown]:
    files = message.get("files")
    for about in files if isinstance(files, list) else ():
        yield FileShown(
            id=str(about["id"]),
            name=str(about["name"]),
            size=int(about["size"]),
            content_type=str(about["mimetype"]),
        )


def _root(message: Json) -> str:
    return str(message.get("thread_ts") or "")


def _time(place: Place) -> float:
    return float(place[1])
