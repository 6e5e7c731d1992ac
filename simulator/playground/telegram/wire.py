"""From the stand-in's exchanges with the bot to what the wire view shows."""

import orjson

from simulator.control.platform import without
from simulator.playground.values import Direction, Json, WireEvent
from simulator.telegram.api import Exchange
from simulator.telegram.updates import Queued
from simulator.telegram.world import World

PLATFORM = "telegram"


def of_update(queued: Queued, confirmed_at: float | None) -> WireEvent:
    """An update that the bot got, and confirmed or not."""
    payload: Json = orjson.loads(queued.body)
    kind = next((key for key in payload if key != "update_id"), "")
    return WireEvent(
        platform=PLATFORM,
        direction=Direction.TO_BOT,
        name=f"update: {kind}",
        at=queued.handed_at or 0.0,
        ended=confirmed_at,
        channel=_chat_of(payload.get(kind)),
        status="not confirmed" if confirmed_at is None else "confirmed",
        note=f"duplicate {queued.copy} of {queued.copies}" if queued.copy > 1 else "",
        payload=payload,
    )


def of_exchange(exchange: Exchange, world: World, token: str) -> WireEvent:
    """A call of the bot and its answer."""
    payload = without((token,), exchange.parameters)
    return WireEvent(
        platform=PLATFORM,
        direction=Direction.FROM_BOT,
        name=exchange.method,
        at=exchange.at,
        ended=exchange.ended,
        channel=channel_of(exchange, world),
        status=exchange.status or "connection cut",
        note=exchange.note,
        payload=payload if isinstance(payload, dict) else {},
    )


def channel_of(exchange: Exchange, world: World) -> str | None:
    """The chat that a call is about: it names the chat, or a click in it."""
    query = world.queries.get(str(exchange.parameters.get("callback_query_id")))
    if query is not None:
        return query.channel
    chat = exchange.parameters.get("chat_id")
    return None if chat is None else str(chat)


def _chat_of(content: object) -> str | None:
    if not isinstance(content, dict):
        return None
    message = content.get("message") if "chat_instance" in content else content
    chat = message.get("chat") if isinstance(message, dict) else None
    return str(chat["id"]) if isinstance(chat, dict) else None
