"""What a person did, and everything that went over the wire because of it."""

import time
from bisect import bisect
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from simulator.playground.bot import LogLine
from simulator.playground.values import Direction, Json, WireEvent

KEPT = 60
MOST_STEPS = 100
LASTS = 60.0
"""Seconds in which what names no channel is taken to belong to the latest act."""

PROCESSED = "message_processed"
IDENTIFYING = ("id", "ts")
NOT_IDENTIFYING = frozenset({"update_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something on the wire. `after_ms` is counted from the act."""

    after_ms: float
    direction: Direction
    name: str
    status: str
    duration_ms: float | None
    note: str
    payload: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The bot's own line about a message. `after_ms` is when it was read, from the act."""

    after_ms: float
    outcome: str
    duration_ms: float
    databases_used: tuple[str, ...]
    cache_hit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """An act and what followed. `at` is in seconds since 1970."""

    id: int
    platform: str
    channel: str
    person: str
    kind: str
    text: str
    at: float
    steps: tuple[Step, ...] = ()
    log: Log | None = None


@dataclass(slots=True)
class Followed:
    """A trace that may still grow. `moments` are those of its steps.

    They and `began` are in seconds of `time.perf_counter()`.
    """

    trace: Trace
    began: float
    asked: str = ""
    moments: list[float] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Traces:
    """The latest traces. `changed` is called with the id of each that has grown.

    `direct_of` says whose direct conversation with the bot a channel of a platform is, None where
    it is nobody's: private answers go there.
    """

    changed: Callable[[int], None]
    direct_of: Callable[[str, str], str | None]
    _latest: deque[Followed] = field(default_factory=lambda: deque(maxlen=KEPT))
    _number: int = 0

    def all(self) -> tuple[Trace, ...]:
        """Every trace that is kept, the oldest first."""
        return tuple(followed.trace for followed in self._latest)

    def one(self, number: int) -> Trace | None:
        """A trace by its id."""
        return next((one.trace for one in self._latest if one.trace.id == number), None)

    def begin(self, *, platform: str, channel: str, person: str, kind: str, text: str) -> Followed:
        """A person is about to do something."""
        self._number += 1
        trace = Trace(
            id=self._number,
            platform=platform,
            channel=channel,
            person=person,
            kind=kind,
            text=text,
            at=time.time(),
        )
        followed = Followed(trace=trace, began=time.perf_counter())
        self._latest.append(followed)
        self.changed(trace.id)
        return followed

    def give_up(self, followed: Followed) -> None:
        """The act was refused: it leaves no trace."""
        self._latest.remove(followed)

    def hear(self, event: WireEvent) -> None:
        """Add what went over the wire to the act that it belongs to."""
        followed = self._of_event(event)
        if followed is None or len(followed.trace.steps) >= MOST_STEPS:
            return
        step = Step(
            after_ms=_milliseconds(event.at - followed.began),
            direction=event.direction,
            name=event.name,
            status=event.status,
            duration_ms=None if event.ended is None else _milliseconds(event.ended - event.at),
            note=event.note,
            payload=event.payload,
        )
        place = bisect(followed.moments, event.at)
        followed.moments.insert(place, event.at)
        earlier, later = followed.trace.steps[:place], followed.trace.steps[place:]
        self._grow(followed, replace(followed.trace, steps=(*earlier, step, *later)))

    def read(self, line: LogLine) -> None:
        """Add what the bot says of a message to the act that it belongs to."""
        if line.get("action") != PROCESSED:
            return
        followed = self._of_line(str(line.get("conversation", "")))
        if followed is None:
            return
        used = line.get("databases_used")
        log = Log(
            after_ms=_milliseconds(time.perf_counter() - followed.began),
            outcome=str(line.get("outcome", "")),
            duration_ms=float(str(line.get("duration_ms", 0))),
            databases_used=tuple(map(str, used)) if isinstance(used, list) else (),
            cache_hit=line.get("cache_hit") is True,
        )
        self._grow(followed, replace(followed.trace, log=log))

    def _grow(self, followed: Followed, trace: Trace) -> None:
        followed.trace = trace
        self.changed(trace.id)

    def _of_event(self, event: WireEvent) -> Followed | None:
        """By what it names of the act, else by its place, else the latest act of its platform."""
        candidates = [
            one
            for one in reversed(self._latest)
            if one.trace.platform == event.platform and one.began <= (event.ended or event.at)
        ]
        if event.channel is None:
            recent = time.perf_counter() - LASTS
            return next((one for one in candidates if one.began >= recent), None)
        owner = self.direct_of(event.platform, event.channel)
        near = [
            one
            for one in candidates
            if one.trace.channel == event.channel or (owner and one.trace.person == owner)
        ]
        named = set(_identifiers(event.payload))
        exact = (one for one in near if one.asked and one.asked in named)
        return next(exact, None) or next(iter(near), None)

    def _of_line(self, conversation: str) -> Followed | None:
        """The earliest act there that has no line yet: a conversation is answered in order."""
        platform, _, place = conversation.partition(":")
        parts = place.split(":")
        waiting = [
            one
            for one in self._latest
            if one.trace.platform == platform
            and one.trace.log is None
            and one.trace.channel in parts
        ]
        exact = (one for one in waiting if one.asked and one.asked in parts)
        return next(exact, None) or next(iter(waiting), None)


def _identifiers(value: object, name: str = "") -> Iterator[str]:
    """Every id and timestamp in a payload, however deep."""
    match value:
        case Mapping():
            for key, one in value.items():
                yield from _identifiers(one, str(key))
        case list() | tuple():
            for one in value:
                yield from _identifiers(one, name)
        case str() | int() if name.endswith(IDENTIFYING) and name not in NOT_IDENTIFYING:
            yield str(value)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
