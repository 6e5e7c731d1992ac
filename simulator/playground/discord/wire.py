"""What went over the wire, as the playground shows it: without tokens."""

import re
from typing import Any
from urllib.parse import unquote

import orjson

from simulator.discord.faults import Fault
from simulator.discord.interactions import COMMAND, COMPONENT
from simulator.discord.limits import buttons, label
from simulator.discord.objects import JSON
from simulator.discord.witness import Dispatched, Served
from simulator.playground.values import Direction, WireEvent

INTERACTION = "INTERACTION_CREATE"
SHOWN = frozenset(
    {
        "MESSAGE_CREATE",
        "MESSAGE_UPDATE",
        "MESSAGE_DELETE",
        "MESSAGE_REACTION_ADD",
        "MESSAGE_REACTION_REMOVE",
        "THREAD_CREATE",
        INTERACTION,
    }
)
TOKEN = re.compile(r"(/(?:webhooks|interactions)/[0-9]+/)[^/]+")
ID = re.compile(r"(?<=/)[0-9]+(?=/|$)")
SIGNED = re.compile(r"(/cdn/attachments/[^?]*)\?.*")
OWN = "what the bot wrote itself"
NOBODY = "no connection: it has to be read from the history"
ONLY_LATER = "no connection: kept until the session is resumed"
LOST = "no connection: it is lost"


def is_shown(dispatched: Dispatched) -> bool:
    """Whether an event belongs to a message or an interaction, and a session asks for such."""
    return dispatched.event in SHOWN and (dispatched.wanted > 0 or dispatched.sessions == 0)


def to_event(dispatched: Dispatched, *, at: float, note: str = "") -> WireEvent:
    """An event of the gateway, which has no acknowledgement of its own."""
    payload = orjson.loads(dispatched.payload)
    is_own = bool((payload.get("author") or {}).get("bot"))
    notes = (note, OWN if is_own else "", _reach(dispatched))
    return WireEvent(
        platform="discord",
        direction=Direction.TO_BOT,
        name=_name(dispatched.event, payload),
        at=at,
        channel=payload.get("channel_id"),
        note="; ".join(filter(None, notes)),
        payload=_without_secrets(payload),
    )


def to_call(served: Served, *, channel: str | None) -> WireEvent:
    """A call of the bot and how it was answered."""
    call, fault = served.call, served.fault
    is_cut = fault is not None and fault.status == 0
    path = ID.sub("*", TOKEN.sub(r"\g<1>*", call.path))
    return WireEvent(
        platform="discord",
        direction=Direction.FROM_BOT,
        name=f"{call.method} {unquote(path)}",
        at=served.began,
        ended=served.ended,
        channel=channel,
        status="connection cut" if is_cut else str(served.status),
        note=_trouble(fault),
        payload=_said(served),
    )


def _name(event: str, payload: JSON) -> str:
    if event != INTERACTION:
        return event
    if payload["type"] == COMMAND:
        return f"{event} /{payload['data']['name']}"
    if payload["type"] == COMPONENT:
        return f"{event} button {_pressed(payload, payload['data']['custom_id'])}"
    return event


def _pressed(payload: JSON, custom_id: str) -> str:
    shown = buttons((payload.get("message") or {}).get("components") or ())
    return next((label(one) for one in shown if one.get("custom_id") == custom_id), custom_id)


def _reach(dispatched: Dispatched) -> str:
    if dispatched.reached:
        return ""
    if dispatched.wanted:
        return ONLY_LATER
    return LOST if dispatched.event == INTERACTION else NOBODY


def _trouble(fault: Fault | None) -> str:
    if fault is None:
        return ""
    if fault.accepts:
        return "made to take effect without an answer"
    return "made to be refused, to be sent again later" if fault.status == 429 else "made to fail"


def _said(served: Served) -> JSON:
    call = served.call
    said: Any = call.said
    payload: JSON = said if isinstance(said, dict) else {} if said is None else {"body": said}
    if call.query:
        payload = {**payload, "query": dict(call.query)}
    if call.uploads:
        payload = {**payload, "files": [one.filename for one in call.uploads]}
    cleaned: JSON = _without_secrets(payload)
    return cleaned


def _without_secrets(value: Any) -> Any:
    """JSON without interaction tokens and the signatures of file addresses."""
    match value:
        case dict():
            return {key: _without_secrets(one) for key, one in value.items() if key != "token"}
        case list():
            return [_without_secrets(one) for one in value]
        case str():
            return SIGNED.sub(r"\1", value)
    return value
