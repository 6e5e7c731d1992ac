"""What went over the wire, in the playground's words."""

from collections.abc import Mapping

from simulator.playground.values import Direction, Json, WireEvent
from simulator.slack.calls import Ended
from simulator.slack.deliveries import Attempt, Channel, Parcel

HIDDEN = "(hidden)"
SECRET_FIELDS = frozenset({"token", "response_url", "client_secret", "code"})
PROBLEMS = {"http_timeout": "no acknowledgement", "connection_failed": "no connection"}


def to_delivery(parcel: Parcel, attempt: Attempt, note: str) -> WireEvent:
    """One attempt to deliver an event, a command or a click."""
    return WireEvent(
        platform="slack",
        direction=Direction.TO_BOT,
        name=_name(parcel),
        at=attempt.at,
        ended=attempt.at + attempt.seconds,
        channel=_channel_of(parcel),
        status="ok" if attempt.acknowledged else PROBLEMS.get(attempt.reason, attempt.reason),
        note=note,
        payload=_open(parcel.payload),
    )


def to_call(call: Ended) -> WireEvent:
    """One call of the Web API, or a reply by a response_url."""
    return WireEvent(
        platform="slack",
        direction=Direction.FROM_BOT,
        name=call.method,
        at=call.began,
        ended=call.ended,
        channel=call.channel or _text(call.arguments, "channel", "channel_id"),
        status=call.status,
        note=call.fault,
        payload=_open(call.arguments),
    )


def _name(parcel: Parcel) -> str:
    match parcel.channel:
        case Channel.EVENT:
            return str(_object(parcel.payload, "event").get("type"))
        case Channel.COMMAND:
            return f"{parcel.channel} {parcel.payload['command']}"
        case Channel.INTERACTION:
            return str(parcel.payload["type"])


def _channel_of(parcel: Parcel) -> str | None:
    match parcel.channel:
        case Channel.EVENT:
            event = _object(parcel.payload, "event")
            return _text(event, "channel") or _text(_object(event, "item"), "channel")
        case Channel.COMMAND:
            return _text(parcel.payload, "channel_id")
        case Channel.INTERACTION:
            return _text(_object(parcel.payload, "channel"), "id")


def _open(payload: Mapping[str, object]) -> Json:
    """A payload without what is secret in it."""
    return {name: _shown(name, value) for name, value in payload.items()}


def _shown(name: str, value: object) -> object:
    if name in SECRET_FIELDS and isinstance(value, str):
        return HIDDEN
    if isinstance(value, dict):
        return _open(value)
    if isinstance(value, list):
        return [_shown("", one) for one in value]
    return value


def _object(payload: Mapping[str, object], name: str) -> Json:
    value = payload.get(name)
    return value if isinstance(value, dict) else {}


def _text(payload: Mapping[str, object], *names: str) -> str | None:
    values = (payload.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), None)
