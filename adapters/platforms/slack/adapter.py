"""Slack over signed HTTP events and the Web API."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address
from itertools import chain, repeat
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
import orjson
import structlog
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.platforms.slack.config import SlackConfig
from adapters.platforms.slack.edge import Edge
from adapters.platforms.slack.errors import CALL_ERRORS, to_platform_error
from adapters.platforms.slack.render import TEXT_LIMIT, to_payload
from core.errors import PlatformError, RateLimitedError, TokenRejectedError
from core.messages import Capability, Delivery, Platform, Posting
from core.ports.clock import Clock
from core.ports.platform import Receive

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
IDENTIFY_AGAIN = (1.0, 5.0, 30.0, 300.0)
"""Seconds between attempts to learn who the bot is; the last one repeats."""

METADATA = "trialogue_posting"
LOOK_BACK = 50  # messages of a thread since the posting was queued
CLOCKS_APART = timedelta(minutes=1)

log = structlog.get_logger()


class SlackAdapter:
    """One Slack app. Mount its `routes` before `listen`, and `close` it at the end."""

    platform = Platform.SLACK
    capabilities = Capability.MARKDOWN | Capability.THREADS
    text_limit = TEXT_LIMIT

    def __init__(
        self, config: SlackConfig, *, clock: Clock, timeout: aiohttp.ClientTimeout = TIMEOUT
    ) -> None:
        self._config = config
        self._timeout = timeout
        self._edge = Edge(
            secrets=[secret.encode() for secret in config.signing_secrets], clock=clock
        )
        self._client: AsyncWebClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """The endpoint for Slack's requests."""
        return self._edge.routes

    async def listen(self, receive: Receive) -> None:
        """Take events from now on. Who the bot is may be learned later: events say it too."""
        self._edge.receive = receive
        try:
            await self._identify()
            await asyncio.Event().wait()
        finally:
            self._edge.receive = None

    async def send(self, posting: Posting) -> Delivery:
        """Post below the message that began the thread."""
        payload = to_payload(posting.text, plain=posting.plain)
        payload["channel"] = posting.conversation.channel
        if posting.conversation.thread:
            payload["thread_ts"] = posting.conversation.thread
        # Slack documents no idempotency key: both are for finding a posting again, no more.
        payload["client_msg_id"] = str(posting.id)
        payload["metadata"] = {
            "event_type": METADATA,
            "event_payload": {"idem": str(posting.id)},
        }
        answer = await self._call("chat.postMessage", payload)
        ts = answer.get("ts")
        return Delivery(message_ids=(ts,) if isinstance(ts, str) else ())

    async def find(self, posting: Posting) -> Delivery | None:
        """Look for a posting in its thread, by the metadata it was sent with.

        That takes a history scope and is limited to a call a minute for some apps: where Slack
        does not say, the posting counts as not there, and is sent again.
        """
        place = posting.conversation
        question = {
            "channel": place.channel,
            "ts": place.thread,
            "oldest": str((posting.written_at - CLOCKS_APART).timestamp()),
            "include_all_metadata": "true",
            "limit": str(LOOK_BACK),
        }
        try:
            answer = await self._call("conversations.replies", params=question)
        except PlatformError as problem:
            log.info("slack.posting_not_looked_up", posting_id=str(posting.id), reason=str(problem))
            return None
        messages = answer.get("messages")
        for message in messages if isinstance(messages, list) else ():
            match message:
                case {"ts": str(ts), "metadata": {"event_payload": {"idem": idem}}} if idem == str(
                    posting.id
                ):
                    return Delivery(message_ids=(ts,))
        return None

    async def close(self) -> None:
        """Drop the connections to Slack. A later call opens new ones."""
        client, self._client = self._client, None
        if client is not None and client.session is not None:
            await client.session.close()

    async def _identify(self) -> None:
        for pause in chain(IDENTIFY_AGAIN, repeat(IDENTIFY_AGAIN[-1])):
            try:
                await self._ask_who_it_is()
            except TokenRejectedError:
                raise
            except RateLimitedError as problem:
                await asyncio.sleep(max(pause, problem.retry_after.total_seconds()))
            except PlatformError as problem:
                log.warning("slack.identity_unknown", reason=str(problem), retry_in=pause)
                await asyncio.sleep(pause)
            else:
                return

    async def _ask_who_it_is(self) -> None:
        answer = await self._call("auth.test")
        self._edge.bot_user_id = str(answer.get("user_id") or "")
        log.info("slack.connected", bot=self._edge.bot_user_id, team=answer.get("team_id"))

    async def _call(
        self,
        method: str,
        payload: dict[str, object] | None = None,
        params: dict[str, str] | None = None,
    ) -> AsyncSlackResponse:
        try:
            return await self._web().api_call(method, json=payload, params=params)
        except CALL_ERRORS as error:
            raise to_platform_error(error) from error

    def _web(self) -> AsyncWebClient:
        """The client, made within the running loop at its first use."""
        if self._client is None:
            self._client = _open(self._config, self._timeout)
        return self._client


def _open(config: SlackConfig, timeout: aiohttp.ClientTimeout) -> AsyncWebClient:
    client = AsyncWebClient(
        token=config.bot_token,
        base_url=config.api_url,
        session=aiohttp.ClientSession(timeout=timeout, json_serialize_bytes=orjson.dumps),
        logger=_quiet_logger(),
        # A repeated post is a second message: the outbox decides about repeats.
        retry_handlers=[],
    )
    if _is_direct(urlsplit(config.api_url).hostname or ""):
        client.proxy = None
    return client


def _quiet_logger() -> logging.Logger:
    """Slack's client builds its debug lines, with people's words, unless its own level is set."""
    logger = logging.getLogger("slack_sdk.trialogue")
    logger.setLevel(logging.WARNING)
    return logger


def _is_direct(host: str) -> bool:
    """Whether the proxy that slack_sdk takes from the environment is not for this host."""
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return loopback or bool(proxy_bypass(host))
