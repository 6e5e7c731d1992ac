"""Telegram on 127.0.0.1, as far as a bot can tell."""

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from aiohttp import web

from core.text import utf16_length
from simulator.outage import outage
from simulator.standin import Asked, Posted
from simulator.telegram.api import LONGEST_POLL_SECONDS, BotApi, Call, Fault
from simulator.telegram.chats import Chat, Chats, Json
from simulator.telegram.updates import Updates


class TelegramStandIn:
    """One bot's Bot API server, entered as an async context manager.

    A second poller ends the first one's poll with 409, as Telegram does. With `shared_polling`
    every poller gets every update by its own offset, so that two processes see the same events;
    nothing is forgotten then. `longest_poll` caps the seconds that a poll may ask to wait.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        username: str = "trialogue_bot",
        shared_polling: bool = False,
        longest_poll: float = LONGEST_POLL_SECONDS,
        port: int = 0,
    ) -> None:
        self.asked: list[Asked] = []
        self.posted: list[Posted] = []
        self.username = username
        self.token = token or f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)}"
        self.chats = Chats()
        self.updates = Updates(shared=shared_polling)
        self.api = BotApi(
            token=self.token,
            me=_description(self.token, username),
            chats=self.chats,
            updates=self.updates,
            on_posted=self._note,
            longest_poll=longest_poll,
        )
        self._port = port
        self._replies: defaultdict[tuple[str, str | None], list[Posted]] = defaultdict(list)
        self._arrival = asyncio.Event()
        self._runner = web.ServerRunner(web.Server(self.api.handle, access_log=None))

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.updates.close()
        self.api.over.set()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The server's address, without the token's path."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings that point `trialogue up` here."""
        return {"TELEGRAM_BOT_TOKEN": self.token, "TELEGRAM_API_URL": self.url}

    @property
    def calls(self) -> list[Call]:
        """Every call of the bot but its polls."""
        return self.api.calls

    @property
    def unserved(self) -> list[str]:
        """The methods that were called and are not served."""
        return self.api.unserved

    async def ask(
        self,
        text: str,
        *,
        channel: str = "general",
        person: str = "ada",
        copies: int = 1,
        topic: int | None = None,
        reply_to: Asked | Posted | None = None,
    ) -> Asked:
        """Mention the bot in a supergroup, in one of its topics where one is given."""
        name = f"@{self.username}"
        asked, message = self._write(text, self.chats.group(channel), person, topic=topic)
        message["text"] = f"{name} {text}"
        message["entities"] = [{"type": "mention", "offset": 0, "length": utf16_length(name)}]
        if reply_to is not None:
            message["reply_to_message"] = self._replied_to(reply_to, message)
        self.updates.put("message", message, copies=copies)
        return asked

    async def tell(self, text: str, *, person: str = "ada", copies: int = 1) -> Asked:
        """Write to the bot directly."""
        asked, message = self._write(text, self.chats.private(person), person)
        self.updates.put("message", message, copies=copies)
        return asked

    def say(self, text: str, *, channel: str = "general", person: str = "ada") -> Asked:
        """Write in a supergroup to nobody in particular; a command at the start is marked."""
        asked, message = self._write(text, self.chats.group(channel), person)
        if text.startswith("/"):
            length = utf16_length(text.split(maxsplit=1)[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        self.updates.put("message", message)
        return asked

    def open_topic(self, channel: str = "general") -> int:
        """Make a supergroup a forum, and give it a topic."""
        return self.chats.open_topic(self.chats.group(channel))

    def delete(self, asked: Asked) -> None:
        """Delete a person's message: it can no longer be replied to."""
        self.chats.by_id[int(asked.channel)].messages.discard(int(asked.id))

    def block(self, person: str = "ada") -> None:
        """A person blocks the bot."""
        self.chats.private(person).is_closed = True

    def upgrade(self, channel: str = "general") -> str:
        """Give a group a new id, and return it."""
        return str(self.chats.move(channel).id)

    def replies_to(self, asked: Asked) -> Sequence[Posted]:
        """What the bot posted as a reply to a message."""
        return self._replies[asked.channel, asked.id]

    def unreachable(self) -> AbstractAsyncContextManager[None]:
        """Refuse connections for the time of the block; what is known stays known."""
        return outage(self._runner, port=self._port)

    async def answered(self, count: int, *, timeout: float) -> None:
        """Wait until so many postings were accepted."""
        try:
            async with asyncio.timeout(timeout):
                while len(self.posted) < count:
                    self._arrival.clear()
                    await self._arrival.wait()
        except TimeoutError:
            raise TimeoutError(f"{len(self.posted)} of {count} postings arrived") from None

    def fail_next(
        self,
        *,
        status: int,
        retry_after: int | None = None,
        count: int = 1,
        method: str = "sendMessage",
        readable: bool = True,
        description: str = "as planned",
    ) -> None:
        """Refuse the next calls of a method; not `readable`: with a page instead of JSON."""
        fault = Fault(
            status=status, description=description, retry_after=retry_after, readable=readable
        )
        self.api.faults[method.lower()].extend([fault] * count)

    def accept_then_reset(self, count: int = 1) -> None:
        """Show the next postings, and cut the connection instead of answering."""
        self.api.faults["sendmessage"].extend([Fault(accepts=True)] * count)

    def hang(self, count: int = 1, *, accepts: bool = False, method: str = "sendMessage") -> None:
        """Never answer the next calls of a method."""
        self.api.faults[method.lower()].extend([Fault(hangs=True, accepts=accepts)] * count)

    def _write(
        self, text: str, chat: Chat, person: str, *, topic: int | None = None
    ) -> tuple[Asked, Json]:
        message = self.chats.message(chat, self.chats.person(person), text, topic=topic)
        asked = Asked(
            id=str(message["message_id"]), channel=str(chat.id), text=text, at=time.perf_counter()
        )
        self.asked.append(asked)
        return asked, message

    def _replied_to(self, earlier: Asked | Posted, message: Json) -> Json:
        author = self.api.me if isinstance(earlier, Posted) else self.chats.person("ada")
        return {
            "message_id": int(earlier.id),
            "from": author,
            "chat": message["chat"],
            "date": message["date"],
            "text": earlier.text,
        }

    def _note(self, posted: Posted) -> None:
        self.posted.append(posted)
        self._replies[posted.channel, posted.reply_to].append(posted)
        self._arrival.set()


def _description(token: str, username: str) -> Json:
    """All fields of getMe: libraries insist on them."""
    return {
        "id": int(token.partition(":")[0]),
        "is_bot": True,
        "first_name": "Trialogue",
        "username": username,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }
