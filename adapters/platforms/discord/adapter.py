"""Discord by the gateway, with no privileged intent, and the REST API."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import structlog
from discord import ConnectionClosed

from adapters.platforms.discord.catch_up import CatchUp
from adapters.platforms.discord.config import DiscordConfig
from adapters.platforms.discord.errors import lacks_history
from adapters.platforms.discord.events import snowflake, to_message
from adapters.platforms.discord.gateway import Gateway
from adapters.platforms.discord.intake import Intake
from adapters.platforms.discord.library import point_gateway_at, prepare
from adapters.platforms.discord.missed import History, LastSeen
from adapters.platforms.discord.render import TEXT_LIMIT, to_payload
from adapters.platforms.discord.rest import Rest
from core.errors import RejectedError, TokenRejectedError, UnconfirmedError
from core.messages import Capability, Delivery, Platform, Posting
from core.ports.clock import Clock
from core.ports.platform import Receive

NONCE_HOLDS = timedelta(minutes=2)
"""Discord remembers a nonce for a few minutes: until then sending again is safe."""

LOOK_BACK = timedelta(seconds=30)
"""How far our database's clock may be ahead of Discord's."""

PAGE = 100
MOST_PAGES = 10
TOKEN_REFUSED = 4004

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class DiscordAdapter:
    """One Discord bot. `send` works from the first login in `listen` until `close`.

    `last_seen` tells what the inbox has, so that messages written meanwhile are read back. They are
    handed over again from a little before; the inbox drops what it has.
    """

    platform = Platform.DISCORD
    capabilities = Capability.MARKDOWN
    text_limit = TEXT_LIMIT

    def __init__(self, config: DiscordConfig, *, last_seen: LastSeen, clock: Clock = _now) -> None:
        self._config = config
        self._clock = clock
        self._rest = Rest(config)
        self._history = History(rest=self._rest, last_seen=last_seen, clock=clock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Drop the connections to the REST API."""
        await self._rest.close()

    async def listen(self, receive: Receive) -> None:
        """Connect a new client and stay."""
        prepare()
        await self._rest.login()
        if self._config.redirected and not self._config.gateway_url:
            point_gateway_at(await self._rest.gateway())
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._connect(receive, tasks)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    async def send(self, posting: Posting) -> Delivery:
        """Post into the channel, as a reply. The nonce makes repeats within minutes one message."""
        payload = _to_body(posting)
        channel = posting.conversation.channel
        try:
            posted = await self._rest.post(channel, payload)
        except RejectedError as error:
            if not lacks_history(error.__cause__) or "message_reference" not in payload:
                raise
            del payload["message_reference"]
            posted = await self._rest.post(channel, payload)
        return _delivery(posted)

    async def find(self, posting: Posting) -> Delivery | None:
        """Look for a posting in its channel; None also when sending again is safe.

        Discord does not promise to show the nonce in the history, so the same words in reply to the
        same message count too.
        """
        if self._clock() - posting.written_at < NONCE_HOLDS:
            return None
        channel = posting.conversation.channel
        after = snowflake(posting.written_at - LOOK_BACK)
        body = _to_body(posting)
        for _ in range(MOST_PAGES):
            page = await self._rest.messages(channel, after=after, limit=PAGE)
            for message in page:
                if self._is_ours(message) and _matches(message, body, posting.reply_to):
                    return _delivery(message)
            if len(page) < PAGE:
                return None
            after = int(page[-1]["id"])
        raise UnconfirmedError("too much was written in the channel since")

    async def _connect(self, receive: Receive, tasks: asyncio.TaskGroup) -> None:
        bot = self._rest.bot
        gateway = Gateway()
        catch_up = CatchUp(
            self._history, bot=bot, name_of=gateway.name_of, may_read=gateway.may_read
        )
        intake = Intake(receive, catch_up, tasks)

        def hear(payload: object) -> None:
            message = to_message(payload, bot=bot, name_of=gateway.name_of)
            if message is not None:
                intake.put(message)

        gateway.tell(session=lambda _: catch_up.begin(tasks), guild=catch_up.meet, message=hear)
        tasks.create_task(self._rest.refused())
        tasks.create_task(gateway.watch())
        tasks.create_task(catch_up.sweep(intake))
        tasks.create_task(self._stay(gateway))

    async def _stay(self, gateway: Gateway) -> None:
        try:
            await self._rest.guard(lambda: gateway.login(self._config.token))
            log.info("discord.connecting", bot=self._rest.bot)
            await gateway.stay()
        except ConnectionClosed as error:
            if error.code == TOKEN_REFUSED:
                raise TokenRejectedError("the gateway of Discord refused the token") from error
            raise
        finally:
            await gateway.leave()

    def _is_ours(self, message: Mapping[str, Any]) -> bool:
        author = message.get("author")
        return isinstance(author, dict) and str(author.get("id")) == self._rest.bot


def _to_body(posting: Posting) -> dict[str, Any]:
    body: dict[str, Any] = to_payload(posting.text, plain=posting.plain)
    body["nonce"] = urlsafe_b64encode(posting.id.bytes).rstrip(b"=").decode()
    body["enforce_nonce"] = True
    if posting.reply_to:
        body["message_reference"] = {
            "message_id": posting.reply_to,
            "fail_if_not_exists": False,
        }
    return body


def _matches(message: Mapping[str, Any], body: Mapping[str, Any], reply_to: str | None) -> bool:
    if message.get("nonce") == body["nonce"]:
        return True
    reference = message.get("message_reference")
    replied_to = reference.get("message_id") if isinstance(reference, dict) else None
    # A reply to a message that is gone by then carries no reference.
    return message.get("content") == body["content"] and replied_to in (None, reply_to)


def _delivery(message: Mapping[str, Any]) -> Delivery:
    return Delivery(message_ids=(str(message.get("id", "")),))
