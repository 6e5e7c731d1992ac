"""A team on paper, to go on with it in another process."""

from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Sequence

from simulator.playground.slack.kept import (
    About,
    KeptFile,
    KeptMessage,
    KeptResponse,
    Names,
    Said,
    Snapshot,
    Tokens,
)
from simulator.playground.slack.used import Place, Used
from simulator.playground.values import Json
from simulator.slack import SlackStandIn
from simulator.slack.files import File, Files
from simulator.slack.responses import Responses, ResponseUrl
from simulator.slack.workspace import Counters, Workspace

MOST_MESSAGES = 300
"""So many of each channel are kept, and what their threads began with."""

LARGEST_FILE = 1_000_000
MOST_RESPONSES = 200


def take(stand_in: SlackStandIn, used: Used) -> Json:
    """Write a team down."""
    workspace, api = stand_in.workspace, stand_in.api
    messages = [_message(stand_in, used, place) for place in _worth_keeping(workspace)]
    shared = [file for message in messages for file in message.files]
    snapshot = Snapshot(
        tokens=Tokens(bot=api.token, app=api.app_token, signing_secret=stand_in.signing_secret),
        names=_names(workspace),
        run=workspace.counters.run,
        events=workspace.counters.events,
        last=workspace.counters.last,
        messages=messages,
        files=[_file(api.files.kept[file]) for file in shared if file in api.files.kept],
        responses=_responses(api.responses),
        commands=used.asked,
    )
    return snapshot.model_dump(mode="json")


def put_back(written: Json, stand_in: SlackStandIn, used: Used) -> None:
    """Fill a team that is empty. Raises `ValueError` when it was written in another shape."""
    snapshot = Snapshot.model_validate(written)
    workspace, api = stand_in.workspace, stand_in.api
    _restore_tokens(snapshot.tokens, stand_in)
    _restore_names(snapshot.names, workspace)
    _restore_files(snapshot.files, api.files)
    for kept in snapshot.messages:
        _restore_message(kept, stand_in)
        if kept.used:
            used.lines[kept.channel, kept.message.ts] = kept.used
    used.asked.update(snapshot.commands)
    for response in snapshot.responses:
        api.responses.issued[response.path] = ResponseUrl(**response.model_dump(exclude={"path"}))
    workspace.counters = Counters(snapshot.run, snapshot.events, snapshot.last)


def _worth_keeping(workspace: Workspace) -> Sequence[Place]:
    by_channel: defaultdict[str, list[str]] = defaultdict(list)
    for channel, ts in workspace.messages:
        by_channel[channel].append(ts)
    latest = {
        (channel, ts)
        for channel, written in by_channel.items()
        for ts in sorted(written, key=float)[-MOST_MESSAGES:]
    }
    roots = {(channel, workspace.roots[channel, ts]) for channel, ts in latest}
    found = latest | (roots & workspace.messages.keys())
    return sorted(found, key=lambda place: float(place[1]))


def _message(stand_in: SlackStandIn, used: Used, place: Place) -> KeptMessage:
    message = dict(stand_in.workspace.messages[place])
    files = message.pop("files", None)
    return KeptMessage(
        channel=place[0],
        root=stand_in.workspace.roots[place],
        message=Said.model_validate(message),
        files=[str(about["id"]) for about in files] if isinstance(files, list) else [],
        reactions=stand_in.api.reactions.given.get(place, {}),
        used=used.lines.get(place, ""),
    )


def _file(file: File) -> KeptFile:
    small = file.arrived and len(file.content) <= LARGEST_FILE
    content = b64encode(file.content).decode() if small else None
    return KeptFile(about=About.model_validate(file.about), content=content)


def _responses(responses: Responses) -> list[KeptResponse]:
    return [
        KeptResponse(
            path=path,
            asked=url.asked,
            channel=url.channel,
            user=url.user,
            until=url.until,
            message=url.message,
            uses=url.uses,
        )
        for path, url in list(responses.issued.items())[-MOST_RESPONSES:]
    ]


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


def _restore_files(kept: Sequence[KeptFile], files: Files) -> None:
    for file in kept:
        content = b64decode(file.content) if file.content is not None else b""
        about, arrived = file.about.model_dump(), file.content is not None
        files.kept[file.about.id] = File(about, file.about.size, content, arrived=arrived)


def _restore_message(kept: KeptMessage, stand_in: SlackStandIn) -> None:
    message, files = kept.message.model_dump(), stand_in.api.files.kept
    if kept.files:
        message["files"] = [files[file].about for file in kept.files if file in files]
    stand_in.workspace.add(kept.channel, message, kept.root)
    if kept.reactions:
        stand_in.api.reactions.given[kept.channel, kept.message.ts] = dict(kept.reactions)


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
