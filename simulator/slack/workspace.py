"""A Slack team in memory: who and what is there, and the events that tell of it.

The shapes follow https://docs.slack.dev/reference/events/app_mention and .../message, those of
people https://docs.slack.dev/reference/objects/user-object.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

Json = dict[str, object]

TEAM = "T000000001"
APP = "A000000001"
BOT_USER = "U0000000BOT"
BOT = "B000000001"


@dataclass(slots=True)
class Counters:
    """What makes the next ids: `run` tells this run's events from others', `last` is a time."""

    run: str = field(default_factory=lambda: secrets.token_hex(3).upper())
    events: int = 0
    last: int = 0


@dataclass(slots=True)
class Workspace:
    """One team. Channels and people come into being when they are first named.

    `displays` and `topics` hold what people and channels are shown with, `audience` who alone sees
    an ephemeral message.
    """

    title: str = "Trialogue"
    channels: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    directs: dict[str, str] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    admins: set[str] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)
    messages: dict[tuple[str, str], Json] = field(default_factory=dict)
    ephemeral: dict[tuple[str, str], Json] = field(default_factory=dict)
    audience: dict[tuple[str, str], str] = field(default_factory=dict)
    displays: dict[str, str] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    threads: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    roots: dict[tuple[str, str], str] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    _known: set[str] = field(default_factory=set)

    def channel(self, name: str) -> str:
        """The id of a channel."""
        return self._named(self.channels, name, "C")

    def person(self, name: str) -> str:
        """The id of a person."""
        return self._named(self.people, name, "U")

    def direct(self, name: str) -> str:
        """The id of a person's conversation with the bot."""
        channel = self._named(self.directs, name, "D")
        self.join(channel, self.person(name))
        return channel

    def join(self, channel: str, user: str) -> None:
        """Let somebody into a channel; whoever writes or commands there is in it."""
        self.members.setdefault(channel, {BOT_USER}).add(user)

    def leave(self, channel: str, user: str) -> None:
        """Take somebody out of a channel."""
        self.members.get(channel, set()).discard(user)

    def name_of(self, user: object) -> str | None:
        """A person's name by their id."""
        return next((name for name, known in self.people.items() if known == user), None)

    def user(self, name: str) -> Json:
        """A person as `users.info` tells of them; `admins` and `owners` hold names."""
        display = self.displays.get(name, name)
        return {
            "id": self.person(name),
            "team_id": TEAM,
            "name": name,
            "real_name": display,
            "deleted": False,
            "is_admin": name in self.admins or name in self.owners,
            "is_owner": name in self.owners,
            "is_primary_owner": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_bot": False,
            "is_app_user": False,
            "tz": "Europe/London",
            "profile": {
                "real_name": display,
                "display_name": display,
                "email": f"{name}@trialogue.example",
                "team": TEAM,
            },
        }

    def has_channel(self, channel: object) -> bool:
        """Whether the bot can post there."""
        return channel in self._known

    def next_ts(self) -> str:
        """A timestamp that no other message has."""
        self.counters.last = max(self.counters.last + 1, time.time_ns() // 1000)
        return to_ts(self.counters.last)

    def next_event_id(self) -> str:
        """An id that no other event has, in other runs neither."""
        self.counters.events += 1
        return f"Ev{self.counters.run}{self.counters.events:07d}"

    def add(self, channel: str, message: Json, root: str) -> None:
        """Put a message into its thread."""
        ts = str(message["ts"])
        self.roots[channel, ts] = root
        self.messages[channel, ts] = message
        self.threads.setdefault((channel, root), []).append(message)

    def whisper(self, channel: str, message: Json, user: str) -> None:
        """Show a message to one person only."""
        place = channel, str(message["ts"])
        self.ephemeral[place], self.audience[place] = message, user

    def remove(self, channel: str, ts: str) -> None:
        """Delete a message."""
        if self.ephemeral.pop((channel, ts), None) is not None:
            del self.audience[channel, ts]
            return
        message = self.messages.pop((channel, ts))
        self.threads[channel, self.roots.pop((channel, ts))].remove(message)

    def history(self, channel: str) -> list[Json]:
        """What was written in a channel outside of threads, newest first."""
        roots = [
            message
            for (place, ts), message in self.messages.items()
            if place == channel and self.roots[place, ts] == ts
        ]
        return sorted(roots, key=_time, reverse=True)

    def _named(self, ids: dict[str, str], name: str, sigil: str) -> str:
        known = ids.get(name)
        if known is None:
            known = ids[name] = f"{sigil}{len(ids) + 1:09d}"
            self._known.add(known)
        return known


def to_ts(microseconds: int) -> str:
    """A time since 1970 as messages have it."""
    return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


def _time(message: Json) -> float:
    return float(str(message["ts"]))


def to_event(event_id: str, event: Json) -> Json:
    """An `event_callback`."""
    return {
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def to_message(text: str, *, user: str, ts: str, thread: str | None, mention: bool) -> Json:
    """What every event about one message says of it."""
    elements: Sequence[Json] = ({"type": "text", "text": text},)
    if mention:
        elements = ({"type": "user", "user_id": BOT_USER}, *elements)
    message: Json = {
        "user": user,
        "ts": ts,
        "text": f"<@{BOT_USER}> {escape(text)}" if mention else escape(text),
        "team": TEAM,
        "blocks": [
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": elements}],
            }
        ],
        "event_ts": ts,
    }
    if thread:
        message["thread_ts"] = thread
    return message


def escape(text: str) -> str:
    """A person's words as Slack passes them on."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What people see of a `text`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
