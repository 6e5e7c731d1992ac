"""What was asked and posted: from a live stand-in, or from what the control API exports."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.standin import Posted, StandIn

Key = tuple[str, str, str]
"""A message: its platform, channel and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person wrote. `answers` are the ids of what was posted in reply or in its thread."""

    platform: str
    channel: str
    id: str
    text: str
    answers: tuple[str, ...]

    @property
    def key(self) -> Key:
        """Its name among all messages."""
        return (self.platform, self.channel, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What the bot posted. `visible_to` is the only person who sees it."""

    platform: str
    channel: str
    id: str
    text: str
    reply_to: str | None
    visible_to: str | None

    @property
    def key(self) -> Key:
        """Its name among all messages."""
        return (self.platform, self.channel, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Both, in order of time."""

    questions: Sequence[Question]
    postings: Sequence[Posting]


def platform_of(stand_in: StandIn) -> str:
    """Which platform a stand-in is: its settings say so."""
    return next(iter(stand_in.environment)).partition("_")[0].lower()


def recording_of(stand_in: StandIn) -> Recording:
    """What a stand-in has seen so far."""
    platform = platform_of(stand_in)
    questions = [
        Question(
            platform=platform,
            channel=asked.channel,
            id=asked.id,
            text=asked.text,
            answers=tuple(posted.id for posted in stand_in.replies_to(asked)),
        )
        for asked in stand_in.asked
    ]
    return Recording(
        questions=questions, postings=[_posting(platform, one) for one in stand_in.posted]
    )


def read_recordings(files: Iterable[Path]) -> Recording:
    """Read JSON lines, of one platform or several. `ValueError` says which line is none."""
    events = [event for file in files for event in _read(file)]
    return Recording(
        questions=[event for event in events if isinstance(event, Question)],
        postings=[event for event in events if isinstance(event, Posting)],
    )


def _read(file: Path) -> Iterator[Question | Posting]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            event = json.loads(line)
            yield READERS[event["event"]](event)
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{file.name}, line {number}, is no event: {error!r}") from error


def _posting(platform: str, posted: Posted) -> Posting:
    return Posting(
        platform=platform,
        channel=posted.channel,
        id=posted.id,
        text=posted.text,
        reply_to=posted.reply_to,
        visible_to=posted.visible_to,
    )


def _read_question(event: Mapping[str, Any]) -> Question:
    return Question(
        platform=event["platform"],
        channel=event["channel"],
        id=event["id"],
        text=event["text"],
        answers=tuple(event["answers"]),
    )


def _read_posting(event: Mapping[str, Any]) -> Posting:
    return Posting(
        platform=event["platform"],
        channel=event["channel"],
        id=event["id"],
        text=event["text"],
        reply_to=event["reply_to"],
        visible_to=event["visible_to"],
    )


READERS: Mapping[str, Callable[[Mapping[str, Any]], Question | Posting]] = {
    "asked": _read_question,
    "posted": _read_posting,
}
