"""What was asked and posted, as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import orjson

from simulator.control.platform import Json, PlatformControl
from simulator.standin import Asked, Posted


def to_json(event: Asked | Posted) -> Json:
    """A message or a posting."""
    return asdict(event)


def history(platform: str, control: PlatformControl) -> bytes:
    """Everything asked and posted, a line each in order of time: `docs/simulator.md` says how."""
    lines = sorted(_lines(platform, control), key=_moment)
    return b"".join(orjson.dumps(line) + b"\n" for line in lines)


def named(ids: Mapping[str, str]) -> Sequence[Json]:
    """People or channels."""
    return [{"name": name, "id": identifier} for name, identifier in ids.items()]


def _lines(platform: str, control: PlatformControl) -> Iterator[Json]:
    stand_in = control.stand_in
    for asked in stand_in.asked:
        answers = [posted.id for posted in stand_in.replies_to(asked)]
        yield {
            "event": "asked",
            "platform": platform,
            **to_json(asked),
            "answers": answers,
        }
    for posted in stand_in.posted:
        yield {"event": "posted", "platform": platform, **to_json(posted)}


def _moment(line: Json) -> float:
    return float(str(line["at"]))
