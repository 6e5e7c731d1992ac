"""Discord by the gateway, with no privileged intent, the REST API and the interactions endpoint."""

import asyncio
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self

import structlog
from aiohttp import web
from discord import ConnectionClosed
from nacl.signing import VerifyKey

from adapters.platforms.discord.bans import Ban
from adapters.platforms.discord.catch_up import CatchUp
from adapters.platforms.discord.clear_thinking import ClearThinking
from adapters.platforms.discord.commands import announce
from adapters.platforms.discord.config import DiscordConfig
from adapters.platforms.discord.edge import Edge
from adapters.platforms.discord.errors import lacks_history
from adapters.platforms.discord.events import snowflake, to_message
from adapters.platforms.discord.files import LIMIT, Downloads
from adapters.platforms.discord.gateway import Gateway
from adapters.platforms.discord.handles import OpenHandles
from adapters.platforms.discord.intake import Intake
from adapters.platforms.discord.interactions import Interaction, to_interaction
from adapters.platforms.discord.missed import Began, History, LastSeen
from adapters.platforms.discord.patches import point_gateway_at, prepare
from adapters.platforms.discord.render import TEXT_LIMIT, to_components, to_payload
from adapters.platforms.discord.reply_interaction import ReplyInteraction
from adapters.platforms.discord.rest import Rest
from adapters.platforms.discord.take_interaction import TakeInteraction
from adapters.platforms.discord.typing_status import Typing
from adapters.platforms.discord.webhooks import Webhooks
from core.errors import RejectedError, TokenRejectedError, UnconfirmedError
from core.messages import Attachment, Capability, Conversation, Delivery, Platform, Posting
from core.ports.clock import Clock
from core.ports.platform import Receive

NONCE_HOLDS = timedelta(minutes=2)
"""Discord remembers a nonce for a few minutes: until then sending again is safe."""

LOOK_BACK = timedelta(seconds=30)
"""How far our database's clock may be ahead of Discord's."""

ANNOUNCE_AGAIN_AFTER = 300.0
MOST_DIRECT_CHANNELS = 10_000
PAGE = 100
MOST_PAGES = 10
TOKEN_REFUSED = 4004

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class DiscordAdapter:
    """One Discord bot. `send` works from the first login in `listen` until `close`.

    `last_seen` tells what the inbox has, so that messages written meanwhile are read back. They are
    handed over again from a little before; the inbox drops what it has. What was written before the
    inbox `began` is left alone.
    """

    platform = Platform.DISCORD
    capabilities = (
        Capability.MARKDOWN | Capability.BUTTONS | Capability.EPHEMERAL | Capability.TYPING
    )
    text_limit = TEXT_LIMIT
    file_limit = LIMIT

    def __init__(
        self,
        config: DiscordConfig,
        *,
        last_seen: LastSeen,
        began: Began | None = None,
        clock: Clock = _now,
    ) -> None:
        self._config = config
        self._clock = clock
        ban = Ban()
        self._rest = Rest(config, ban)
        self._webhooks = Webhooks(config.api_url, ban)
        self._typing = Typing(
            config=config, rest=self._rest, ban=ban, session=self._webhooks.session
        )
        self._downloads = Downloads(config=config, session=self._webhooks.session)
        self._handles = OpenHandles(clock)
        self._reply = ReplyInteraction(handles=self._handles, webhooks=self._webhooks)
        self._thinking = ClearThinking(handles=self._handles, webhooks=self._webhooks, clock=clock)
        self._history = History(rest=self._rest, last_seen=last_seen, began=began, clock=clock)
        self._edge = _edge(config, clock)
        self._is_announced = False
        self._direct_channels: OrderedDict[str, str] = OrderedDict()

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """What the HTTP application needs to serve: nothing without a public key."""
        return self._edge.routes if self._edge else ()

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
        await self._webhooks.close()
        await self._rest.close()

    async def listen(self, receive: Receive) -> None:
        """Connect a new client and stay."""
        prepare()
        await self._rest.login()
        if self._config.redirected and not self._config.gateway_url:
            point_gateway_at(await self._rest.gateway())
        take = TakeInteraction(receive=receive, handles=self._handles, webhooks=self._webhooks)
        if self._edge:
            self._edge.take = take
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._connect(receive, take, tasks)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        finally:
            if self._edge:
                self._edge.take = None

    def fetch(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """Read a file that came with a message."""
        return self._downloads.fetch(attachment)

    async def send(self, posting: Posting) -> Delivery:
        """Post by the handle where it is good, else into the channel, as a reply.

        The nonce makes repeats within minutes one message; messages that follow the first one of an
        interaction have none. What only one person may see goes to them directly without a handle.
        """
        if posting.handle is not None:
            posted = await self._reply(posting, posting.handle, _to_body(posting))
            if posted is not None:
                return _delivery(posted)
        channel = await self._channel_for(posting)
        return _delivery(await self._post(channel, self._to_message(posting, channel)))

    async def show_typing(self, conversation: Conversation) -> None:
        """Show it in the channel, past the queues in which discord.py holds postings."""
        await self._typing.show(conversation.channel)

    async def find(self, posting: Posting) -> Delivery | None:
        """Look for a posting in its channel; None also when sending again is safe.

        What only one person sees of an interaction is in no history: `RejectedError`.
        """
        if self._reply.edits(posting):
            return None
        if self._reply.follows(posting):
            if posting.visible_to is not None:
                raise RejectedError("what one person sees is in no history")
            return await self._search(posting)
        if self._clock() - posting.written_at < NONCE_HOLDS:
            return None
        return await self._search(posting)

    async def _search(self, posting: Posting) -> Delivery | None:
        """Discord does not promise to show the nonce in the history, so the same words count too.

        They do in reply to the same message only.
        """
        channel = await self._channel_for(posting)
        after = snowflake(posting.written_at - LOOK_BACK)
        body = self._to_message(posting, channel)
        for _ in range(MOST_PAGES):
            page = await self._rest.messages(channel, after=after, limit=PAGE)
            for message in page:
                if self._is_ours(message) and _matches(message, body, posting.reply_to):
                    return _delivery(message)
            if len(page) < PAGE:
                return None
            after = int(page[-1]["id"])
        raise UnconfirmedError("too much was written in the channel since")

    async def _post(self, channel: str, message: dict[str, Any]) -> Mapping[str, Any]:
        try:
            return await self._rest.post(channel, message)
        except RejectedError as error:
            if not lacks_history(error.__cause__) or "message_reference" not in message:
                raise
            del message["message_reference"]
            return await self._rest.post(channel, message)

    async def _channel_for(self, posting: Posting) -> str:
        person = posting.visible_to
        if person is None or posting.conversation.direct:
            return posting.conversation.channel
        if person not in self._direct_channels:
            self._direct_channels[person] = await self._rest.direct_channel(person)
            if len(self._direct_channels) > MOST_DIRECT_CHANNELS:
                self._direct_channels.popitem(last=False)
        return self._direct_channels[person]

    def _to_message(self, posting: Posting, channel: str) -> dict[str, Any]:
        body = _to_body(posting)
        body["nonce"] = urlsafe_b64encode(posting.id.bytes).rstrip(b"=").decode()
        body["enforce_nonce"] = True
        if posting.reply_to and channel == posting.conversation.channel:
            body["message_reference"] = {
                "message_id": posting.reply_to,
                "fail_if_not_exists": False,
            }
        return body

    async def _connect(
        self, receive: Receive, take: TakeInteraction, tasks: asyncio.TaskGroup
    ) -> None:
        gateway = Gateway()
        read = partial(
            to_message, bot=self._rest.bot, name_of=gateway.name_of, parent_of=gateway.parent_of
        )
        catch_up = CatchUp(self._history, read=read, may_read=gateway.may_read)
        intake = Intake(receive, catch_up, tasks)

        def hear(payload: object) -> None:
            message = read(payload)
            if message is not None:
                intake.put(message)

        def hear_interaction(payload: object) -> None:
            interaction = to_interaction(payload, now=self._clock())
            if interaction is not None:
                tasks.create_task(self._take(take, interaction))

        gateway.tell(
            session=lambda _: catch_up.begin(tasks),
            guild=catch_up.meet,
            message=hear,
            interaction=hear_interaction,
        )
        tasks.create_task(self._announce())
        tasks.create_task(self._thinking.keep_clear())
        tasks.create_task(self._rest.refused())
        tasks.create_task(gateway.watch())
        tasks.create_task(catch_up.sweep(intake))
        tasks.create_task(self._stay(gateway))

    async def _take(self, take: TakeInteraction, interaction: Interaction) -> None:
        async def acknowledge(callback: Mapping[str, object]) -> None:
            await self._webhooks.acknowledge(interaction.id, interaction.token, callback)

        await take(interaction, acknowledge)

    async def _announce(self) -> None:
        while not self._is_announced:
            self._is_announced = await announce(self._rest, self._config.application_id)
            if not self._is_announced:
                await asyncio.sleep(ANNOUNCE_AGAIN_AFTER)

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


def _edge(config: DiscordConfig, clock: Clock) -> Edge | None:
    if not config.public_key:
        return None
    return Edge(key=VerifyKey(bytes.fromhex(config.public_key)), clock=clock)


def _to_body(posting: Posting) -> dict[str, Any]:
    body: dict[str, Any] = to_payload(posting.text, plain=posting.plain)
    if posting.buttons:
        body["components"] = to_components(posting.buttons)
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
