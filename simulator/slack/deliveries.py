"""Events on their way to the bot: signed, and sent again as Slack does.

https://docs.slack.dev/apis/events-api#retries: 3 s for a 2xx, then again at once, after a minute
and after five.
"""

import asyncio
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.slack.wire import BROKEN, Answer, Endpoint, Wire

SECONDS_TO_ACKNOWLEDGE = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)
FIXED_HEADERS = (
    "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)",
    "Accept: */*",
    "Content-Type: application/json",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One delivery of an event. `status` is None when no answer came, `reason` then says why.

    `number` is 0 for the first delivery, `at` and `seconds` are those of `time.perf_counter()`.
    """

    event_id: str
    number: int
    target: str
    status: int | None
    reason: str
    at: float
    seconds: float
    no_retry: bool = False

    @property
    def acknowledged(self) -> bool:
        """Whether Slack would leave it at that."""
        return self.no_retry or (self.status is not None and 200 <= self.status < 300)


@dataclass(slots=True, kw_only=True)
class Deliveries:
    """The way to the bots. `targets` are base addresses and may change at any time."""

    signing_secret: str
    targets: list[str]
    retry_delays: Sequence[float]
    attempts: list[Attempt] = field(default_factory=list)
    _wire: Wire = field(default_factory=Wire)
    _endpoints: dict[str, Endpoint] = field(default_factory=dict)
    _turn: int = 0

    async def deliver(
        self, event_id: str, body: bytes, *, target: str | None = None, first: int = 0
    ) -> None:
        """Deliver until it is acknowledged or given up.

        Without a `target` the attempts go round all of them, as through a load balancer.
        """
        number, reason = first, "http_timeout"
        while True:
            retry = _retry_headers(number, reason)
            attempt = await self._attempt(event_id, body, target or self._next(), number, retry)
            self.attempts.append(attempt)
            reason = attempt.reason
            if attempt.acknowledged or number >= len(self.retry_delays):
                return
            await asyncio.sleep(self.retry_delays[number])
            number += 1

    def close(self) -> None:
        """Drop the connections."""
        self._wire.close()

    def _next(self) -> str:
        self._turn += 1
        return self.targets[self._turn % len(self.targets)]

    async def _attempt(
        self, event_id: str, body: bytes, target: str, number: int, retry: bytes
    ) -> Attempt:
        at, answer, reason = time.perf_counter(), None, ""
        try:
            async with asyncio.timeout(SECONDS_TO_ACKNOWLEDGE):
                answer = await self._wire.post(
                    self._endpoint(target), self._signature(body) + retry, body
                )
        except TimeoutError:
            reason = "http_timeout"
        except BROKEN:
            reason = "connection_failed"
        return Attempt(
            event_id=event_id,
            number=number,
            target=target,
            status=answer.status if answer else None,
            reason=reason or _reason(answer),
            at=at,
            seconds=time.perf_counter() - at,
            no_retry=answer is not None and answer.no_retry,
        )

    def _endpoint(self, target: str) -> Endpoint:
        endpoint = self._endpoints.get(target)
        if endpoint is None:
            endpoint = Endpoint.of(target.rstrip("/") + "/slack/events", *FIXED_HEADERS)
            self._endpoints[target] = endpoint
        return endpoint

    def _signature(self, body: bytes) -> bytes:
        timestamp = b"%d" % time.time()
        signed = hmac.digest(
            self.signing_secret.encode(), b"v0:%b:%b" % (timestamp, body), "sha256"
        )
        return b"X-Slack-Request-Timestamp: %b\r\nX-Slack-Signature: v0=%b\r\n" % (
            timestamp,
            signed.hex().encode(),
        )


def _retry_headers(number: int, reason: str) -> bytes:
    if not number:
        return b""
    return f"X-Slack-Retry-Num: {number}\r\nX-Slack-Retry-Reason: {reason}\r\n".encode()


def _reason(answer: Answer | None) -> str:
    return "" if answer is not None and 200 <= answer.status < 300 else "http_error"
