"""Deliveries as signed HTTP requests: https://docs.slack.dev/apis/events-api/#receiving-events."""

import asyncio
import hmac
import time
from dataclasses import dataclass, field

from simulator.slack.deliveries import SECONDS_TO_ACKNOWLEDGE, Attempt, Channel, Deliveries, Parcel
from simulator.slack.wire import BROKEN, Answer, Endpoint, Wire

FIXED_HEADERS = ("User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)", "Accept: */*")
TYPES = {
    Channel.EVENT: "Content-Type: application/json",
    Channel.COMMAND: "Content-Type: application/x-www-form-urlencoded",
    Channel.INTERACTION: "Content-Type: application/x-www-form-urlencoded",
}


@dataclass(slots=True, kw_only=True)
class Posts:
    """The way over HTTP."""

    deliveries: Deliveries
    _wire: Wire = field(default_factory=Wire)
    _endpoints: dict[tuple[str, Channel], Endpoint] = field(default_factory=dict)
    _turn: int = 0

    async def attempt(
        self, parcel: Parcel, *, target: str | None, number: int, reason: str
    ) -> Attempt:
        """Post once."""
        target = target or self._next()
        headers = self._signature(parcel.body) + _retry_headers(number, reason)
        at, answer, problem = time.perf_counter(), None, ""
        try:
            async with asyncio.timeout(SECONDS_TO_ACKNOWLEDGE):
                endpoint = self._endpoint(target, parcel.channel)
                answer = await self._wire.post(endpoint, headers, parcel.body)
        except TimeoutError:
            problem = "http_timeout"
        except BROKEN:
            problem = "connection_failed"
        return Attempt(
            event_id=parcel.id,
            number=number,
            target=target,
            status=answer.status if answer else None,
            reason=problem or _reason(answer),
            at=at,
            seconds=time.perf_counter() - at,
            no_retry=answer is not None and answer.no_retry,
            answer=answer.body if answer else b"",
        )

    def close(self) -> None:
        """Drop the connections."""
        self._wire.close()

    def _next(self) -> str:
        self._turn += 1
        targets = self.deliveries.targets
        return targets[self._turn % len(targets)] if targets else "http://127.0.0.1:1"

    def _endpoint(self, target: str, channel: Channel) -> Endpoint:
        endpoint = self._endpoints.get((target, channel))
        if endpoint is None:
            url = target.rstrip("/") + "/slack/events"
            endpoint = Endpoint.of(url, *FIXED_HEADERS, TYPES[channel])
            self._endpoints[target, channel] = endpoint
        return endpoint

    def _signature(self, body: bytes) -> bytes:
        timestamp = b"%d" % time.time()
        signed = hmac.digest(
            self.deliveries.signing_secret.encode(), b"v0:%b:%b" % (timestamp, body), "sha256"
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
