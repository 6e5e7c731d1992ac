"""A team as it is before anybody speaks."""

import time
from collections.abc import Sequence
from datetime import timedelta

from simulator.playground.slack import speech
from simulator.playground.values import Line, Person, Room
from simulator.slack.workspace import TEAM, Json, Workspace, to_ts

MICROSECOND = timedelta(microseconds=1)


def populate(workspace: Workspace, people: Sequence[Person], rooms: Sequence[Room]) -> None:
    """Bring people, channels and what was said into a team. No event tells of it."""
    for person in people:
        workspace.person(person.name)
        workspace.direct(person.name)
        workspace.displays[person.name] = person.display
        if person.admin:
            workspace.admins.add(person.name)
    now = time.time_ns() // 1000
    for room in rooms:
        channel = workspace.channel(room.name)
        workspace.topics[channel] = room.topic
        for person in people:
            workspace.join(channel, workspace.person(person.name))
        for line in room.lines:
            _say(workspace, channel, line, now)


def to_message(
    markup: str, *, user: str, channel: str, ts: str, root: str | None, files: Sequence[Json] = ()
) -> Json:
    """A person's message as every event about it tells of it."""
    message: Json = {
        "type": "message",
        "user": user,
        "ts": ts,
        "text": markup,
        "team": TEAM,
        "blocks": speech.to_blocks(markup),
        "channel": channel,
        "event_ts": ts,
    }
    if root:
        message["thread_ts"] = root
    if files:
        message |= {"files": list(files), "upload": False, "subtype": "file_share"}
    return message


def _say(workspace: Workspace, channel: str, line: Line, now: int, root: str | None = None) -> None:
    ts = _free(workspace, channel, now - line.ago // MICROSECOND)
    user = workspace.person(line.person)
    markup = speech.to_text(line.text)
    message = to_message(markup, user=user, channel=channel, ts=ts, root=root)
    workspace.join(channel, user)
    workspace.add(channel, message, root or ts)
    for reply in line.replies:
        _say(workspace, channel, reply, now, root or ts)


def _free(workspace: Workspace, channel: str, microseconds: int) -> str:
    """The first time from then on at which nothing was said."""
    while (channel, to_ts(microseconds)) in workspace.messages:
        microseconds += 1
    return to_ts(microseconds)
