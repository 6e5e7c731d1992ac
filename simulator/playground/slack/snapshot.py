"""A team on paper, to go on with it in another process."""

from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from simulator.playground.values import Json
from simulator.slack import SlackStandIn
from simulator.slack.files import File, Files
from simulator.slack.responses import ResponseUrl
from simulator.slack.workspace import Counters, Workspace

MOST_MESSAGES = 300
"""So many of each channel are kept, and what their threads began with."""

LARGEST_FILE = 1_000_000
MOST_RESPONSES = 200

Place = tuple[str, str]


class Part(BaseModel):
    """A piece of a snapshot; one with other fields is of another version."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(Part):
    """Who and what there is: ids by names, in the order in which they came."""

    title: str
    people: dict[str, str]
    channels: dict[str, str]
    directs: dict[str, str]
    displays: dict[str, str]
    topics: dict[str, str]
    members: dict[str, list[str]]
    admins: list[str]
    owners: list[str]


class KeptMessage(Part):
    """A message in its thread, and who reacted to it by emoji."""

    channel: str
    root: str
    message: dict[str, Any]
    reactions: dict[str, list[str]] = {}


class KeptFile(Part):
    """A file; `content` is in Base64, None where it was too large."""

    about: dict[str, Any]
    content: str | None


class KeptResponse(Part):
    """An address that a bot may still answer to."""

    path: str
    asked: str
    channel: str
    user: str
    until: float
    message: str | None
    uses: int


class Tokens(Part):
    """What the bot is known by."""

    bot: str
    app: str
    signing_secret: str


class Snapshot(Part):
    """All of a team that outlasts a process. What one person alone saw does not."""

    version: Literal[1] = 1
    tokens: Tokens
    names: Names
    run: str
    events: int
    last: int
    messages: list[KeptMessage]
    files: list[KeptFile]
    responses: list[KeptResponse]


def take(stand_in: SlackStandIn) -> Json:
    """Write a team down."""
    workspace, api = stand_in.workspace, stand_in.api
    places = sorted(_worth_keeping(workspace))
    snapshot = Snapshot(
        tokens=Tokens(bot=api.token, app=api.app_token, signing_secret=stand_in.signing_secret),
        names=_names(workspace),
        run=workspace.counters.run,
        events=workspace.counters.events,
        last=workspace.counters.last,
        messages=[
            KeptMessage(
                channel=channel,
                root=workspace.roots[channel, ts],
                message=workspace.messages[channel, ts],
                reactions=api.reactions.given.get((channel, ts), {}),
            )
            for channel, ts in places
        ],
        files=list(_files(api.files, (workspace.messages[place] for place in places))),
        responses=[
            KeptResponse(
                path=path,
                asked=url.asked,
                channel=url.channel,
                user=url.user,
                until=url.until,
                message=url.message,
                uses=url.uses,
            )
            for path, url in list(api.responses.issued.items())[-MOST_RESPONSES:]
        ],
    )
    return snapshot.model_dump(mode="json")


def put_back(written: Json, stand_in: SlackStandIn) -> None:
    """Fill a team that is empty. Raises `ValueError` when it was written in another shape."""
    snapshot = Snapshot.model_validate(written)
    _restore_tokens(snapshot.tokens, stand_in)
    workspace, api = stand_in.workspace, stand_in.api
    _restore_names(snapshot.names, workspace)
    for file in snapshot.files:
        content = b64decode(file.content) if file.content is not None else b""
        kept = File(file.about, int(file.about["size"]), content, arrived=file.content is not None)
        api.files.kept[str(file.about["id"])] = kept
    for kept_message in snapshot.messages:
        message, place = dict(kept_message.message), kept_message.channel
        if "files" in message:
            found = (api.files.kept.get(str(about["id"])) for about in message["files"])
            message["files"] = [file.about for file in found if file is not None]
        workspace.add(place, message, kept_message.root)
        if kept_message.reactions:
            api.reactions.given[place, str(message["ts"])] = dict(kept_message.reactions)
    for response in snapshot.responses:
        api.responses.issued[response.path] = ResponseUrl(**response.model_dump(exclude={"path"}))
    workspace.counters = Counters(snapshot.run, snapshot.events, snapshot.last)


def _worth_keeping(workspace: Workspace) -> set[Place]:
    by_channel: defaultdict[str, list[str]] = defaultdict(list)
    for channel, ts in workspace.messages:
        by_channel[channel].append(ts)
    latest = {
        (channel, ts)
        for channel, written in by_channel.items()
        for ts in sorted(written, key=float)[-MOST_MESSAGES:]
    }
    roots = {(channel, workspace.roots[channel, ts]) for channel, ts in latest}
    return latest | (roots & workspace.messages.keys())


def _names(workspace: Workspace) -> Names:
    return Names(
        title=workspace.title,
        people=workspace.people,
        channels=workspace.channels,
        directs=workspace.directs,
        displays=workspace.displays,
        topics=workspace.topics,
        members={channel: sorted(users) for channel, users in workspace.members.items()},
        admins=sorted(workspace.admins),
        owners=sorted(workspace.owners),
    )


def _files(files: Files, messages: Iterable[Json]) -> Iterator[KeptFile]:
    for message in messages:
        abouts = message.get("files")
        for about in abouts if isinstance(abouts, Sequence) else ():
            file = files.kept.get(str(about["id"]))
            if file is not None:
                small = file.arrived and len(file.content) <= LARGEST_FILE
                content = b64encode(file.content).decode() if small else None
                yield KeptFile(about=file.about, content=content)


def _restore_tokens(tokens: Tokens, stand_in: SlackStandIn) -> None:
    api = stand_in.api
    api.token = api.files.token = api.oauth.token = tokens.bot
    api.app_token = tokens.app
    stand_in.signing_secret = stand_in.deliveries.signing_secret = tokens.signing_secret


def _restore_names(names: Names, workspace: Workspace) -> None:
    """Make everybody again in the same order, which gives them the same ids."""
    workspace.title = names.title
    made = (
        {name: workspace.person(name) for name in names.people},
        {name: workspace.channel(name) for name in names.channels},
        {name: workspace.direct(name) for name in names.directs},
    )
    if made != (names.people, names.channels, names.directs):
        raise ValueError("the snapshot has ids that this version does not give")
    workspace.displays, workspace.topics = dict(names.displays), dict(names.topics)
    workspace.members = {channel: set(users) for channel, users in names.members.items()}
    workspace.admins, workspace.owners = set(names.admins), set(names.owners)
