"""What goes to the bot: signed over HTTP or in envelopes over sockets, and again as Slack does.

https://docs.slack.dev/apis/events-api#retries: 3 s for a 2xx, then again at once, after a minute
and after five. Commands and interactions are delivered once.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Protocol
from urllib.parse import urlencode

import orjson

from simulator.slack.clock import SimulatedClock
from simulator.slack.mishaps import Mishaps
from simulator.slack.workspace import Json

SECONDS_TO_ACKNOWLEDGE = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)


class Channel(StrEnum):
    """What is delivered, by Socket Mode's names for it."""

    EVENT = "events_api"
    COMMAND = "slash_commands"
    INTERACTION = "interactive"


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One thing to deliver. `id` is the event's or the trigger's."""

    id: str
    channel: Channel
    payload: Json

    @cached_property
    def body(self) -> bytes:
        """What is posted over HTTP."""
        match self.channel:
            case Channel.EVENT:
                return orjson.dumps(self.payload)
            case Channel.COMMAND:
                return urlencode(
                    {name: str(value) for name, value in self.payload.items()}
                ).encode()
            case Channel.INTERACTION:
                return urlencode({"payload": orjson.dumps(self.payload).decode()}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One delivery. `status` is None when no answer came, `reason` then says why.

    `number` is 0 for the first delivery, `at` and `seconds` are those of `time.perf_counter()`.
    `answer` is what the bot said to it.
    """

    event_id: str
    number: int
    target: str
    status: int | None
    reason: str
    at: float
    seconds: float
    no_retry: bool = False
    answer: bytes = b""

    @property
    def acknowledged(self) -> bool:
        """Whether Slack would leave it at that."""
        return self.no_retry or (self.status is not None and 200 <= self.status < 300)


class Way(Protocol):
    """How one attempt is made."""

    async def attempt(
        self, parcel: Parcel, *, target: str | None, number: int, reason: str
    ) -> Attempt:
        """Deliver once; `reason` is why the attempt before did not count."""


@dataclass(slots=True, kw_only=True)
class Deliveries:
    """The parcels under way. `targets` are base addresses and may change at any time.

    `on_attempt` hears of each attempt that has ended, with a note on why it was made beyond the
    first time.
    """

    signing_secret: str
    targets: list[str]
    retry_delays: Sequence[float]
    clock: SimulatedClock
    attempts: list[Attempt] = field(default_factory=list)
    on_attempt: Callable[[Parcel, Attempt, str], None] | None = None
    mishaps: Mishaps = field(init=False)

    def __post_init__(self) -> None:
        self.mishaps = Mishaps(clock=self.clock)

    async def deliver(
        self, parcel: Parcel, way: Way, *, target: str | None = None, first: int = 0
    ) -> Attempt | None:
        """Deliver until it is acknowledged or given up; the last attempt, None if it was lost.

        Without a `target` the attempts go round all of them, as through a load balancer.
        """
        attempt = None
        copies = await self.mishaps.pass_through()
        for copy in range(1, copies + 1):
            why = f"duplicate {copy} of {copies}" if copies > 1 else ""
            attempt = await self._insist(parcel, way, target, first, why)
        return attempt

    async def _insist(
        self, parcel: Parcel, way: Way, target: str | None, number: int, why: str
    ) -> Attempt:
        reason = "http_timeout"
        while True:
            attempt = await way.attempt(parcel, target=target, number=number, reason=reason)
            self.attempts.append(attempt)
            if self.on_attempt is not None:
                self.on_attempt(parcel, attempt, why)
            reason = attempt.reason
            once = parcel.channel is not Channel.EVENT
            if once or attempt.acknowledged or number >= len(self.retry_delays):
                return attempt
            delay = self.retry_delays[number]
            # Time that was not simulated is cheaper to wait for, and there are many of them.
            await (asyncio.sleep(delay) if delay == 0 else self.clock.sleep(delay))
            number += 1
            why = f"retry {number}: {reason}"
