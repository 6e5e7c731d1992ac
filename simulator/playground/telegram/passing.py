"""What people see for a moment: that the bot is typing, and what it says of a click."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.playground.telegram.markup import to_nodes
from simulator.playground.values import MessageShown, TypingShown
from simulator.telegram.api import Exchange
from simulator.telegram.world import World

TYPING_SECONDS = 5.0
NOTICE_SECONDS = 10.0
DOING = {
    "upload_document": "sending a file",
    "upload_photo": "sending a photo",
}


@dataclass(slots=True, kw_only=True)
class Passing:
    """Follows the bot's calls; `expired` is called when something is no longer shown."""

    expired: Callable[[], None]
    _typing: dict[str, tuple[float, TypingShown]] = field(default_factory=dict)
    _notices: list[tuple[float, MessageShown]] = field(default_factory=list)
    _timers: list[asyncio.TimerHandle] = field(default_factory=list)

    def typing(self) -> tuple[TypingShown, ...]:
        """Where the bot is at work."""
        now = time.monotonic()
        return tuple(typing for until, typing in self._typing.values() if until > now)

    def notices(self) -> tuple[MessageShown, ...]:
        """What single people were told of their clicks."""
        now = time.monotonic()
        return tuple(notice for until, notice in self._notices if until > now)

    def note(self, exchange: Exchange, channel: str | None, world: World) -> None:
        """A call of the bot: it begins or ends something that people see for a moment."""
        method = exchange.method.lower()
        if channel is None:
            return
        if method == "sendchataction" and exchange.status == "200":
            self._show_typing(channel, str(exchange.parameters.get("action")), world)
        elif method.startswith("send") and _took_effect(exchange):
            self._typing.pop(channel, None)
        elif method == "answercallbackquery" and exchange.status == "200":
            self._show_notice(exchange, world)

    def forget(self) -> None:
        """Show nothing any more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._typing.clear()
        self._notices.clear()

    def _show_typing(self, channel: str, action: str, world: World) -> None:
        doing = DOING.get(action, "typing")
        private = not channel.startswith("-")
        text = f"{doing}…" if private else f"{world.me['first_name']} is {doing}…"
        shown = TypingShown(channel=channel, text=text)
        self._typing[channel] = (time.monotonic() + TYPING_SECONDS, shown)
        self._expire_after(TYPING_SECONDS)

    def _show_notice(self, exchange: Exchange, world: World) -> None:
        query = world.queries[str(exchange.parameters["callback_query_id"])]
        text = str(exchange.parameters.get("text") or "")
        if not text:
            return
        notice = MessageShown(
            id=f"answer-{query.id}",
            channel=query.channel,
            author="",
            at=float(int(world.clock.now())),  # messages have whole seconds too
            text=text,
            content=to_nodes(text),
            visible_to=query.person,
        )
        self._notices.append((time.monotonic() + NOTICE_SECONDS, notice))
        self._expire_after(NOTICE_SECONDS)

    def _expire_after(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._timers = [timer for timer in self._timers if timer.when() > loop.time()]
        self._timers.append(loop.call_later(seconds + 0.05, self._expire))

    def _expire(self) -> None:
        now = time.monotonic()
        self._typing = {channel: one for channel, one in self._typing.items() if one[0] > now}
        self._notices = [one for one in self._notices if one[0] > now]
        self.expired()


def _took_effect(exchange: Exchange) -> bool:
    return exchange.status in {"", "200"}
